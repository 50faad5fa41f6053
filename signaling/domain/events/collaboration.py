"""What people do together in a session."""

from dataclasses import dataclass

from signaling.domain.call_model import Material
from signaling.domain.collaboration import Card, Chat, Still, Stroke
from signaling.domain.events.base import DomainEvent
from signaling.domain.files import SentFile
from signaling.domain.ids import CallId, ParticipantId, ProducerId


@dataclass(frozen=True, slots=True)
class ChatAdded(DomainEvent):
    """A line of chat."""

    chat: Chat


@dataclass(frozen=True, slots=True)
class CardAdded(DomainEvent):
    """A card was pushed."""

    card: Card


@dataclass(frozen=True, slots=True)
class StillAdded(DomainEvent):
    """A still was taken."""

    still: Still


@dataclass(frozen=True, slots=True)
class FileAdded(DomainEvent):
    """A file was sent."""

    file: SentFile


@dataclass(frozen=True, slots=True)
class MaterialChanged(DomainEvent):
    """A material was ticked."""

    call_id: CallId
    material: Material


@dataclass(frozen=True, slots=True)
class StrokeChanged(DomainEvent):
    """`stroke.points` are only the new ones."""

    stroke: Stroke


@dataclass(frozen=True, slots=True)
class StrokesCleared(DomainEvent):
    """All strokes over one picture were wiped."""

    call_id: CallId
    producer_id: ProducerId


@dataclass(frozen=True, slots=True)
class PointerMoved(DomainEvent):
    """The pointer over a picture; None, None when it left. Never stored."""

    call_id: CallId
    producer_id: ProducerId
    participant_id: ParticipantId
    x: float | None
    y: float | None
