"""The life of a call: one table (state, input) → step, one entry that refuses the rest.

    waiting ⇄ offered → connected ⇄ reconnecting → wrap_up → closed
       ↑                                 |
       └──── its specialist stayed away ─┘

Ends: completed, abandoned, no_staff, cancelled, failed. Every accepted input raises the version by one; an
input that changes nothing returns no step at all (`None`).

Not done here: choosing whom to offer to (`routing`), and telling anybody (`services`).
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final, TypeAlias

from signaling.domain.call_inputs import (
    Accepted,
    CallInput,
    Cancelled,
    Ended,
    MaterialSet,
    MemberBack,
    MemberLeft,
    MemberLost,
    MemberSeated,
    NobodyThere,
    Offered,
    OfferLost,
    RecordingSet,
    Rejected,
    ResultDrafted,
    ResultStored,
    ServerStarted,
    TimePassed,
    WrapUpEnded,
)
from signaling.domain.call_model import Call, CallState
from signaling.domain.errors import StateError
from signaling.domain.steps import queue, talk, wrap_up
from signaling.domain.steps.step import CallRules, Step, material, nothing

NEVER: Final = float("inf")


def apply(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    """Return what `given` makes of `call`, or None when it changes nothing.

    Raises:
        StateError: `bad_state` when the table has no row for it, `offer_gone` for an answer to an offer
        that is over.
        InvalidError: `material_unknown`.
    """
    take = TABLE.get((call.state, type(given)))
    if take is None:
        raise StateError("bad_state", state=call.state.value)
    step = take(call, given, now, rules)
    if step is None:
        return None
    return replace(step, call=replace(step.call, version=call.version + 1))


def next_deadline(call: Call, rules: CallRules) -> float:
    """Return when `TimePassed` is due; NEVER when nothing waits for time."""
    graces = [member.lost_at + rules.reconnect_grace for member in call.lost if member.lost_at is not None]
    match call.state:
        case CallState.WAITING:
            return min([call.no_staff_at, *graces])
        case CallState.OFFERED if call.offer is not None:
            return min([call.offer.until, *graces])
        case CallState.CONNECTED | CallState.RECONNECTING:
            return min(graces, default=NEVER)
        case CallState.WRAP_UP if call.wrap_up_until is not None:
            return call.wrap_up_until
        case _:
            return NEVER


Handler: TypeAlias = Callable[[Call, CallInput, float, CallRules], Step | None]

_W, _O, _C, _R, _U, _X = (
    CallState.WAITING,
    CallState.OFFERED,
    CallState.CONNECTED,
    CallState.RECONNECTING,
    CallState.WRAP_UP,
    CallState.CLOSED,
)

TABLE: Final[Mapping[tuple[CallState, type[CallInput]], Handler]] = MappingProxyType(
    {
        (_W, Offered): queue.offered,
        (_W, Cancelled): queue.cancelled,
        (_W, NobodyThere): queue.nobody_there,
        (_W, MemberLost): talk.member_lost,
        (_W, MemberBack): talk.member_back,
        (_W, MaterialSet): material,
        (_W, ServerStarted): queue.restart_queue,
        (_W, TimePassed): queue.waiting_time,
        (_O, Accepted): queue.accepted,
        (_O, Rejected): queue.rejected,
        (_O, OfferLost): queue.offer_lost,
        (_O, Cancelled): queue.cancelled,
        (_O, MemberLost): talk.member_lost,
        (_O, MemberBack): talk.member_back,
        (_O, MaterialSet): material,
        (_O, ServerStarted): queue.restart_queue,
        (_O, TimePassed): queue.offered_time,
        (_C, MemberSeated): talk.member_seated,
        (_C, MemberLeft): talk.member_left,
        (_C, MemberLost): talk.member_lost,
        (_C, MemberBack): talk.member_back,
        (_C, Ended): talk.ended,
        (_C, ResultStored): wrap_up.result,
        (_C, RecordingSet): talk.recording,
        (_C, MaterialSet): material,
        (_C, ServerStarted): talk.restart_joined,
        (_C, TimePassed): talk.talking_time,
        (_R, MemberSeated): talk.member_seated,
        (_R, MemberLeft): talk.member_left,
        (_R, MemberLost): talk.member_lost,
        (_R, MemberBack): talk.member_back,
        (_R, Ended): talk.ended,
        (_R, ResultStored): wrap_up.result,
        (_R, RecordingSet): talk.recording,
        (_R, MaterialSet): material,
        (_R, ServerStarted): talk.restart_joined,
        (_R, TimePassed): talk.talking_time,
        (_U, MemberBack): nothing,
        (_U, MemberLost): nothing,
        (_U, ResultStored): wrap_up.result,
        (_U, ResultDrafted): wrap_up.drafted,
        (_U, WrapUpEnded): wrap_up.wrap_up_ended,
        (_U, MaterialSet): material,
        (_U, ServerStarted): wrap_up.restart_wrap_up,
        (_U, TimePassed): wrap_up.wrap_up_time,
        (_X, ResultStored): wrap_up.amended,
        (_X, MemberBack): nothing,
        (_X, MemberLost): nothing,
        (_X, ServerStarted): nothing,
        (_X, TimePassed): nothing,
    }
)
"""Everything that may happen, and nothing else; `apply` refuses the rest with `bad_state`."""
