"""Events the server emits over Socket.IO: each message says its name; some views are events themselves."""

from signaling.web.messages.base import EVENTS as EVENTS
from signaling.web.messages.base import (
    ConnectionState,
    LayerLimit,
    Message,
    Quality,
    RecordingState,
    Withdrawal,
)
from signaling.web.messages.views.calls import CallView, MaterialView
from signaling.web.messages.views.control import ControlStandView, ControlView
from signaling.web.messages.views.people import PresenceView, TodayView
from signaling.web.messages.views.requests import OfferView, WaitView
from signaling.web.messages.views.session import (
    CardView,
    ChatView,
    FileView,
    ParticipantView,
    ProducerView,
    StillView,
    StrokeView,
)


class Welcome(Message, event="welcome"):
    """First event after connecting: who one is, and the call to rejoin if there is one."""

    staff_id: str | None
    pad_id: str | None
    presence: PresenceView | None
    today: TodayView | None
    call_id: str | None
    build: str | None
    """Entry script of the web client that is served now: a page that began with another is out of date."""


class OfferMade(Message, event="offer.made"):
    """Rings at one specialist; `call.item`, `call.point` and `offer.reasons` say what and why."""

    call: CallView
    offer: OfferView
    waited_s: float


class OfferWithdrawn(Message, event="offer.withdrawn"):
    call_id: str
    offer_id: str
    reason: Withdrawal


class CallWaiting(Message, event="call.waiting"):
    call_id: str
    wait: WaitView


class CallScoped(Message):
    call_id: str


class ParticipantChanged(CallScoped, event="participant.changed"):
    participant: ParticipantView


class ParticipantLeft(CallScoped, event="participant.left"):
    """Gone for good, unlike somebody who is off line; the call goes on."""

    participant_id: str


class ProducerChanged(CallScoped, event="producer.changed"):
    producer: ProducerView


class ProducerRemoved(CallScoped, event="producer.removed"):
    producer_id: str
    reason: str


class ConsumerClosed(CallScoped, event="consumer.closed"):
    consumer_id: str
    producer_id: str
    reason: str


class ConsumerPaused(CallScoped, event="consumer.paused"):
    consumer_id: str
    paused: bool


class ConsumerLayer(CallScoped, event="consumer.layer"):
    """Which encoding one gets of a picture now, and why no better one; at most one a second each."""

    consumer_id: str
    layer: int | None
    """Lowest first; null: held back for now, and comes back by itself."""
    layers: int
    """How many there are."""
    limited_by: LayerLimit


class ProducerLayers(CallScoped, event="producer.layers"):
    """To the sender: stop the encodings that nobody takes, and send those that somebody may."""

    producer_id: str
    max_layer: int
    """The best one that is wanted, lowest first; −1: none."""


class TransportState(CallScoped, event="transport.state"):
    transport_id: str
    state: ConnectionState


class MediaQuality(CallScoped, event="media.quality"):
    participant_id: str
    level: Quality
    """The worse of both directions."""
    uplink: Quality | None
    """Of what they send."""
    downlink: Quality | None
    """Of what they receive."""


class MediaRestarted(CallScoped, event="media.restarted"):
    """The media process was replaced: join again for new capabilities and transports."""

    epoch: str


class Speaker(CallScoped, event="media.speaker"):
    participant_id: str | None


class RecordingChanged(CallScoped, event="recording.changed"):
    state: RecordingState
    reason: str | None


class ChatAdded(CallScoped, event="chat.added"):
    chat: ChatView


class CardAdded(CallScoped, event="card.added"):
    card: CardView


class StillAdded(CallScoped, event="still.added"):
    still: StillView


class FileAdded(CallScoped, event="file.added"):
    file: FileView


class MaterialChanged(CallScoped, event="checklist.changed"):
    material: MaterialView


class StrokeChanged(CallScoped, event="annotation.stroke"):
    """`stroke.points` are only the new ones."""

    stroke: StrokeView


class StrokesCleared(CallScoped, event="annotation.cleared"):
    producer_id: str


class PointerMoved(CallScoped, event="annotation.pointer"):
    producer_id: str
    participant_id: str
    x: float | None
    y: float | None


class RatingRequested(Message, event="rating.requested"):
    """On the pad: ask the citizen, one item after the other."""

    call_id: str
    items: list[tuple[str, str]]
    """(code, name)."""
    point_name: str
    expires_in_s: int


class RatingWithdrawn(Message, event="rating.withdrawn"):
    call_id: str


class Superseded(Message, event="superseded"):
    """Another window took this part over; stay away."""

    call_id: str


class ServerStopping(Message, event="server.stopping"):
    """This process ends: the page says so and comes back by itself, to whoever listens next."""

    again_in_s: float


class SignedOut(Message, event="signed_out"):
    """The session was revoked: disabled, reset, or signed out elsewhere."""

    reason: str


class ControlChanged(CallScoped, event="control.changed"):
    """A question for control of the counter PC, its grant, or its end."""

    control: ControlView


class ControlStandChanged(ControlStandView, event="control.stand"):
    """Where control of the counter PC stands has changed: its helper, the share, the monitors."""

    call_id: str


class HelperPaired(Message, event="helper.paired"):
    """The helper of a counter PC of the point was paired."""

    counter: str
    name: str


class PadPaired(Message, event="pad.paired"):
    point_id: str
    pad_id: str
