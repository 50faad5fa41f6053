"""Who is in a session, and what is heard and seen of them."""

from dataclasses import dataclass

from signaling.domain.call_model import RecordingState
from signaling.domain.events.base import DomainEvent
from signaling.domain.ids import CallId, ConsumerId, ParticipantId, ProducerId, SocketId, TransportId
from signaling.domain.lines.worst import WorstLine
from signaling.domain.session import ConnectionState, LayerLimit, Participant, Producer, Quality


@dataclass(frozen=True, slots=True)
class ParticipantChanged(DomainEvent):
    """Somebody joined, left, or changed in a call."""

    call_id: CallId
    participant: Participant


@dataclass(frozen=True, slots=True)
class ParticipantLeft(DomainEvent):
    """Somebody gave up their place in a call that goes on."""

    call_id: CallId
    participant_id: ParticipantId


@dataclass(frozen=True, slots=True)
class ProducerChanged(DomainEvent):
    """A track appeared, paused or resumed."""

    call_id: CallId
    producer: Producer


@dataclass(frozen=True, slots=True)
class ProducerRemoved(DomainEvent):
    """A track ended."""

    call_id: CallId
    producer_id: ProducerId
    participant_id: ParticipantId
    reason: str


@dataclass(frozen=True, slots=True)
class ConsumerClosed(DomainEvent):
    """To the consuming participant's socket only."""

    call_id: CallId
    socket_id: SocketId
    consumer_id: ConsumerId
    producer_id: ProducerId
    reason: str


@dataclass(frozen=True, slots=True)
class ConsumerPaused(DomainEvent):
    """To the consuming participant's socket only: its producer paused or resumed."""

    call_id: CallId
    socket_id: SocketId
    consumer_id: ConsumerId
    paused: bool


@dataclass(frozen=True, slots=True)
class ConsumerLayerChanged(DomainEvent):
    """To the consuming participant's socket only: another of `layers` encodings, None while held back."""

    call_id: CallId
    socket_id: SocketId
    consumer_id: ConsumerId
    layer: int | None
    layers: int
    limited_by: LayerLimit


@dataclass(frozen=True, slots=True)
class ProducerLayersWanted(DomainEvent):
    """To the sending participant's socket only: encodings above `max_layer` are for nobody."""

    call_id: CallId
    socket_id: SocketId
    producer_id: ProducerId
    max_layer: int


@dataclass(frozen=True, slots=True)
class TransportChanged(DomainEvent):
    """To the owning socket only."""

    call_id: CallId
    socket_id: SocketId
    transport_id: TransportId
    state: ConnectionState


@dataclass(frozen=True, slots=True)
class QualityChanged(DomainEvent):
    """A participant's network got better or worse in one direction; None is not known yet."""

    call_id: CallId
    participant_id: ParticipantId
    uplink: Quality | None
    downlink: Quality | None


@dataclass(frozen=True, slots=True)
class WorstLineChanged(DomainEvent):
    """How the worst line of a call is now, for whoever watches over it; None: there is none any more."""

    call_id: CallId
    worst: WorstLine | None


@dataclass(frozen=True, slots=True)
class MediaRestarted(DomainEvent):
    """The media process was replaced: the participants of this call join again."""

    call_id: CallId
    epoch: str


@dataclass(frozen=True, slots=True)
class RoomMoved(DomainEvent):
    """A call's room is in another process than before, which is gone: who is in it joins again.

    `socket_id` is joining already.
    """

    call_id: CallId
    process: str
    socket_id: SocketId


@dataclass(frozen=True, slots=True)
class SocketGone(DomainEvent):
    """A socket of some process is gone: its seats, wherever their rooms are, wait for their owner."""

    socket_id: SocketId


@dataclass(frozen=True, slots=True)
class SpeakerChanged(DomainEvent):
    """Who speaks."""

    call_id: CallId
    participant_id: ParticipantId | None


@dataclass(frozen=True, slots=True)
class RecordingChanged(DomainEvent):
    """Recording was started, paused, resumed, stalled or failed."""

    call_id: CallId
    state: RecordingState
    reason: str | None
