"""Bodies of the commands a client emits over Socket.IO, and results that no other message is.

A command is emitted as `emit(name, {"command_id": …, "body": {…}}, ack)`; the ack is an `Ack` whose
`result` has the shape that the command's function returns (`web.sio.commands`).
"""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from signaling.web.messages.base import (
    NO_NUL,
    CardKind,
    ControlScope,
    Direction,
    DisplaySurface,
    DocumentKind,
    Id,
    LongText,
    MaterialState,
    Message,
    Name,
    OnceKind,
    Opaque,
    Phone,
    RatingLevel,
    RecordKind,
    Relation,
    ResultKind,
    ShortText,
    Track,
    Unit,
)
from signaling.web.messages.views.joining import IceServerView
from signaling.web.messages.views.session import MarkView, RungView


class Envelope(Message):
    """What every command travels in; a repeated `command_id` gets the first answer for 60 s."""

    command_id: Annotated[str, Field(min_length=8, max_length=64)]
    body: Opaque


class CallRef(Message):
    call_id: Id


Seconds = Annotated[float, Field(gt=0, le=4 * 3600)]


class PresenceSet(Message):
    """The specialist's switch: 在线 (with sound unlocked by that click) or 暂离 with a reason."""

    state: Literal["available", "away"]
    reason: ShortText = ""
    sound_unlocked: bool = False


class ApplicantBody(Message):
    """办事人 as the clerk notes it; the identity number is masked before it is stored."""

    name: Annotated[str, Field(max_length=40, pattern=NO_NUL)] | None = None
    phone: Phone | None = None
    id_number: Annotated[str, Field(pattern=r"^[0-9A-Za-z()-]{5,20}$")] | None = None
    id_kind: DocumentKind = DocumentKind.RESIDENT
    relation: Relation = Relation.SELF
    acting_for: Annotated[str, Field(max_length=40)] | None = None


class ConsentBody(Message):
    """The citizen's answer to the recording notice, given before the call is requested."""

    agreed: bool
    by: Relation
    text_version: Annotated[str, Field(max_length=32)]


class CallRequest(Message):
    """发起协助."""

    item_code: Id | None = None
    """None: what it is about is not known; the general desk finds out."""
    free_text: ShortText = ""
    language: Name = "普通话"
    priority: Annotated[int, Field(ge=1, le=99)] = 50
    applicant: ApplicantBody = ApplicantBody()
    consent: ConsentBody
    drill: bool = False
    preferred_staff_id: Id | None = None
    """Whom to ask first when they are free: who handled it last, for instance."""
    again_of: Id | None = None
    """The call that is tried once more: the same citizen's number and answer are taken over from it."""


class OfferAnswer(Message):
    call_id: Id
    offer_id: Id
    reason: ShortText = ""


class CallJoin(Message):
    """Join or rejoin; `generation` and `epoch` are those of the transports the client still holds, if any."""

    call_id: Id
    generation: int | None = None
    epoch: Annotated[str, Field(max_length=64)] | None = None


class StepOut(Message):
    """In mid-call the page is closed or left, or its person signs out: the others are told which."""

    call_id: Id
    away: Literal["left", "signed_out"]


class CallResult(Message):
    """The specialist's wrap-up form; storing it ends the wrap-up unless `keep_wrap_up`.

    For some days after the call was closed it finishes or amends the result; the log keeps what it was.
    """

    call_id: Id
    kind: ResultKind
    item_codes: Annotated[list[Id], Field(min_length=1, max_length=8)]
    external_case_number: Annotated[str, Field(max_length=64, pattern=NO_NUL)] | None = None
    missing_materials: list[ShortText] = Field(default_factory=list, max_length=40)
    note: LongText = ""
    notice_text: LongText = ""
    keep_wrap_up: bool = False


class CallDraft(Message):
    """The wrap-up form as far as it is written; kept, and who writes is not interrupted."""

    call_id: Id
    kind: ResultKind | None
    item_codes: Annotated[list[Id], Field(max_length=8)]
    external_case_number: Annotated[str, Field(max_length=64, pattern=NO_NUL)] | None
    missing_materials: list[ShortText] = Field(max_length=40)
    note: LongText
    notice_text: LongText


class RecordingPause(Message):
    """隐私遮挡: the recorded picture and sound stop until resumed; the reason stays in the log."""

    call_id: Id
    reason: Annotated[str, Field(min_length=1, max_length=80)]


class ChecklistUpdate(Message):
    call_id: Id
    name: ShortText
    state: MaterialState
    note: ShortText = ""


class TransportCreate(Message):
    call_id: Id
    direction: Direction


class TransportConnect(Message):
    call_id: Id
    transport_id: Id
    dtls_parameters: Opaque


class TransportRef(Message):
    call_id: Id
    transport_id: Id


class IceView(Message):
    ice_parameters: Opaque
    ice_servers: list[IceServerView]
    """TURN servers with fresh credentials: those of the snapshot may have run out."""


class Produce(Message):
    call_id: Id
    transport_id: Id
    track: Track
    rtp_parameters: Opaque
    paused: bool = False
    silenced: bool = False
    display_surface: DisplaySurface | None = None

    @model_validator(mode="before")
    @classmethod
    def _hear_no_titles(cls, said: Any) -> Any:
        """Pages of before send the title of the shared window, which may name somebody: it ends here."""
        if not isinstance(said, dict):
            return said
        heard = {name: value for name, value in said.items() if name != "label"}
        if heard.get("display_surface") not in tuple(DisplaySurface):
            heard.pop("display_surface", None)
        return heard


class PauseProducer(Message):
    """Mute a track; `silenced` when its device gives nothing though its owner did not mute it."""

    call_id: Id
    producer_id: Id
    silenced: bool = False


