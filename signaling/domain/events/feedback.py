"""Ratings, pads and messages left."""

from dataclasses import dataclass

from signaling.domain.events.base import DomainEvent
from signaling.domain.feedback import LeftMessage
from signaling.domain.ids import CallId, ItemCode, PadId, PointId


@dataclass(frozen=True, slots=True)
class MessageChanged(DomainEvent):
    """A 留言 was left or closed."""

    message: LeftMessage


@dataclass(frozen=True, slots=True)
class RatingRequested(DomainEvent):
    """Every pad of the point asks the citizen, one item after the other."""

    call_id: CallId
    point_id: PointId
    items: tuple[tuple[ItemCode, str], ...]
    expires_at: float


@dataclass(frozen=True, slots=True)
class RatingWithdrawn(DomainEvent):
    """The pads of the point go back to their idle page."""

    call_id: CallId
    point_id: PointId


@dataclass(frozen=True, slots=True)
class PadPaired(DomainEvent):
    """A pad was paired; the clerks of the point are told."""

    pad_id: PadId
    point_id: PointId


@dataclass(frozen=True, slots=True)
class PadsRevoked(DomainEvent):
    """Pads of a point are paired no more: cut their sockets."""

    pad_ids: tuple[PadId, ...]
    point_id: PointId
