"""What the services tell the rest of the house: one frozen value per happening, carried by the EventBus.

A class here is the whole definition: it travels between processes by its name and fields. What a browser is
told of it is said in `web.messages.events`, whom in `web.notifier`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from signaling.domain.call_model import Call, Material, RecordingState
from signaling.domain.collaboration import Card, Chat, Still, Stroke
from signaling.domain.control.grant import Control
from signaling.domain.control.policy import ControlStand
from signaling.domain.counters import CounterHelper, CounterMonitor
from signaling.domain.feedback import LeftMessage
from signaling.domain.files import SentFile
from signaling.domain.ids import (
    AskId,
    CallId,
    ConsumerId,
    ItemCode,
    PadId,
    ParticipantId,
    PointId,
    ProducerId,
    RegionCode,
    SocketId,
    StaffId,
    TransportId,
)
from signaling.domain.log_kinds import LogKind
from signaling.domain.members import Ask
from signaling.domain.presence import Presence
from signaling.domain.routing.estimate import Wait
from signaling.domain.session import ConnectionState, LayerLimit, Participant, Producer, Quality
from signaling.domain.subject import Subject


class DomainEvent:
    """A happening."""

    __slots__ = ()

    def __init_subclass__(cls) -> None:
        _KINDS[cls.__name__] = cls  # once more with slots: the last one is meant


_KINDS: Final[dict[str, type[Any]]] = {}
EVENT_KINDS: Final[Mapping[str, type[Any]]] = MappingProxyType(_KINDS)
"""Every kind of event by its name."""


@dataclass(frozen=True, slots=True)
class CallChanged(DomainEvent):
    """A call was created or changed; `kinds` are the log entries it brought, `made_by` the process."""

    call: Call
    kinds: tuple[LogKind, ...]
    made_by: str


@dataclass(frozen=True, slots=True)
class CallWaiting(DomainEvent):
    """What the people whose call waits are told changed."""

    call_id: CallId
    people: tuple[Subject, ...]
    wait: Wait


@dataclass(frozen=True, slots=True)
class WaitsWanted(DomainEvent):
    """A process that just started asks what the waiting were told."""


@dataclass(frozen=True, slots=True)
class NewsMissed(DomainEvent):
    """Other processes may have told what did not arrive: what is followed by news is read anew."""


@dataclass(frozen=True, slots=True)
class OfferMade(DomainEvent):
    """Ring at `offer.who`."""

    call: Call
    offer: Ask


class Withdrawal(StrEnum):
    """Why it stops ringing at somebody."""

    EXPIRED = "expired"
    CANCELLED = "cancelled"
    TAKEN = "taken"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class OfferWithdrawn(DomainEvent):
    """Stop ringing."""

    call_id: CallId
    ask_id: AskId
    who: Subject
    reason: Withdrawal


@dataclass(frozen=True, slots=True)
class PresenceChanged(DomainEvent):
    """Somebody's presence changed."""

    presence: Presence


@dataclass(frozen=True, slots=True)
class TodayChanged(DomainEvent):
    """A specialist's counts of today changed."""

    staff_id: StaffId


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


@dataclass(frozen=True, slots=True)
class QueueChanged(DomainEvent):
    """Something in the live list of a region changed; watchers fetch it again, at most a few times a
    second.
    """

    region_code: RegionCode


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


class PairedDevice(StrEnum):
    """What is paired with a service point by a code."""

    PAD = "pad"
    HELPER = "helper"


@dataclass(frozen=True, slots=True)
class PairingCodeMade(DomainEvent):
    """A device may be paired with a point, by a code that every process takes, once and until it expires.

    `counter` is the counter PC it is for; empty for a pad, which is anybody's at the point.
    """

    code: str
    device: PairedDevice
    point_id: PointId
    staff_id: StaffId
    counter: str
    expires_at: float

    @property
    def place(self) -> tuple[PairedDevice, PointId, str]:
        """What only the newest code is good for."""
        return self.device, self.point_id, self.counter


@dataclass(frozen=True, slots=True)
class PairingCodeUsed(DomainEvent):
    """A code is good no more."""

    code: str


@dataclass(frozen=True, slots=True)
class HelperPaired(DomainEvent):
    """The helper of a counter PC was paired; the clerk's page on that PC is told."""

    helper: CounterHelper


@dataclass(frozen=True, slots=True)
class HelperHere(DomainEvent):
    """A helper is connected to some process, or is so no more; told again now and then for newcomers."""

    helper_id: str
    here: bool
    process: str = ""
    """Where it is connected."""
    since: float = 0.0
    """When it connected: of two connections with one key the newer one counts."""
    rev: int = 0
    """Grows with each change of the monitors."""
    monitors: tuple[CounterMonitor, ...] = ()


@dataclass(frozen=True, slots=True)
class HelperTooOld(DomainEvent):
    """A paired helper came with a version that is spoken with no more, and was sent away."""

    helper_id: str


@dataclass(frozen=True, slots=True)
class MonitorsMarked(DomainEvent):
    """A counter PC shows each monitor's colour in its corner, or does so no more."""

    helper_id: str
    shown: bool


@dataclass(frozen=True, slots=True)
class ControlStandChanged(DomainEvent):
    """Where control of the counter PC stands in a call: told to its members."""

    call_id: CallId
    stand: ControlStand


@dataclass(frozen=True, slots=True)
class ControlChanged(DomainEvent):
    """A question for control of a counter PC, its grant, or its end."""

    control: Control


@dataclass(frozen=True, slots=True)
class HelpersRevoked(DomainEvent):
    """Helpers are paired no more: their connections are cut."""

    helper_ids: tuple[str, ...]


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


@dataclass(frozen=True, slots=True)
class Superseded(DomainEvent):
    """Another window took this part over: this socket stays away from the call."""

    call_id: CallId
    socket_id: SocketId


@dataclass(frozen=True, slots=True)
class SessionRevoked(DomainEvent):
    """Cut the sockets of a sign-in (`session_id`), or of everything of a person (None)."""

    staff_id: StaffId
    session_id: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class DirectoryChanged(DomainEvent):
    """Staff, skills, points, items or offerings changed: reload them."""
