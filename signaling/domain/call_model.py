"""A call and its parts as values: one row, one version counter."""

from dataclasses import dataclass
from enum import StrEnum

from signaling.domain.ids import (
    CallId,
    DepartmentId,
    ItemCode,
    JsonObject,
    ParticipantId,
    PointId,
    RegionCode,
    StaffId,
)
from signaling.domain.members import Ask, AskPurpose, Member, Part
from signaling.domain.seating import Act, may
from signaling.domain.subject import Subject


class CallState(StrEnum):
    """waiting → offered → connected ⇄ reconnecting → wrap_up → closed."""

    WAITING = "waiting"
    OFFERED = "offered"
    CONNECTED = "connected"
    RECONNECTING = "reconnecting"
    WRAP_UP = "wrap_up"
    CLOSED = "closed"


class CallEnd(StrEnum):
    """How a call ended."""

    COMPLETED = "completed"
    ABANDONED = "abandoned"
    NO_STAFF = "no_staff"
    CANCELLED = "cancelled"
    FAILED = "failed"


class Relation(StrEnum):
    """本人, 代办人, 监护人."""

    SELF = "self"
    AGENT = "agent"
    GUARDIAN = "guardian"


class RecordingState(StrEnum):
    """What is written of the call right now."""

    OFF = "off"
    RECORDING = "recording"
    PAUSED = "paused"
    FAILED = "failed"


class MaterialState(StrEnum):
    """A material on the checklist of a call."""

    UNKNOWN = "unknown"
    HAVE = "have"
    MISSING = "missing"


class ResultKind(StrEnum):
    """已解答, 已指导申报, 已受理, 材料不全, 需到现场, 转代办."""

    ANSWERED = "answered"
    GUIDED = "guided"
    ACCEPTED = "accepted"
    MATERIALS_MISSING = "materials_missing"
    ON_SITE = "on_site"
    TRANSFERRED = "transferred"


@dataclass(frozen=True, slots=True)
class Applicant:
    """办事人, kept with the call; the identity number is only ever held masked (first 3 + last 4)."""

    name: str | None = None
    phone: str | None = None
    id_number_masked: str | None = None
    relation: Relation = Relation.SELF
    acting_for: str | None = None


@dataclass(frozen=True, slots=True)
class Consent:
    """The citizen's answer to the recording notice; `given_to` is the clerk who read it out."""

    agreed: bool
    by: Relation
    text_version: str
    given_at: float
    given_to: StaffId


@dataclass(frozen=True, slots=True)
class Passed:
    """Somebody who let the call go by, and until when it is not offered to them again."""

    who: Subject
    reason: str
    until: float


@dataclass(frozen=True, slots=True)
class Material:
    """One material and whether the applicant has it."""

    name: str
    state: MaterialState = MaterialState.UNKNOWN
    note: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """How the call ended for the applicant."""

    kind: ResultKind
    item_codes: tuple[ItemCode, ...]
    external_case_number: str | None = None
    missing_materials: tuple[str, ...] = ()
    note: str = ""
    notice_text: str = ""
    stored_at: float = 0.0
    stored_by: StaffId = ""


@dataclass(frozen=True, slots=True)
class ResultDraft:
    """The wrap-up form while it is written: what a `Result` will hold, without the outcome at first."""

    kind: ResultKind | None = None
    item_codes: tuple[ItemCode, ...] = ()
    external_case_number: str | None = None
    missing_materials: tuple[str, ...] = ()
    note: str = ""
    notice_text: str = ""
    saved_at: float = 0.0
    saved_by: StaffId = ""

    def finished(self) -> Result | None:
        """Return the result it amounts to; None while it names no outcome or no item."""
        if self.kind is None or not self.item_codes:
            return None
        return Result(
            kind=self.kind,
            item_codes=self.item_codes,
            external_case_number=self.external_case_number,
            missing_materials=self.missing_materials,
            note=self.note,
            notice_text=self.notice_text,
            stored_at=self.saved_at,
            stored_by=self.saved_by,
        )


