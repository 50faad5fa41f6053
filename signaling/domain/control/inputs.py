"""What happens to a grant, each with what is known of it."""

from dataclasses import dataclass
from typing import TypeAlias

from signaling.domain.control.grant import ControlEnd, ControlPause, ControlScope, OnceKind


@dataclass(frozen=True, slots=True)
class Granted:
    """The clerk says yes: to which scopes, for how many seconds, on which monitor of which counter PC."""

    scopes: frozenset[ControlScope]
    lasts_s: float
    helper_id: str
    monitor: str
    helper_at: str = ""
    """The process that has the helper's connection."""


@dataclass(frozen=True, slots=True)
class TakenUp:
    """The controller's connection has come, to `process`; there is one for a grant."""

    process: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The clerk says no."""


@dataclass(frozen=True, slots=True)
class GivenUp:
    """Who asked needs it no more: takes the question back, or gives the grant back."""


@dataclass(frozen=True, slots=True)
class Extended:
    """The clerk lets it go on for so many seconds from now."""

    lasts_s: float


@dataclass(frozen=True, slots=True)
class Narrowed:
    """The clerk takes scopes away."""

    scopes: frozenset[ControlScope]


@dataclass(frozen=True, slots=True)
class Stopped:
    """Somebody ends it: the clerk, a supervisor, the helper at the counter PC, or the server by its own."""

    end: ControlEnd


@dataclass(frozen=True, slots=True)
class Paused:
    """The helper obeys nothing for the moment."""

    pause: ControlPause


@dataclass(frozen=True, slots=True)
class Resumed:
    """The helper obeys again."""


@dataclass(frozen=True, slots=True)
class OnceAsked:
    """A second question within the grant."""

    once_id: str
    kind: OnceKind
    about: str


@dataclass(frozen=True, slots=True)
class OnceAnswered:
    """The clerk's answer to it."""

    once_id: str
    agreed: bool


@dataclass(frozen=True, slots=True)
class FileCame:
    """The file came that the clerk had said yes to."""

    once_id: str


@dataclass(frozen=True, slots=True)
class TimePassed:
    """A deadline is over."""


ControlInput: TypeAlias = (
    Granted
    | TakenUp
    | Refused
    | GivenUp
    | Extended
    | Narrowed
    | Stopped
    | Paused
    | Resumed
    | OnceAsked
    | OnceAnswered
    | FileCame
    | TimePassed
)
