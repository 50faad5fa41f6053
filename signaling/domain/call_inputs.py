"""What can happen to a call: the inputs of the state table, one frozen value each."""

from dataclasses import dataclass
from typing import TypeAlias

from signaling.domain.call_model import Material, RecordingState, Result, ResultDraft
from signaling.domain.ids import AskId
from signaling.domain.members import Ask, Part
from signaling.domain.subject import Subject


@dataclass(frozen=True, slots=True)
class Offered:
    """Routing chose somebody."""

    offer: Ask


@dataclass(frozen=True, slots=True)
class Accepted:
    """The offered specialist took the call."""

    ask_id: AskId
    who: Subject


@dataclass(frozen=True, slots=True)
class Rejected:
    """The offered specialist declined."""

    ask_id: AskId
    who: Subject
    reason: str = ""


@dataclass(frozen=True, slots=True)
class OfferLost:
    """The offered specialist went away or off line while it rang."""

    ask_id: AskId
    reason: str


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The clerk withdrew the request."""

    by: Subject


@dataclass(frozen=True, slots=True)
class NobodyThere:
    """Nobody eligible exists or is signed in."""


@dataclass(frozen=True, slots=True)
class MemberSeated:
    """Somebody gets a place in a connected call, from `by`."""

    who: Subject
    part: Part
    by: Subject


@dataclass(frozen=True, slots=True)
class MemberLeft:
    """Somebody gives their place up."""

    who: Subject


@dataclass(frozen=True, slots=True)
class MemberLost:
    """A member's connection is gone; `for_good` when their account is: nobody waits for them then."""

    who: Subject
    for_good: bool = False


@dataclass(frozen=True, slots=True)
class MemberBack:
    """A member's connection is back."""

    who: Subject


@dataclass(frozen=True, slots=True)
class Ended:
    """结束协助."""

    by: Subject


@dataclass(frozen=True, slots=True)
class ResultStored:
    """The wrap-up form; `keep_wrap_up` leaves the wrap-up open."""

    result: Result
    keep_wrap_up: bool = False


@dataclass(frozen=True, slots=True)
class ResultDrafted:
    """The wrap-up form as far as it is written."""

    draft: ResultDraft


@dataclass(frozen=True, slots=True)
class WrapUpEnded:
    """The specialist ended the wrap-up early."""

    by: Subject


@dataclass(frozen=True, slots=True)
class RecordingSet:
    """Recording started, paused, resumed, stalled or failed."""

    state: RecordingState
    reason: str | None = None
    by: Subject | None = None


@dataclass(frozen=True, slots=True)
class MaterialSet:
    """Somebody ticked a material."""

    material: Material
    by: Subject


@dataclass(frozen=True, slots=True)
class ServerStarted:
    """The signalling process started anew: everybody is lost, deadlines are restarted."""

    no_staff_at: float


@dataclass(frozen=True, slots=True)
class TimePassed:
    """A deadline may be due."""


CallInput: TypeAlias = (
    Offered
    | Accepted
    | Rejected
    | OfferLost
    | Cancelled
    | NobodyThere
    | MemberSeated
    | MemberLeft
    | MemberLost
    | MemberBack
    | Ended
    | ResultDrafted
    | ResultStored
    | WrapUpEnded
    | RecordingSet
    | MaterialSet
    | ServerStarted
    | TimePassed
)
