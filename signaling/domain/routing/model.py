"""The inputs and outcomes of a routing decision, as values that can be stored and replayed."""

from dataclasses import dataclass
from enum import StrEnum

from signaling.domain.ids import CallId, ItemCode, RegionCode, StaffId


class Reason(StrEnum):
    """Why a candidate was passed over."""

    CHOSEN = "chosen"
    NO_SKILL = "no_skill"
    OUT_OF_REGION = "out_of_region"
    CLERK_OF_THE_CALL = "clerk_of_the_call"
    STEP_NOT_OPEN = "step_not_open"
    OFFLINE = "offline"
    AWAY = "away"
    BUSY = "busy"
    WRAP_UP = "wrap_up"
    RINGING = "ringing"
    MISSED_THIS_CALL = "missed_this_call"
    REJECTED_THIS_CALL = "rejected_this_call"
    RANKED_LOWER = "ranked_lower"


class Outcome(StrEnum):
    """What a decision decided."""

    OFFER = "offer"
    WAIT = "wait"
    NO_STAFF = "no_staff"


@dataclass(frozen=True, slots=True)
class Let:
    """A candidate let the call go by (`missed` or `rejected`) and is not asked again before `until`."""

    staff_id: StaffId
    reason: str
    until: float


@dataclass(frozen=True, slots=True)
class Request:
    """A waiting call as routing sees it."""

    call_id: CallId
    item_code: ItemCode
    department: str
    region_code: RegionCode
    language: str
    priority: int
    requested_at: float
    clerk_id: StaffId
    preferred_staff_id: StaffId | None = None
    passed: tuple[Let, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A responder as routing sees them at one instant.

    `reach` is the level of their region when it covers the call's point (`township`, `county`,
    `prefecture`, `province`), else
    None. Times are wall-clock seconds; `calls_today` and `talk_today_s` count since local midnight.
    """

    staff_id: StaffId
    skill_level: int
    reach: str | None
    languages: tuple[str, ...]
    state: str
    ringing: bool
    idle_since: float
    last_offered_at: float
    calls_today: int
    talk_today_s: float


@dataclass(frozen=True, slots=True)
class Considered:
    """One candidate in a decision: the step that admits them, their rank key, and the verdict."""

    staff_id: StaffId
    step: int | None
    score: tuple[float, ...]
    reason: Reason


@dataclass(frozen=True, slots=True)
class Decision:
    """Everything a decision was made from and what it decided; `replay` gives the same again."""

    at: float
    request: Request
    candidates: tuple[Candidate, ...]
    policy: str
    strategy: str
    opened_at: tuple[float, ...]
    """When each open step opened."""
    outcome: Outcome
    considered: tuple[Considered, ...]
    chosen: StaffId | None = None
    why: tuple[str, ...] = ()
    """Why the chosen one, as catalogue keys with `|`-separated arguments."""
    recheck_at: float | None = None
    """When time alone may change the outcome, if it may."""
    eligible: int = 0
    """How many could take the call, were they free (all steps)."""
    available: int = 0
    """How many could take it right now."""
