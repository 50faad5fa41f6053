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

from signaling.domain import call_steps as steps
from signaling.domain.call_inputs import (
    Accepted,
    CallInput,
    Cancelled,
    Ended,
    MaterialSet,
    NobodyThere,
    Offered,
    OfferLost,
    PartBack,
    PartLost,
    RecordingSet,
    Rejected,
    ResultStored,
    ServerStarted,
    TimePassed,
    WrapUpEnded,
)
from signaling.domain.call_model import Call, CallState
from signaling.domain.call_steps import CallRules, Step
from signaling.domain.errors import StateError

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
    match call.state:
        case CallState.WAITING:
            return min([call.no_staff_at, *(lost.at + rules.reconnect_grace for lost in call.lost)])
        case CallState.OFFERED if call.offer is not None:
            return min([call.offer.expires_at, *(lost.at + rules.reconnect_grace for lost in call.lost)])
        case CallState.RECONNECTING:
            return min((lost.at + rules.reconnect_grace for lost in call.lost), default=NEVER)
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
        (_W, Offered): steps.offered,
        (_W, Cancelled): steps.cancelled,
        (_W, NobodyThere): steps.nobody_there,
        (_W, PartLost): steps.part_lost,
        (_W, PartBack): steps.part_back,
        (_W, MaterialSet): steps.material,
        (_W, ServerStarted): steps.restart_queue,
        (_W, TimePassed): steps.waiting_time,
        (_O, Accepted): steps.accepted,
        (_O, Rejected): steps.rejected,
        (_O, OfferLost): steps.offer_lost,
        (_O, Cancelled): steps.cancelled,
        (_O, PartLost): steps.part_lost,
        (_O, PartBack): steps.part_back,
        (_O, MaterialSet): steps.material,
        (_O, ServerStarted): steps.restart_queue,
        (_O, TimePassed): steps.offered_time,
        (_C, PartLost): steps.part_lost,
        (_C, PartBack): steps.part_back,
        (_C, Ended): steps.ended,
        (_C, ResultStored): steps.result,
        (_C, RecordingSet): steps.recording,
        (_C, MaterialSet): steps.material,
        (_C, ServerStarted): steps.restart_joined,
        (_C, TimePassed): steps.nothing,
        (_R, PartLost): steps.part_lost,
        (_R, PartBack): steps.part_back,
        (_R, Ended): steps.ended,
        (_R, ResultStored): steps.result,
        (_R, RecordingSet): steps.recording,
        (_R, MaterialSet): steps.material,
        (_R, ServerStarted): steps.restart_joined,
        (_R, TimePassed): steps.reconnecting_time,
        (_U, PartBack): steps.nothing,
        (_U, PartLost): steps.nothing,
        (_U, ResultStored): steps.result,
        (_U, WrapUpEnded): steps.wrap_up_ended,
        (_U, MaterialSet): steps.material,
        (_U, ServerStarted): steps.restart_wrap_up,
        (_U, TimePassed): steps.wrap_up_time,
        (_X, PartBack): steps.nothing,
        (_X, PartLost): steps.nothing,
        (_X, ServerStarted): steps.nothing,
        (_X, TimePassed): steps.nothing,
    }
)
"""Everything that may happen, and nothing else; `apply` refuses the rest with `bad_state`."""
