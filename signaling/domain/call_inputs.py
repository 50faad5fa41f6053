"""What can happen to a call: the inputs of the state table, one frozen value each."""

from dataclasses import dataclass
from typing import TypeAlias

from signaling.domain.call_model import Material, Offer, Part, RecordingState, Result
from signaling.domain.ids import OfferId, StaffId


@dataclass(frozen=True, slots=True)
class Offered:
    """Routing chose somebody."""

    offer: Offer


@dataclass(frozen=True, slots=True)
class Accepted:
    """The offered specialist took the call."""

    offer_id: OfferId
    staff_id: StaffId


@dataclass(frozen=True, slots=True)
class Rejected:
    """The offered specialist declined."""

    offer_id: OfferId
    staff_id: StaffId
    reason: str = ""


@dataclass(frozen=True, slots=True)
class OfferLost:
    """The offered specialist went away or off line while it rang."""

    offer_id: OfferId
    reason: str


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The clerk withdrew the request."""

    by: StaffId


@dataclass(frozen=True, slots=True)
class NobodyThere:
    """Nobody eligible exists or is signed in."""


@dataclass(frozen=True, slots=True)
class PartLost:
    """A participant's connection is gone."""

    part: Part


@dataclass(frozen=True, slots=True)
class PartBack:
    """A participant's connection is back."""

    part: Part


@dataclass(frozen=True, slots=True)
class Ended:
    """结束协助 by the clerk or the specialist."""

    by: StaffId


@dataclass(frozen=True, slots=True)
class ResultStored:
    """The wrap-up form; `keep_wrap_up` leaves the wrap-up open."""

    result: Result
    keep_wrap_up: bool = False


@dataclass(frozen=True, slots=True)
class WrapUpEnded:
    """The specialist ended the wrap-up early."""

    by: StaffId


@dataclass(frozen=True, slots=True)
class RecordingSet:
    """Recording started, paused, resumed, stalled or failed."""

    state: RecordingState
    reason: str | None = None
    by: str | None = None


@dataclass(frozen=True, slots=True)
class MaterialSet:
    """Somebody ticked a material."""

    material: Material
    by: StaffId


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
    | PartLost
    | PartBack
    | Ended
    | ResultStored
    | WrapUpEnded
    | RecordingSet
    | MaterialSet
    | ServerStarted
    | TimePassed
)