@dataclass(frozen=True, slots=True)
class Call:
    """One assisted session from request to close.

    `members` are all who ever had a place, `asks` those it rings at. `connected_at` is when it was answered
    first; `ended_at` when it left connected (or the queue) for good; `closed_at` when nothing can change any
    more. `no_staff_at` is when it ends for lack of staff. The clerk's point gives the region.
    """

    call_id: CallId
    number: str
    version: int
    state: CallState
    item_code: ItemCode
    item_version: int
    department: str
    department_id: DepartmentId | None
    point_id: PointId
    region_code: RegionCode
    language: str
    priority: int
    applicant: Applicant
    consent: Consent
    requested_at: float
    no_staff_at: float
    members: tuple[Member, ...]
    asks: tuple[Ask, ...] = ()
    materials: tuple[Material, ...] = ()
    free_text: str = ""
    drill: bool = False
    preferred_staff_id: StaffId | None = None
    end: CallEnd | None = None
    recording: RecordingState = RecordingState.OFF
    recording_reason: str | None = None
    passed: tuple[Passed, ...] = ()
    connected_at: float | None = None
    ended_at: float | None = None
    wrap_up_until: float | None = None
    closed_at: float | None = None
    result: Result | None = None
    draft: ResultDraft | None = None
    """What was written into the wrap-up form and not stored as the result yet."""

    @property
    def present(self) -> tuple[Member, ...]:
        """The members who did not leave."""
        return tuple(member for member in self.members if member.left_at is None)

    @property
    def lost(self) -> tuple[Member, ...]:
        """The members whose connection is gone."""
        return tuple(member for member in self.present if member.lost_at is not None)

    @property
    def offer(self) -> Ask | None:
        """Whom a waiting call rings at."""
        return next((ask for ask in self.asks if ask.purpose is AskPurpose.ANSWER), None)

    @property
    def claimed(self) -> frozenset[Subject]:
        """Those who can be in no other call: asked, or in it; after it who writes its result."""
        match self.state:
            case CallState.CLOSED:
                return frozenset()
            case CallState.WRAP_UP:
                return frozenset(one.who for one in self.present if may(one.part, Act.STORE_RESULT))
            case _:
                asked = frozenset(ask.who for ask in self.asks)
                return asked | {member.who for member in self.present}

    @property
    def is_requeued(self) -> bool:
        """True while it waits for another specialist, having lost the one it had."""
        return self.state in (CallState.WAITING, CallState.OFFERED) and self.connected_at is not None

    @property
    def is_live(self) -> bool:
        """True until closed."""
        return self.state is not CallState.CLOSED

    @property
    def is_joined(self) -> bool:
        """True while its members may be in it with media."""
        return self.state in (CallState.CONNECTED, CallState.RECONNECTING)

    def member(self, part: Part) -> Member | None:
        """Return who has a part; of several the first."""
        return next((member for member in self.present if member.part is part), None)

    def holder(self, part: Part) -> Member | None:
        """Return who has a part, else who had it last: a call that lost its specialist still names them."""
        had = [member for member in self.members if member.part is part]
        return self.member(part) or max(had, key=lambda member: member.left_at or 0.0, default=None)

    def member_of(self, who: Subject) -> Member | None:
        """Return the place somebody has in this call, if any."""
        return next((member for member in self.present if member.who == who), None)

    def participant(self, participant_id: ParticipantId) -> Member | None:
        """Return whose name this is, also of somebody who left."""
        return next((one for one in self.members if one.participant_id == participant_id), None)

    def part_of(self, who: Subject) -> Part | None:
        """Return the part somebody has in this call, if any."""
        member = self.member_of(who)
        return member.part if member is not None else None


@dataclass(frozen=True, slots=True)
class CallEvent:
    """One entry of the append-only log; `data` is plain JSON."""

    call_id: CallId
    sequence: int
    at: float
    kind: str
    actor: str | None
    data: JsonObject
