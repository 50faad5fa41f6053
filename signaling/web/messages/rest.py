"""Bodies and answers of the REST interface."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from signaling.domain.readiness import Check, Grade
from signaling.domain.routing.decision import Reason
from signaling.domain.routing.one_by_one import Unfit
from signaling.services.readiness import Obstacle
from signaling.web.messages.base import (
    NO_NUL,
    AuditResult,
    Home,
    Id,
    Lifecycle,
    Message,
    Name,
    Permission,
    Personal,
    Phone,
    Query,
    RegionLevel,
    ShortText,
    Timestamp,
    Track,
)
from signaling.web.messages.views.audit import AuditRowView
from signaling.web.messages.views.calls import CallView, ResultView
from signaling.web.messages.views.items import (
    ConfusionView,
    DraftView,
    ItemHit,
    ItemView,
    LearnedLineView,
    QuestionAnswer,
    SearchQuestion,
)
from signaling.web.messages.views.people import SkillView, StaffView
from signaling.web.messages.views.places import DepartmentView, PointView, RegionView
from signaling.web.messages.views.queue import MessageView
from signaling.web.messages.views.review import CallEventView, RecordingRow

Password = Annotated[str, Field(min_length=1, max_length=128)]
TabId = Annotated[str, Field(pattern=r"^[A-Za-z0-9]{8,32}$")]
"""One browser tab: each has a refresh cookie of its own, so two people fit one browser."""


class LoginBody(Message):
    username: Annotated[str, Field(min_length=1, max_length=64, pattern=NO_NUL)]
    password: Password
    tab: TabId


class RefreshBody(Message):
    tab: TabId


class PasswordBody(Message):
    old_password: Password
    new_password: Annotated[str, Field(min_length=10, max_length=128)]


class SessionView(Message):
    """A signed-in tab: the access token is kept in memory only."""

    access_token: str
    expires_in_s: int
    staff: StaffView
    permissions: list[Permission]
    home: Home
    must_change_password: bool


class ClientConfig(Message):
    """What the page needs before anybody signs in."""

    demo: bool
    secure_url: str | None
    """Where cameras work, when this address is insecure."""
    notice_version: str
    version: str


class DemoAccount(Message):
    """One large button of the 体验 page."""

    role: Literal["clerk", "specialist", "pad", "reviewer", "supervisor"]
    staff_id: str | None
    name: str
    title: str


class DemoStart(Message):
    """Sign in as a demo person (demo servers only); the pad is paired by this too."""

    role: Literal["clerk", "specialist", "pad", "reviewer", "supervisor"]
    tab: TabId
    password: Password | None = None
    """From other machines, where the demo has a random password: the one shown at the terminal."""


class DemoAccounts(Message):
    accounts: list[DemoAccount]


class PadSessionView(Message):
    """A paired rating pad: a device with a credential of its own."""

    device_token: str
    pad_id: str
    point_id: str
    point_name: str


class PadPairBody(Message):
    code: Annotated[str, Field(pattern=r"^[0-9]{6}$")]


class ItemHits(Message):
    query: str
    hits: list[ItemHit]
    sure: bool
    """False: ask `question`, or go to the general desk."""
    question: SearchQuestion | None
    by_meaning: bool
    """False: words alone were compared."""
    general: ItemHit
    """The general desk, which takes what nobody can name."""


class FamiliarItems(Message):
    """What somebody's calls of the last days were about, often first; and the general desk."""

    hits: list[ItemHit]
    general: ItemHit


class LearnedLineList(Message):
    """The newest lines the search learned from, and what all of them say is confused."""

    lines: list[LearnedLineView]
    total: int
    """How many there are; older ones than those listed still count."""
    confusions: list[ConfusionView]


class LearnedLineBody(Message):
    withdrawn: bool


class ItemList(Message):
    items: list[ItemView]


class RegionList(Message):
    regions: list[RegionView]
    languages: list[str]
    """What is spoken anywhere, 普通话 first."""


class PointList(Message):
    points: list[PointView]


class DepartmentList(Message):
    departments: list[DepartmentView]


