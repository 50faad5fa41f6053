"""The life of a call: one table (state, input) → handler, one entry that refuses the rest.

    waiting ⇄ offered → connected ⇄ reconnecting → wrap_up → closed

Ends: completed, abandoned, no_staff, cancelled, failed. Effects are returned: the new call and what to log.
Every accepted input
raises the version by one; an input that changes nothing returns no step at all (`None`).

Not done here: choosing whom to offer to (`routing`), and telling anybody (`services`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, TypeAlias

from signaling.domain.call_inputs import (
    Accepted,
    Broken,
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
from signaling.domain.call_model import (
    Call,
    CallEnd,
    CallState,
    Lost,
    Offer,
    Part,
    Passed,
    RecordingState,
)
from signaling.domain.errors import InvalidError, StateError
from signaling.domain.ids import JsonObject, OfferId, StaffId

NEVER: Final = float("inf")


@dataclass(frozen=True, slots=True)
class CallRules:
    """Times of a call's life, in seconds."""

    reconnect_grace: float = 60.0
    wrap_up: float = 180.0
    miss_cooldown: float = 45.0
    """How long a call is not offered again to somebody who missed it."""
    reject_cooldown: float = 90.0


@dataclass(frozen=True, slots=True)
class Logged:
    """What to append to the event log."""

    kind: str
    actor: str | None
    data: JsonObject


@dataclass(frozen=True, slots=True)
class Step:
    """The call after an input, and its log entries."""

    call: Call
    logged: tuple[Logged, ...]


