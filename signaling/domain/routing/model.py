"""The inputs of a routing decision, as values that can be stored and replayed."""

from dataclasses import dataclass

from signaling.domain.ids import CallId, ItemCode, RegionCode, StaffId
from signaling.domain.presence import PresenceState


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
class Profile:
    """What the steps of a policy look at; people with equal profiles are admitted alike.

    `reach` is the level of their region, which covers the call's point: `village`, `township`, `county`,
    `prefecture` or `province`. `bureaus` are those of the departments they belong to.
    """

    skill_level: int
    reach: str
    languages: tuple[str, ...] = ()
    posts: tuple[str, ...] = ()
    bureaus: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """What changes by the minute about a responder.

    Times are wall-clock seconds; `calls_today` and `talk_today_s` count since local midnight.
    """

    state: PresenceState
    idle_since: float = 0.0
    last_offered_at: float = 0.0
    calls_today: int = 0
    talk_today_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A responder who can take the call, as routing sees them at one instant; `ringing`: another call is."""

    staff_id: StaffId
    profile: Profile
    standing: Standing
    ringing: bool = False
