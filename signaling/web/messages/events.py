"""Events the server emits over Socket.IO: name → message."""

from typing import Literal

from signaling.web.messages.base import Message, QualityLevel, RecordingState
from signaling.web.messages.views.calls import CallView, MaterialView
from signaling.web.messages.views.people import PresenceView, TodayView
from signaling.web.messages.views.queue import MessageView, QueueView
from signaling.web.messages.views.requests import OfferView, WaitView
from signaling.web.messages.views.session import (
    CardView,
    ChatView,
    ParticipantView,
    ProducerView,
    StillView,
    StrokeView,
)


class Welcome(Message):
    """First event after connecting: who one is, and the call to rejoin if there is one."""

    staff_id: str | None
    pad_id: str | None
    presence: PresenceView | None
    today: TodayView | None
    call_id: str | None


class OfferMade(Message):
    """Rings at one specialist; `call.item`, `call.point` and `offer.reasons` say what and why."""

    call: CallView
    offer: OfferView
    waited_s: float


class OfferWithdrawn(Message):
    call_id: str
    offer_id: str
    reason: Literal["expired", "cancelled", "taken", "rejected"]


class CallWaiting(Message):
    call_id: str
    wait: WaitView


class CallScoped(Message):
    call_id: str


class ParticipantChanged(CallScoped):
    participant: ParticipantView


class ParticipantLeft(CallScoped):
    """Gone for good, unlike somebody who is off line; the call goes on."""

    participant_id: str


class ProducerChanged(CallScoped):
    producer: ProducerView


class ProducerRemoved(CallScoped):
    producer_id: str
    reason: str


class ConsumerClosed(CallScoped):
    consumer_id: str
    producer_id: str
    reason: str


class ConsumerPaused(CallScoped):
    consumer_id: str
    paused: bool


class TransportState(CallScoped):
    transport_id: str
    state: Literal["connecting", "connected", "disconnected", "failed", "closed"]


class MediaQuality(CallScoped):
    participant_id: str
    level: QualityLevel


class MediaRestarted(CallScoped):
    """The media process was replaced: join again for new capabilities and transports."""

    epoch: str


class Speaker(CallScoped):
    participant_id: str | None


class RecordingChanged(CallScoped):
    state: RecordingState
    reason: str | None


class ChatAdded(CallScoped):
    chat: ChatView


class CardAdded(CallScoped):
    card: CardView


class StillAdded(CallScoped):
    still: StillView


class MaterialChanged(CallScoped):
    material: MaterialView


class StrokeChanged(CallScoped):
    """`stroke.points` are only the new ones."""

    stroke: StrokeView


class StrokesCleared(CallScoped):
    producer_id: str


class PointerMoved(CallScoped):
    producer_id: str
    participant_id: str
    x: float | None
    y: float | None


class RatingRequested(Message):
    """On the pad: ask the citizen, one item after the other."""

    call_id: str
    items: list[tuple[str, str]]
    """(code, name)."""
    point_name: str
    expires_in_s: int


class RatingWithdrawn(Message):
    call_id: str


class Superseded(Message):
    """Another window took this part over; stay away."""

    call_id: str


class SignedOut(Message):
    """The session was revoked: disabled, reset, or signed out elsewhere."""

    reason: str


class PadPaired(Message):
    point_id: str
    pad_id: str


EVENTS: dict[str, type[Message]] = {
    "welcome": Welcome,
    "presence.changed": PresenceView,
    "today.changed": TodayView,
    "offer.made": OfferMade,
    "offer.withdrawn": OfferWithdrawn,
    "call.changed": CallView,
    "call.waiting": CallWaiting,
    "participant.changed": ParticipantChanged,
    "participant.left": ParticipantLeft,
    "producer.changed": ProducerChanged,
    "producer.removed": ProducerRemoved,
    "consumer.closed": ConsumerClosed,
    "consumer.paused": ConsumerPaused,
    "transport.state": TransportState,
    "media.quality": MediaQuality,
    "media.restarted": MediaRestarted,
    "media.speaker": Speaker,
    "recording.changed": RecordingChanged,
    "chat.added": ChatAdded,
    "card.added": CardAdded,
    "still.added": StillAdded,
    "checklist.changed": MaterialChanged,
    "annotation.stroke": StrokeChanged,
    "annotation.cleared": StrokesCleared,
    "annotation.pointer": PointerMoved,
    "queue.changed": QueueView,
    "message.added": MessageView,
    "rating.requested": RatingRequested,
    "rating.withdrawn": RatingWithdrawn,
    "pad.paired": PadPaired,
    "superseded": Superseded,
    "signed_out": SignedOut,
}