class StaffList(Message):
    staff: list[StaffView]


class SkillList(Message):
    skills: list[SkillView]


class MessageList(Message):
    messages: list[MessageView]


class RecordingList(Message):
    rows: list[RecordingRow]
    total: int


class CallDetail(Message):
    call: CallView
    events: list[CallEventView]
    """The newest of its log, or those ahead of what was asked for, in order."""
    earlier: int | None
    """What to give as `before` for the page ahead of these; None when they are the first."""
    decisions: list[dict[str, object]]
    """Each routing decision: the plausible with scores and why each was passed over, the others by reason."""


class NoticeSheet(Message):
    """一次性告知单, for printing."""

    number: str
    point_name: str
    point_phone: str
    item: ItemView
    applicant_name: Annotated[str | None, Personal.NAME]
    date: Timestamp
    clerk_name: str
    specialist_name: str | None
    department: DepartmentView | None
    result: ResultView | None
    materials_have: list[str]
    materials_missing: Annotated[list[str], Personal.WORDS]
    materials_unchecked: list[str]
    """Those nobody looked at: the paper names every material."""


class StaffBody(Message):
    username: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{3,32}$")]
    name: Name
    roles: Annotated[list[str], Field(min_length=1, max_length=8)]
    posts: list[str] = Field(default_factory=list, max_length=4)
    region_code: Id
    department_ids: list[Id] = Field(default_factory=list, max_length=20)
    point_id: Id | None = None
    languages: list[Name] = Field(default_factory=lambda: ["普通话"], max_length=10)


class StaffCreated(Message):
    staff: StaffView
    first_password: str
    """Shown once; the first login forces a new one."""


class StaffProfile(Message):
    """What can be changed of an account; its roles and user name stay."""

    name: Name
    posts: list[str] = Field(default_factory=list, max_length=4)
    region_code: Id
    department_ids: list[Id] = Field(default_factory=list, max_length=20)
    point_id: Id | None = None
    languages: Annotated[list[Name], Field(min_length=1, max_length=10)]


class StaffPatch(Message):
    enabled: bool | None = None
    reset_password: bool = False
    profile: StaffProfile | None = None
    """Who somebody is and where, as a whole."""


class SkillsBody(Message):
    skills: Annotated[list[SkillView], Field(max_length=400)]


class PointProfile(Message):
    """What can be changed of a point; its region stays."""

    name: Name
    phone: Phone
    opening_hours: Annotated[str, Field(min_length=1, max_length=200, pattern=NO_NUL)] = "工作日 9:00–17:00"
    equipment: list[ShortText] = Field(default_factory=list, max_length=20)
    languages: list[Name] = Field(default_factory=list, max_length=20)
    """What people speak around it."""


class PointBody(PointProfile):
    region_code: Id


class PointPatch(Message):
    enabled: bool | None = None
    profile: PointProfile | None = None
    relay_only: bool | None = None
    """Whether its people's media goes through the TURN servers only."""


class RegionBody(Message):
    code: Id
    name: Name
    level: RegionLevel
    parent: Id | None = None
    """None for the topmost, by who administers everything."""


class RegionPatch(Message):
    name: Name | None = None
    retired: bool | None = None


class DepartmentBody(Message):
    """A department; `bureau` is the name items carry, `spoken` what people say (empty: the name)."""

    bureau: Name
    name: Name
    spoken: Annotated[str, Field(max_length=80, pattern=NO_NUL)] = ""
    region_code: Id
    phone: Phone
    office_hours: Annotated[str, Field(min_length=1, max_length=200, pattern=NO_NUL)]
    enabled: bool = True


Line = Annotated[str, Field(min_length=1, max_length=500, pattern=NO_NUL)]


class DraftBody(Message):
    """The next version of an item."""

    name: Annotated[str, Field(min_length=1, max_length=200, pattern=NO_NUL)]
    department: Name
    level: Name
    keywords: list[Name] = Field(default_factory=list, max_length=100)
    materials: list[Line] = Field(default_factory=list, max_length=60)
    steps: list[Line] = Field(default_factory=list, max_length=60)
    questions: list[QuestionAnswer] = Field(default_factory=list, max_length=60)
    languages: list[Name] = Field(default_factory=lambda: ["普通话"], max_length=20)


