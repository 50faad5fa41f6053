"""Who may ask, who may grant, who may stop: one table (state, input) → whose hand, what becomes of it.

    asked ──yes──► granted ⇄ paused
      │               │         │
      └───────────────┴─────────┴──► ended

Silence is refusal. Nothing that a hand not named in the row gives has any effect. Who a person is to a call
(clerk, controller, supervisor) is the service's to find out; what an end means to others is its to tell.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from types import MappingProxyType
from typing import Any, Final

from signaling.domain.control.grant import (
    FILES,
    NEVER,
    ONCE_SCOPE,
    Control,
    ControlEnd,
    ControlScope,
    ControlState,
    Once,
)
from signaling.domain.control.inputs import (
    ControlInput,
    Extended,
    FileCame,
    GivenUp,
    Granted,
    Narrowed,
    OnceAnswered,
    OnceAsked,
    Paused,
    Refused,
    Resumed,
    Stopped,
    TakenUp,
    TimePassed,
)
from signaling.domain.control.policy import ControlPolicy
from signaling.domain.errors import ForbiddenError, InvalidError, StateError
from signaling.domain.subject import Subject


class Hand(Enum):
    """Whose doing an input is."""

    CLERK = auto()
    CONTROLLER = auto()
    SUPERVISOR = auto()
    HELPER = auto()
    """The program at the counter PC, for whoever sits there."""
    SERVER = auto()


@dataclass(frozen=True, slots=True)
class ControlRules:
    """Times of a grant, in seconds, and what the point and the item allow."""

    once_within: float = 20.0
    take_up_within: float = 10.0
    """The controller's page was told of the yes at once; who does not come is gone."""
    policy: ControlPolicy = field(default_factory=ControlPolicy)


ENDS: Final[Mapping[Hand, frozenset[ControlEnd]]] = MappingProxyType(
    {
        Hand.CLERK: frozenset({ControlEnd.REVOKED}),
        Hand.SUPERVISOR: frozenset({ControlEnd.FUSED}),
        Hand.HELPER: frozenset(
            {
                ControlEnd.ESCAPED,
                ControlEnd.REVOKED,
                ControlEnd.EXPIRED,
                ControlEnd.VIOLATION,
                ControlEnd.HELPER_LOST,
                ControlEnd.CONTROLLER_LOST,
                ControlEnd.SHARE_ENDED,
            }
        ),
        Hand.SERVER: frozenset(
            {
                ControlEnd.SHARE_ENDED,
                ControlEnd.SESSION_ENDED,
                ControlEnd.SEAT_CHANGED,
                ControlEnd.HELPER_LOST,
                ControlEnd.CONTROLLER_LOST,
                ControlEnd.VIOLATION,
            }
        ),
    }
)
"""Which ends each hand may give for its reason: a helper cannot say that a supervisor stopped it."""


@dataclass(frozen=True, slots=True)
class Given:
    """An input with whose it is and when it came."""

    hand: Hand
    who: Subject | None
    now: float


Handler = Callable[[Control, Any, Given, ControlRules], Control]


def apply(control: Control, given: ControlInput, by: Given, rules: ControlRules) -> Control:
    """Return the grant after `given`.

    Raises:
        StateError: `bad_state`, the table has no row for it in this state.
        ForbiddenError: `not_yours`, the row is not for this hand, or the reason of an end is not.
        InvalidError: `scope`, more than was asked for or is allowed; `invalid`, no length of time.
    """
    row = TABLE.get((control.state, type(given)))
    if row is None:
        raise StateError("bad_state", state=control.state.value)
    hands, handler = row
    if by.hand not in hands:
        raise ForbiddenError("not_yours")
    return handler(control, given, by, rules)


def _ended(control: Control, end: ControlEnd, by: Given) -> Control:
    return replace(
        control,
        state=ControlState.ENDED,
        pause=None,
        once=None,
        awaited=None,
        end=end,
        ended_at=by.now,
        ended_by=by.who,
    )


def _granted(control: Control, given: Granted, by: Given, rules: ControlRules) -> Control:
    if not given.scopes or not given.scopes <= control.asked & rules.policy.scopes:
        raise InvalidError("scope")
    if by.now >= control.answer_until:
        return _ended(control, ControlEnd.UNANSWERED, by)
    return replace(
        control,
        state=ControlState.GRANTED,
        scopes=given.scopes,
        granted_by=by.who,
        granted_at=by.now,
        until=by.now + _lasting(given.lasts_s, rules),
        helper_id=given.helper_id,
        helper_at=given.helper_at,
        monitor=given.monitor,
        serial=1,
        take_up_until=by.now + rules.take_up_within,
    )


def _taken_up(control: Control, given: TakenUp, by: Given, rules: ControlRules) -> Control:
    if control.taken_up_at is not None:
        raise StateError("control_taken")
    return replace(control, taken_up_at=given.process)


def _lasting(lasts_s: float, rules: ControlRules) -> float:
    if not 0 < lasts_s < NEVER:
        raise InvalidError(field="lasts_s")
    return min(lasts_s, rules.policy.lasts_at_most_s)


def _refused(control: Control, given: Refused, by: Given, rules: ControlRules) -> Control:
    return _ended(control, ControlEnd.REFUSED, by)


def _withdrawn(control: Control, given: GivenUp, by: Given, rules: ControlRules) -> Control:
    return _ended(control, ControlEnd.WITHDRAWN, by)