class ProducedView(Message):
    producer_id: str


class ProducerRef(Message):
    call_id: Id
    producer_id: Id


class Consume(Message):
    call_id: Id
    transport_id: Id
    producer_id: Id
    rtp_capabilities: Opaque


class ConsumerRef(Message):
    call_id: Id
    consumer_id: Id


class ViewConsumer(ConsumerRef):
    """How high a picture is shown, in device pixels; 0: not at all."""

    height: Annotated[int, Field(ge=0, le=8640)]


class ReportedLine(Message):
    """Two seconds of what a page received, by its own `getStats`."""

    made_up: Annotated[int, Field(ge=0, le=1000)] | None = None
    """Per mille of the sound played that had not come; none without sound."""
    freezes: Annotated[int, Field(ge=0, le=20)] = 0
    freeze_ms: Annotated[int, Field(ge=0, le=2000)] = 0
    """Of the picture that stood still the longest."""
    frames: Annotated[int, Field(ge=0, le=240)] | None = None
    """Decoded, of the picture with the fewest; none without pictures."""
    buffer_ms: Annotated[int, Field(ge=0, le=10_000)] | None = None
    """How long sound was held before it was played."""


class ReportLines(CallRef):
    """What a page received lately, each entry of two seconds, the newest last."""

    ended_at_ms: Annotated[int, Field(ge=0, le=2**53)]
    """Of the newest, by the server's clock as the page knows it, ms since 1970."""
    received: Annotated[list[ReportedLine], Field(min_length=1, max_length=10)]


class TellLadder(Message):
    """How much one's page sends and receives now."""

    call_id: Id
    sending: RungView
    receiving: RungView


class NetworkTestView(Message):
    """What a page needs to try its ways to the media process."""

    router_rtp_capabilities: Opaque
    ice_servers: list[IceServerView]
    ice_transport_policy: Literal["all", "relay"]


class NetworkTransport(Message):
    direction: Direction


class NetworkConnect(Message):
    transport_id: Id
    dtls_parameters: Opaque


class NetworkProduce(Message):
    transport_id: Id
    kind: Literal["audio", "video"]
    rtp_parameters: Opaque


class NetworkConsume(Message):
    transport_id: Id
    producer_id: Id
    rtp_capabilities: Opaque


class ChatSend(Message):
    call_id: Id
    text: Annotated[str, Field(min_length=1, max_length=1000)]


class StrokeBody(Message):
    """A stroke or the next part of one: `points` are appended to those sent before; ≤ 20 a second."""

    call_id: Id
    stroke_id: Id
    producer_id: Id
    color: Annotated[str, Field(pattern=r"^#[0-9A-Fa-f]{6}$")]
    width: Unit
    points: Annotated[list[tuple[Unit, Unit]], Field(min_length=1, max_length=200)]
    done: bool


class PointerBody(Message):
    """The pointer over a picture; None, None when it leaves. Not of record, never stored."""

    call_id: Id
    producer_id: Id
    x: Unit | None
    y: Unit | None


class StrokesClear(Message):
    call_id: Id
    producer_id: Id


class CardPush(Message):
    """Push an item's guide (`item_code`) or a text card to the counter's screen."""

    call_id: Id
    kind: CardKind
    item_code: Id | None = None
    title: ShortText = ""
    body: LongText = ""


class RecordEarlier(Message):
    """Older chat, cards, stills or strokes than those one has."""

    call_id: Id
    kind: RecordKind
    before: MarkView


class MessageLeave(Message):
    """留言, after a call ended without anybody to answer."""

    call_id: Id
    name: Name
    phone: Phone
    question: Annotated[str, Field(min_length=1, max_length=1000)]


class ControlRef(CallRef):
    """One question for control, or its grant."""

    control_id: Id


class ControlCounter(CallRef):
    """Which counter PC the page is on: the name its browser gave itself."""

    counter: Id


class ControlAsk(CallRef):
    """What the specialist asks for, and what for; the clerk reads both."""

    scopes: Annotated[list[ControlScope], Field(min_length=1, max_length=len(ControlScope))]
    purpose: ShortText = ""


class ControlGrant(ControlRef):
    """What the clerk says yes to, and for how many seconds."""

    scopes: Annotated[list[ControlScope], Field(min_length=1, max_length=len(ControlScope))]
    lasts_s: Seconds
    monitor: Annotated[str, Field(max_length=64, pattern=NO_NUL)] = ""
    """Id of the shared one of the helper's monitors; may be left empty where there is one."""


class ControlMark(CallRef):
    """The helper shows each monitor's colour in its corner, or does so no more."""

    shown: bool


class PracticeKey(Message):
    """With it the page's practice helper says hello; good for this drill alone."""

    key: str


class ControlExtend(ControlRef):
    """The clerk lets it go on for so many seconds from now."""

    lasts_s: Seconds


class ControlNarrow(ControlRef):
    """What is left of the scopes."""

    scopes: Annotated[list[ControlScope], Field(min_length=1, max_length=len(ControlScope))]


class ControlAskOnce(ControlRef):
    """What needs a yes of its own; `about` says which file."""

    kind: OnceKind
    about: ShortText = ""


class ControlAnswerOnce(ControlRef):
    """The clerk's answer to it."""

    once_id: Id
    agreed: bool


class HelperCode(Message):
    """The PC this page is on, whose helper is to be paired or asked after."""

    counter: Id


class PairingCode(Message):
    """A one-time code to pair a device with the clerk's point."""

    code: str
    expires_in_s: int


class RatingSubmit(Message):
    """From a paired pad only: one rating per call and item (一事一评)."""

    call_id: Id
    item_code: Id
    level: RatingLevel
    comment: ShortText = ""
