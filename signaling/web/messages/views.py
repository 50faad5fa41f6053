"""What people are shown: views carried by events, snapshots and REST answers."""

from typing import Literal

from pydantic import JsonValue

from signaling.web.messages.base import (
    CallEnd,
    CallState,
    MaterialState,
    Message,
    Opaque,
    Part,
    PresenceState,
    QualityLevel,
    RatingLevel,
    RecordingState,
    Relation,
    ResultKind,
    Timestamp,
    Track,
    Unit,
)


class RegionView(Message):
    """A node of the region tree; `path` names it from the county down, e.g. 贡山县 / 独龙江乡."""

    code: str
    name: str
    level: Literal["province", "prefecture", "county", "township", "village"]
    parent: str | None
    path: str


class PointView(Message):
    """A service point (就近办服务点)."""

    point_id: str
    name: str
    region_code: str
    region_path: str
    phone: str
    opening_hours: str
    equipment: list[str]
    enabled: bool
    demo: bool
    pad_paired: bool


class DepartmentView(Message):
    """A department (部门) of one region, with the phone and hours told to those nobody can answer."""

    department_id: str
    name: str
    region_code: str
    phone: str
    office_hours: str


class QuestionAnswer(Message):
    """One 问答 of an item."""

    question: str
    answer: str


class ItemView(Message):
    """An item (事项) in one version."""

    code: str
    version: int
    name: str
    department: str
    level: str
    keywords: list[str]
    materials: list[str]
    steps: list[str]
    questions: list[QuestionAnswer]
    languages: list[str]
    lifecycle: Literal["draft", "pilot", "live", "retired"]
    sample: bool
    """True for 示例数据."""
    offered_in: list[str]
    """Region codes in which it is offered; a region covers its subtree."""


class ItemHit(Message):
    """One search result with the words that matched and how many specialists could take it now."""

    item: ItemView
    score: float
    matched: list[str]
    available: int
    department_name: str
    """As people say it: 县医保局."""


class StaffView(Message):
    """A person with an account."""

    staff_id: str
    username: str
    name: str
    roles: list[str]
    posts: list[str]
    region_code: str
    region_path: str
    department_ids: list[str]
    point_id: str | None
    languages: list[str]
    enabled: bool
    demo: bool
    must_change_password: bool


class SkillView(Message):
    """What a specialist can take: an item or a whole department, level 1–5."""

    staff_id: str
    kind: Literal["item", "department"]
    target: str
    level: int


class PresenceView(Message):
    """A specialist's presence by evidence."""

    staff_id: str
    name: str
    state: PresenceState
    reason: str | None
    since: Timestamp
    wrap_up_until: Timestamp | None
    call_id: str | None
    missed: int


class TodayView(Message):
    """A specialist's own counts of today."""

    answered: int
    missed: int
    mean_handling_s: float | None


class ApplicantView(Message):
    """办事人; the identity number only as first 3 + last 4."""

    name: str | None
    phone: str | None
    id_number_masked: str | None
    relation: Relation
    acting_for: str | None


class ConsentView(Message):
    """The citizen's answer to the recording notice."""

    agreed: bool
    by: Relation
    text_version: str
    given_at: Timestamp


class OfferView(Message):
    """A call offered to one specialist."""

    offer_id: str
    call_id: str
    staff_id: str
    staff_name: str
    made_at: Timestamp
    expires_at: Timestamp
    reasons: list[str]
    """Why this person, in plain words (catalogue keys with `|`-separated arguments)."""


class WaitView(Message):
    """What the waiting are told: place, an honest range, and how many people could take it."""

    position: int
    low_s: float | None
    high_s: float | None
    """Both None: not enough data."""
    eligible: int
    available: int
    ends_at: Timestamp | None
    """When the call ends `no_staff` if nobody answers."""


class ParticipantView(Message):
    """Someone in a call."""

    participant_id: str
    staff_id: str | None
    name: str
    title: str
    """Department or service point, as shown below the name."""
    part: Part
    generation: int
    online: bool
    quality: QualityLevel | None


class ProducerView(Message):
    """A track that someone sends."""

    producer_id: str
    participant_id: str
    track: Track
    kind: Literal["audio", "video"]
    paused: bool
    label: str
    display_surface: str | None
    """`monitor`, `window` or `browser` for a desktop."""


class ChatView(Message):
    """A line of chat."""

    chat_id: str
    participant_id: str
    name: str
    text: str
    sent_at: Timestamp


class CardView(Message):
    """A card (办事卡片) on the counter's screen."""

    card_id: str
    kind: Literal["guide", "text"]
    title: str
    item_code: str | None
    item_version: int | None
    body: str
    materials: list[str]
    steps: list[str]
    pushed_by: str
    pushed_at: Timestamp


class StillView(Message):
    """A full-size still picture of a document."""

    still_id: str
    taken_by: str
    taken_at: Timestamp
    track: Track
    width: int
    height: int
    size_bytes: int
    sha256: str
    url: str
    """Signed address, valid for minutes; ask the snapshot or the list for a fresh one."""


class StrokeView(Message):
    """A freehand stroke over a producer's picture; points are [x, y] of the content rectangle."""

    stroke_id: str
    producer_id: str
    participant_id: str
    color: str
    width: Unit
    points: list[tuple[Unit, Unit]]
    done: bool


class MaterialView(Message):
    """One material on the checklist of this call."""

    name: str
    state: MaterialState
    note: str


