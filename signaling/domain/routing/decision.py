"""What was decided about a waiting call, and everything it was decided from."""

from dataclasses import dataclass
from enum import StrEnum

from signaling.domain.ids import StaffId
from signaling.domain.routing.model import Candidate, Request
from signaling.domain.routing.policy import Policy


class Reason(StrEnum):
    """Why somebody was chosen or passed over."""

    CHOSEN = "chosen"
    OUT_OF_REGION = "out_of_region"
    NOT_ADMITTED = "not_admitted"
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
class Considered:
    """Somebody judged by name: the step that admits them, their rank (lowest first), and the verdict."""

    candidate: Candidate
    step: int | None
    score: tuple[float, ...]
    reason: Reason


@dataclass(frozen=True, slots=True)
class PassedOver:
    """How many of those with the skill were passed over for one reason at one step (None: at no step)."""

    step: int | None
    reason: Reason
    count: int


@dataclass(frozen=True, slots=True)
class Decision:
    """Everything a decision was made from and what it decided; `replay` gives the same again.

    `considered` are the plausible: the best free ones of each step, whom the request prefers, who let it go
    by. The others with the skill are `passed_over`, counted by reason.
    """

    at: float
    request: Request
    policy: Policy
    strategy: str
    considered: tuple[Considered, ...]
    passed_over: tuple[PassedOver, ...]
    opened_at: tuple[float, ...]
    """When each step opened or will."""
    outcome: Outcome
    chosen: StaffId | None
    why: tuple[str, ...]
    """Why the chosen one, as catalogue keys with `|`-separated arguments."""
    recheck_at: float | None
    """When time alone may change the outcome, if it may."""
    eligible: int
    """How many could take the call, were they free (all steps)."""
    available: int
    """How many could take it right now."""
