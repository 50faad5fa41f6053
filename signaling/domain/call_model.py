"""A call and its parts as values: one row, one version counter."""

from dataclasses import dataclass
from enum import StrEnum

from signaling.domain.ids import (
    CallId,
    DepartmentId,
    ItemCode,
    JsonObject,
    OfferId,
    PointId,
    RegionCode,
    StaffId,
)


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


class Part(StrEnum):
    """What somebody is in a call."""

    CLERK = "clerk"
    CITIZEN = "citizen"
    SPECIALIST = "specialist"
    CONSULTANT = "consultant"
    MONITOR = "monitor"
    WHISPERER = "whisperer"


@dataclass(frozen=True, slots=True)
class Applicant:
    """办事人, kept with the call; the identity number is only ever held masked (first 3 + last 4)."""

    name: str | None = None
    phone: str | None = None
    id_number_masked: str | None = None
    relation: Relation = Relation.SELF
    acting_for: str | None = None


def mask_id_number(id_number: str) -> str:
    """Return first 3 + stars + last 4 of an 18-character identity number."""
    return f"{id_number[:3]}{'*' * (len(id_number) - 7)}{id_number[-4:]}"


@dataclass(frozen=True, slots=True)
class Consent:
    """The citizen's answer to the recording notice; `given_to` is the clerk who read it out."""

    agreed: bool
    by: Relation
    text_version: str
    given_at: float
    given_to: StaffId


@dataclass(frozen=True, slots=True)
class Offer:
    """The call rings at one specialist until `expires_at`; `reasons` say why this person."""

    offer_id: OfferId
    call_id: CallId
    staff_id: StaffId
    made_at: float
    expires_at: float
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Passed:
    """Somebody who let the call go by, and until when it is not offered to them again."""

    staff_id: StaffId
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
class Lost:
    """A participant whose connection is lost since `at`."""

    part: Part
    at: float


@dataclass(frozen=True, slots=True)
class Call:
    """One assisted session from request to close.

    `connected_at` is when it was answered first; `ended_at` when it left connected (or the queue) for good;
    `closed_at` when nothing can change any more. `no_staff_at` is when it ends for lack of staff. The clerk's
    point gives the region.
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
    clerk_id: StaffId
    applicant: Applicant
    consent: Consent
    requested_at: float
    no_staff_at: float
    materials: tuple[Material, ...] = ()
    free_text: str = ""
    drill: bool = False
    preferred_staff_id: StaffId | None = None
    end: CallEnd | None = None
    specialist_id: StaffId | None = None
    recording: RecordingState = RecordingState.OFF
    recording_reason: str | None = None
    offer: Offer | None = None
    passed: tuple[Passed, ...] = ()
    lost: tuple[Lost, ...] = ()
    connected_at: float | None = None
    ended_at: float | None = None
    wrap_up_until: float | None = None
    closed_at: float | None = None
    result: Result | None = None

    @property
    def holder(self) -> StaffId | None:
        """The specialist this call occupies: rung at, in it, or wrapping it up."""
        if self.offer is not None:
            return self.offer.staff_id
        return self.specialist_id if self.state is not CallState.CLOSED else None

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
        """True while clerk and specialist may be in it with media."""
        return self.state in (CallState.CONNECTED, CallState.RECONNECTING)

    def part_of(self, staff_id: StaffId) -> Part | None:
        """Return the part a person has in this call, if any."""
        if staff_id == self.clerk_id:
            return Part.CLERK
        return Part.SPECIALIST if staff_id == self.specialist_id else None


@dataclass(frozen=True, slots=True)
class CallEvent:
    """One entry of the append-only log; `data` is plain JSON."""

    call_id: CallId
    sequence: int
    at: float
    kind: str
    actor: str | None
    data: JsonObject