class ResultView(Message):
    """How the call ended for the applicant."""

    kind: ResultKind
    item_codes: list[str]
    external_case_number: str | None
    missing_materials: list[str]
    note: str
    notice_text: str
    """What the 一次性告知单 says beyond the list."""
    stored_at: Timestamp


class RatingView(Message):
    """One 好差评 per item; shown to reviewers and supervisors, never on the clerk's page."""

    item_code: str
    level: RatingLevel | Literal["default"]
    comment: str
    given_at: Timestamp


class CallView(Message):
    """One assisted session as its participants see it."""

    call_id: str
    number: str
    """Short, speakable, e.g. 1122-014."""
    version: int
    state: CallState
    end: CallEnd | None
    drill: bool
    item: ItemView
    free_text: str
    point: PointView
    department: DepartmentView | None
    language: str
    priority: int
    applicant: ApplicantView
    consent: ConsentView
    recording: RecordingState
    recording_reason: str | None
    requested_at: Timestamp
    connected_at: Timestamp | None
    ended_at: Timestamp | None
    wrap_up_until: Timestamp | None
    clerk_name: str
    specialist_name: str | None
    specialist_department: str | None
    wait: WaitView | None
    offer: OfferView | None
    """Only in what the offered specialist and supervisors get."""
    materials: list[MaterialView]
    result: ResultView | None


class IceServerView(Message):
    """A TURN server with time-limited credentials."""

    urls: list[str]
    username: str
    credential: str


class MediaView(Message):
    """What a client needs to build its transports."""

    epoch: str
    router_rtp_capabilities: Opaque
    ice_servers: list[IceServerView]
    ice_transport_policy: Literal["all", "relay"]


class TransportView(Message):
    """mediasoup-client's transport options."""

    transport_id: str
    ice_parameters: Opaque
    ice_candidates: list[Opaque]
    dtls_parameters: Opaque
    sctp_parameters: Opaque | None


class ConsumerView(Message):
    """mediasoup-client's consumer options; created paused, resumed by `media.resume_consumer`."""

    consumer_id: str
    producer_id: str
    kind: Literal["audio", "video"]
    rtp_parameters: Opaque
    producer_paused: bool


class SnapshotView(Message):
    """Everything about a call, for someone who (re)joins it."""

    call: CallView
    participant_id: str
    generation: int
    participants: list[ParticipantView]
    producers: list[ProducerView]
    media: MediaView
    chat: list[ChatView]
    cards: list[CardView]
    stills: list[StillView]
    strokes: list[StrokeView]
    was_sharing: bool
    """The desktop was shared before the reload: offer 继续共享桌面."""


class QueueRow(Message):
    """A waiting or running call in a list."""

    call_id: str
    number: str
    state: CallState
    drill: bool
    item_name: str
    department: str
    point_name: str
    region_path: str
    language: str
    priority: int
    requested_at: Timestamp
    connected_at: Timestamp | None
    clerk_name: str
    specialist_name: str | None
    offered_to: str | None
    recording: RecordingState


class QueueView(Message):
    """The live list of waiting and running calls within someone's scope."""

    waiting: list[QueueRow]
    running: list[QueueRow]
    presence: list[PresenceView]
    at: Timestamp


class MessageView(Message):
    """A 留言 left when nobody could answer."""

    message_id: str
    call_id: str | None
    item_code: str
    item_name: str
    department: str
    point_name: str
    name: str
    phone: str
    question: str
    left_at: Timestamp
    closed_at: Timestamp | None
    closed_by: str | None
    answer: str


class CallEventView(Message):
    """One entry of a call's event log."""

    sequence: int
    at: Timestamp
    offset_ms: int | None
    """Since the call connected; None before."""
    kind: str
    actor: str | None
    data: dict[str, JsonValue]


class RecordingRow(Message):
    """A finished session in the review list."""

    call_id: str
    number: str
    drill: bool
    item_code: str
    item_name: str
    point_name: str
    region_path: str
    clerk_name: str
    specialist_name: str | None
    requested_at: Timestamp
    connected_at: Timestamp | None
    duration_s: float
    end: CallEnd | None
    recording: Literal["none", "processing", "ready", "failed"]
    progress: float
    rating: RatingLevel | Literal["default"] | None
    result: ResultKind | None


class SegmentView(Message):
    """A playable file of one lane; `offset_ms` is its start on the recording's clock."""

    segment_id: str
    offset_ms: int
    duration_ms: int
    mime_type: str
    width: int | None
    height: int | None
    has_audio: bool
    has_video: bool
    size_bytes: int
    sha256: str
    url: str
    loudness: list[float]
    """One value per 100 ms, 0–1."""
    thumbnails: list[str]
    """Signed addresses, one per 10 s."""


class GapView(Message):
    """A reasoned gap: recording paused, or a lane missing."""

    offset_ms: int
    duration_ms: int
    reason: str


class LaneView(Message):
    """One person's camera + microphone, or a desktop, or a document camera."""

    lane: str
    participant_id: str
    name: str
    part: Part
    track: Track
    segments: list[SegmentView]
    gaps: list[GapView]


class ReplayView(Message):
    """All tracks and the timeline of one recorded session."""

    row: RecordingRow
    started_at: Timestamp
    """Zero of the recording's clock."""
    duration_ms: int
    lanes: list[LaneView]
    events: list[CallEventView]
    stills: list[StillView]
    chat: list[ChatView]
    consent: ConsentView
    result: ResultView | None
    ratings: list[RatingView]
    urls_expire_at: Timestamp