class FindingView(Message):
    """The answer to one question about what a first call needs."""

    check: Check
    grade: Grade
    lacking: list[str]
    """Names of some of what lacks it; empty with `total` 0 when there is nothing at all."""
    total: int


class ReadinessView(Message):
    """还差什么: every question with its answer."""

    can_ring: bool
    findings: list[FindingView]


class WhyNotQuery(Query):
    """A call that nobody made: where, for what, in which language."""

    point: Id
    item: Id
    language: Name = "普通话"


class VerdictView(Message):
    """Why somebody would be rung (`chosen`) or not."""

    staff_id: str
    name: str
    title: str
    reason: Reason | Unfit


class WhyNotView(Message):
    """Who would be rung now; `obstacles` say why the call cannot even be requested."""

    obstacles: list[Obstacle]
    people: list[VerdictView]


class LifecycleBody(Message):
    lifecycle: Lifecycle


class DraftList(Message):
    drafts: list[DraftView]


class OfferingBody(Message):
    """Offer an item in a region, or stop offering it there."""

    region_code: Id
    offered: bool


class MessageCloseBody(Message):
    answer: Annotated[str, Field(min_length=1, max_length=1000)]


class ItemQuery(Query):
    """What the citizen said, in their own words."""

    query: ShortText = ""
    limit: Annotated[int, Field(ge=1, le=20)] = 3


class CallList(Message):
    calls: list[CallView]


class CallLogQuery(Query):
    """Which page of a call's log: the newest one, or the one ahead of the sequence `before`."""

    before: Annotated[int, Field(ge=1, le=2**62)] | None = None


class StillUpload(Query):
    """What the picture in the request's body is; the server checks each of it."""

    track: Track = Track.DOCUMENT_CAMERA
    width: Annotated[int, Field(ge=1, le=20000)]
    height: Annotated[int, Field(ge=1, le=20000)]
    sha256: Annotated[str, Field(pattern=r"^[0-9A-Fa-f]{64}$")]
    off_record: bool = False
    """Recording was paused when the picture was taken: it is not kept, however late it arrives."""


class FileUpload(Query):
    """What the file in the request's body is, and which question was answered with yes for it."""

    once_id: Id
    name: Annotated[str, Field(min_length=1, max_length=200)]
    sha256: Annotated[str, Field(pattern=r"^[0-9A-Fa-f]{64}$")]


class SignedQuery(Query):
    """The query of a signed address."""

    user: Annotated[str, Field(max_length=80)]
    session: Annotated[str, Field(max_length=64)] = ""
    exp: Annotated[str, Field(pattern=r"^[0-9]{1,12}$")]
    sig: Annotated[str, Field(max_length=128)]


class AuditSearch(Query):
    """Search in the audit log; `before` is the sequence of the last row seen, for the next page of 50."""

    model_config = ConfigDict(validate_by_name=True, serialize_by_alias=True)

    since: Timestamp | None = Field(None, alias="from")
    until: Timestamp | None = Field(None, alias="to")
    person: Annotated[str, Field(max_length=64, pattern=NO_NUL)] = ""
    """Part of a name, or a whole user name."""
    act: Annotated[str, Field(pattern=r"^[a-z_]+(\.[a-z_]+)?$", max_length=64)] | None = None
    """A dotted name, or the first part of several."""
    result: AuditResult | None = None
    before: Annotated[int, Field(ge=1, le=2**62)] | None = None


class AuditList(Message):
    rows: list[AuditRowView]
    more: bool
    """Older entries fit too."""


class RecordingQuery(Query):
    """Search in the finished sessions; pages of 20, counted from 1."""

    model_config = ConfigDict(validate_by_name=True, serialize_by_alias=True)

    query: ShortText = ""
    since: Timestamp | None = Field(None, alias="from")
    until: Timestamp | None = Field(None, alias="to")
    item: Id | None = None
    staff: Id | None = None
    page: Annotated[int, Field(ge=1, le=10_000)] = 1