def apply(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    """Return what `given` makes of `call`, or None when it changes nothing.

    Raises:
        StateError: `bad_state` when the table has no row for it, `offer_gone` for an answer to an offer
        that is over.
        InvalidError: `material_unknown`.
    """
    handler = TABLE.get((call.state, type(given)))
    if handler is None:
        raise StateError("bad_state", state=call.state.value)
    step = handler(call, given, now, rules)
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


# Handlers: one per row of the table


def _log(kind: str, actor: str | None = None, /, **data: object) -> Logged:
    return Logged(kind, actor, dict(data))


def _close(call: Call, end: CallEnd, now: float, *logged: Logged) -> Step:
    closed = replace(
        call,
        state=CallState.CLOSED,
        end=end,
        offer=None,
        lost=(),
        ended_at=call.ended_at if call.ended_at is not None else now,
        wrap_up_until=None,
        closed_at=now,
        recording=RecordingState.OFF,
        recording_reason=None,
    )
    return Step(closed, (*logged, _log("call.closed", end=end.value)))


def _leave_connected(call: Call, end: CallEnd, now: float, rules: CallRules, *logged: Logged) -> Step:
    """Go to wrap-up: the specialist writes the result, nothing is recorded any more."""
    left = replace(
        call,
        state=CallState.WRAP_UP,
        end=end,
        lost=(),
        ended_at=now,
        wrap_up_until=now + rules.wrap_up,
        recording=RecordingState.OFF,
        recording_reason=None,
    )
    return Step(left, (*logged, _log("call.ended", end=end.value)))


def _offered(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    assert isinstance(given, Offered)
    offer = given.offer
    logged = _log("offer.made", offer_id=offer.offer_id, staff_id=offer.staff_id, reasons=list(offer.reasons))
    return Step(replace(call, state=CallState.OFFERED, offer=offer), (logged,))


def _require_offer(call: Call, offer_id: OfferId, staff_id: StaffId | None = None) -> Offer:
    offer = call.offer
    if offer is None or offer.offer_id != offer_id or (staff_id is not None and offer.staff_id != staff_id):
        raise StateError("offer_gone")
    return offer


def _accepted(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    assert isinstance(given, Accepted)
    offer = _require_offer(call, given.offer_id, given.staff_id)
    if now >= offer.expires_at:
        raise StateError("offer_gone")
    recording = RecordingState.RECORDING if call.consent.agreed else RecordingState.OFF
    joined = replace(
        call,
        state=CallState.RECONNECTING if call.lost else CallState.CONNECTED,
        specialist_id=offer.staff_id,
        offer=None,
        connected_at=now,
        recording=recording,
    )
    return Step(
        joined,
        (_log("offer.accepted", offer.staff_id, offer_id=offer.offer_id, waited_s=now - call.requested_at),),
    )


def _back_to_queue(call: Call, reason: str, until: float, *logged: Logged) -> Step:
    """Return to waiting with the age kept, remembering who let it go by."""
    assert call.offer is not None
    staff_id = call.offer.staff_id
    passed = tuple(entry for entry in call.passed if entry.staff_id != staff_id)
    waiting = replace(
        call, state=CallState.WAITING, offer=None, passed=(*passed, Passed(staff_id, reason, until))
    )
    return Step(waiting, logged)


def _rejected(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    assert isinstance(given, Rejected)
    offer = _require_offer(call, given.offer_id, given.staff_id)
    logged = _log("offer.rejected", offer.staff_id, offer_id=offer.offer_id, reason=given.reason)
    return _back_to_queue(call, "rejected", now + rules.reject_cooldown, logged)


def _offer_lost(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    assert isinstance(given, OfferLost)
    offer = _require_offer(call, given.offer_id)
    logged = _log("offer.lost", offer.staff_id, offer_id=offer.offer_id, reason=given.reason)
    waiting = replace(call, state=CallState.WAITING, offer=None)  # no miss: asked again when they are back
    return Step(waiting, (logged,))


def _cancelled(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    assert isinstance(given, Cancelled)
    return _close(call, CallEnd.CANCELLED, now, _log("call.cancelled", given.by))


def _nobody_there(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    return _close(call, CallEnd.NO_STAFF, now, _log("call.nobody_eligible"))


def _lost_part(call: Call, part: Part, now: float) -> Step | None:
    if any(lost.part is part for lost in call.lost):
        return None
    state = CallState.RECONNECTING if call.is_joined else call.state
    lost = (*call.lost, Lost(part, now))
    return Step(replace(call, state=state, lost=lost), (_log("participant.lost", part=part.value),))


def _part_lost(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    assert isinstance(given, PartLost)
    if not call.is_joined and given.part is not Part.CLERK:
        raise StateError("bad_state", state=call.state.value)
    return _lost_part(call, given.part, now)


def _part_back(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    assert isinstance(given, PartBack)
    still = tuple(lost for lost in call.lost if lost.part is not given.part)
    if len(still) == len(call.lost):
        return None
    state = CallState.CONNECTED if call.is_joined and not still else call.state
    return Step(replace(call, state=state, lost=still), (_log("participant.back", part=given.part.value),))


def _ended(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    assert isinstance(given, Ended)
    return _leave_connected(call, CallEnd.COMPLETED, now, rules, _log("call.hung_up", given.by))


def _result(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    assert isinstance(given, ResultStored)
    logged = _log(
        "result.stored",
        given.result.stored_by,
        kind=given.result.kind.value,
        item_codes=list(given.result.item_codes),
        external_case_number=given.result.external_case_number,
    )
    stored = replace(call, result=given.result)
    if call.state is not CallState.WRAP_UP or given.keep_wrap_up:
        return Step(stored, (logged,))
    return _close(stored, call.end or CallEnd.COMPLETED, now, logged)


def _wrap_up_ended(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    assert isinstance(given, WrapUpEnded)
    return _close(call, call.end or CallEnd.COMPLETED, now, _log("wrap_up.ended", given.by))


def _broken(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    assert isinstance(given, Broken)
    return _close(call, call.end or CallEnd.FAILED, now, _log("call.broken", reason=given.reason))


def _recording(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    assert isinstance(given, RecordingSet)
    if not call.consent.agreed and given.state is not RecordingState.OFF:
        raise StateError("recording_refused")
    if (call.recording, call.recording_reason) == (given.state, given.reason):
        return None
    changed = replace(call, recording=given.state, recording_reason=given.reason)
    logged = _log(f"recording.{given.state.value}", given.by, reason=given.reason)
    return Step(changed, (logged,))


def _material(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    assert isinstance(given, MaterialSet)
    if all(material.name != given.material.name for material in call.materials):
        raise InvalidError("material_unknown", field="name")
    materials = tuple(
        given.material if material.name == given.material.name else material for material in call.materials
    )
    if materials == call.materials:
        return None
    logged = _log("material.set", given.by, name=given.material.name, state=given.material.state.value)
    return Step(replace(call, materials=materials), (logged,))


def _restart_queue(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    """A waiting call keeps its age; its deadline and the clerk's grace start anew."""
    assert isinstance(given, ServerStarted)
    waiting = replace(
        call,
        state=CallState.WAITING,
        offer=None,
        lost=(Lost(Part.CLERK, now),),
        no_staff_at=max(call.no_staff_at, given.no_staff_at),
    )
    return Step(waiting, (_log("server.restarted"),))


def _restart_joined(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    lost = (Lost(Part.CLERK, now), Lost(Part.SPECIALIST, now))
    return Step(replace(call, state=CallState.RECONNECTING, lost=lost), (_log("server.restarted"),))


def _restart_wrap_up(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    again = replace(call, wrap_up_until=now + rules.wrap_up)
    return Step(again, (_log("server.restarted"),))


def _clerk_gone(call: Call, now: float, rules: CallRules) -> bool:
    return any(lost.part is Part.CLERK and now >= lost.at + rules.reconnect_grace for lost in call.lost)


def _waiting_time(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    if _clerk_gone(call, now, rules):
        return _close(call, CallEnd.ABANDONED, now, _log("call.abandoned"))
    if now >= call.no_staff_at:
        return _close(call, CallEnd.NO_STAFF, now, _log("call.waited_too_long"))
    return None


def _offered_time(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    if _clerk_gone(call, now, rules):
        return _close(call, CallEnd.ABANDONED, now, _log("call.abandoned"))
    if call.offer is None or now < call.offer.expires_at:
        return None
    logged = _log("offer.missed", call.offer.staff_id, offer_id=call.offer.offer_id)
    return _back_to_queue(call, "missed", now + rules.miss_cooldown, logged)


def _reconnecting_time(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    gone = [lost.part for lost in call.lost if now >= lost.at + rules.reconnect_grace]
    if not gone:
        return None
    logged = _log("participant.gone", parts=[part.value for part in gone])
    return _leave_connected(call, CallEnd.FAILED, now, rules, logged)


def _wrap_up_time(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    if call.wrap_up_until is None or now < call.wrap_up_until:
        return None
    return _close(call, call.end or CallEnd.COMPLETED, now, _log("wrap_up.expired"))


def _nothing(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    return None


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
        (_W, Offered): _offered,
        (_W, Cancelled): _cancelled,
        (_W, NobodyThere): _nobody_there,
        (_W, PartLost): _part_lost,
        (_W, PartBack): _part_back,
        (_W, Broken): _broken,
        (_W, MaterialSet): _material,
        (_W, ServerStarted): _restart_queue,
        (_W, TimePassed): _waiting_time,
        (_O, Accepted): _accepted,
        (_O, Rejected): _rejected,
        (_O, OfferLost): _offer_lost,
        (_O, Cancelled): _cancelled,
        (_O, PartLost): _part_lost,
        (_O, PartBack): _part_back,
        (_O, Broken): _broken,
        (_O, MaterialSet): _material,
        (_O, ServerStarted): _restart_queue,
        (_O, TimePassed): _offered_time,
        (_C, PartLost): _part_lost,
        (_C, PartBack): _part_back,
        (_C, Ended): _ended,
        (_C, ResultStored): _result,
        (_C, Broken): _broken,
        (_C, RecordingSet): _recording,
        (_C, MaterialSet): _material,
        (_C, ServerStarted): _restart_joined,
        (_C, TimePassed): _nothing,
        (_R, PartLost): _part_lost,
        (_R, PartBack): _part_back,
        (_R, Ended): _ended,
        (_R, ResultStored): _result,
        (_R, Broken): _broken,
        (_R, RecordingSet): _recording,
        (_R, MaterialSet): _material,
        (_R, ServerStarted): _restart_joined,
        (_R, TimePassed): _reconnecting_time,
        (_U, PartBack): _nothing,
        (_U, PartLost): _nothing,
        (_U, ResultStored): _result,
        (_U, WrapUpEnded): _wrap_up_ended,
        (_U, Broken): _broken,
        (_U, MaterialSet): _material,
        (_U, ServerStarted): _restart_wrap_up,
        (_U, TimePassed): _wrap_up_time,
        (_X, PartBack): _nothing,
        (_X, PartLost): _nothing,
        (_X, ServerStarted): _nothing,
        (_X, TimePassed): _nothing,
    }
)
"""Everything that may happen, and nothing else; `apply` refuses the rest with `bad_state`."""