def _given_back(control: Control, given: GivenUp, by: Given, rules: ControlRules) -> Control:
    return _ended(control, ControlEnd.GIVEN_BACK, by)


def _extended(control: Control, given: Extended, by: Given, rules: ControlRules) -> Control:
    return replace(control, until=by.now + _lasting(given.lasts_s, rules), serial=control.serial + 1)


def _narrowed(control: Control, given: Narrowed, by: Given, rules: ControlRules) -> Control:
    if not given.scopes or not given.scopes <= control.scopes:
        raise InvalidError("scope")
    return replace(
        control,
        scopes=given.scopes,
        once=_within(control.once, given.scopes),
        awaited=_within(control.awaited, given.scopes),
        serial=control.serial + 1,
    )


def _within(once: Once | None, scopes: frozenset[ControlScope]) -> Once | None:
    return once if once is not None and ONCE_SCOPE[once.kind] in scopes else None


def _stopped(control: Control, given: Stopped, by: Given, rules: ControlRules) -> Control:
    if given.end not in ENDS[by.hand]:
        raise ForbiddenError("not_yours")
    return _ended(control, given.end, by)


def _paused(control: Control, given: Paused, by: Given, rules: ControlRules) -> Control:
    return replace(control, state=ControlState.PAUSED, pause=given.pause)


def _resumed(control: Control, given: Resumed, by: Given, rules: ControlRules) -> Control:
    return replace(control, state=ControlState.GRANTED, pause=None)


def _once_asked(control: Control, given: OnceAsked, by: Given, rules: ControlRules) -> Control:
    if ONCE_SCOPE[given.kind] not in control.scopes:
        raise InvalidError("scope")
    if control.once is not None:
        raise StateError("once_asked")
    once = Once(given.once_id, given.kind, given.about, by.now + rules.once_within)
    return replace(control, once=once, awaited=None if given.kind in FILES else control.awaited)


def _once_answered(control: Control, given: OnceAnswered, by: Given, rules: ControlRules) -> Control:
    if control.once is None or control.once.once_id != given.once_id or by.now >= control.once.until:
        raise StateError("once_gone")
    agreed = control.once if given.agreed else control.agreed
    awaited = control.once if given.agreed and control.once.kind in FILES else control.awaited
    return replace(control, once=None, agreed=agreed, awaited=awaited)


def _file_came(control: Control, given: FileCame, by: Given, rules: ControlRules) -> Control:
    if control.awaited is None or control.awaited.once_id != given.once_id:
        raise StateError("once_gone")
    return replace(control, awaited=None)


def _unanswered(control: Control, given: TimePassed, by: Given, rules: ControlRules) -> Control:
    return _ended(control, ControlEnd.UNANSWERED, by) if by.now >= control.answer_until else control


def _time(control: Control, given: TimePassed, by: Given, rules: ControlRules) -> Control:
    if by.now >= control.until:
        return _ended(control, ControlEnd.EXPIRED, by)
    if control.is_waited_for and by.now >= control.take_up_until:
        return _ended(control, ControlEnd.CONTROLLER_LOST, by)
    if control.once is not None and by.now >= control.once.until:
        return replace(control, once=None)
    return control


_CLERK: Final = frozenset({Hand.CLERK})
_CONTROLLER: Final = frozenset({Hand.CONTROLLER})
_HELPER: Final = frozenset({Hand.HELPER})
_SERVER: Final = frozenset({Hand.SERVER})
_STOPS: Final = frozenset(ENDS)

_A, _G, _P = ControlState.ASKED, ControlState.GRANTED, ControlState.PAUSED

TABLE: Final[Mapping[tuple[ControlState, type], tuple[frozenset[Hand], Handler]]] = MappingProxyType(
    {
        (_A, Granted): (_CLERK, _granted),
        (_A, Refused): (_CLERK, _refused),
        (_A, GivenUp): (_CONTROLLER, _withdrawn),
        (_A, Stopped): (frozenset({Hand.SUPERVISOR, Hand.SERVER}), _stopped),
        (_A, TimePassed): (_SERVER, _unanswered),
        (_G, TakenUp): (_CONTROLLER, _taken_up),
        (_G, GivenUp): (_CONTROLLER, _given_back),
        (_G, Extended): (_CLERK, _extended),
        (_G, Narrowed): (_CLERK, _narrowed),
        (_G, Stopped): (_STOPS, _stopped),
        (_G, Paused): (_HELPER, _paused),
        (_G, Resumed): (_HELPER, _resumed),
        (_G, OnceAsked): (_CONTROLLER, _once_asked),
        (_G, OnceAnswered): (_CLERK, _once_answered),
        (_G, FileCame): (_SERVER, _file_came),
        (_G, TimePassed): (_SERVER, _time),
        (_P, TakenUp): (_CONTROLLER, _taken_up),
        (_P, GivenUp): (_CONTROLLER, _given_back),
        (_P, Extended): (_CLERK, _extended),
        (_P, Narrowed): (_CLERK, _narrowed),
        (_P, Stopped): (_STOPS, _stopped),
        (_P, Paused): (_HELPER, _paused),
        (_P, Resumed): (_HELPER, _resumed),
        (_P, OnceAnswered): (_CLERK, _once_answered),
        (_P, FileCame): (_SERVER, _file_came),
        (_P, TimePassed): (_SERVER, _time),
    }
)
"""What has no row is refused; an ended grant takes nothing."""
