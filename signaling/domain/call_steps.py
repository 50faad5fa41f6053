"""What each input makes of a call: one function per row of the state table.

Effects are returned: the new call and what to log. A function returns None when its input changes nothing.
"""

from dataclasses import dataclass, replace

from signaling.domain.call_inputs import (
    Accepted,
    CallInput,
    Cancelled,
    Ended,
    MaterialSet,
    Offered,
    OfferLost,
    PartBack,
    PartLost,
    RecordingSet,
    Rejected,
    ResultStored,
    ServerStarted,
    WrapUpEnded,
)
from signaling.domain.call_model import Call, CallEnd, CallState, Lost, Offer, Part, Passed, RecordingState
from signaling.domain.errors import InvalidError, StateError
from signaling.domain.ids import JsonObject, OfferId, StaffId


@dataclass(frozen=True, slots=True)
class CallRules:
    """Times of a call's life, in seconds."""

    reconnect_grace: float
    wrap_up: float
    requeue_wait: float
    """How long a call that lost its specialist waits for the next one."""
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


def offered(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    """Somebody is being asked."""
    assert isinstance(given, Offered)
    offer = given.offer
    logged = _log("offer.made", offer_id=offer.offer_id, staff_id=offer.staff_id, reasons=list(offer.reasons))
    return Step(replace(call, state=CallState.OFFERED, offer=offer), (logged,))


def _require_offer(call: Call, offer_id: OfferId, staff_id: StaffId | None = None) -> Offer:
    offer = call.offer
    if offer is None or offer.offer_id != offer_id or (staff_id is not None and offer.staff_id != staff_id):
        raise StateError("offer_gone")
    return offer


def accepted(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    """The person asked said yes in time: the call is connected."""
    assert isinstance(given, Accepted)
    offer = _require_offer(call, given.offer_id, given.staff_id)
    if now >= offer.expires_at:
        raise StateError("offer_gone")
    joined = replace(
        call,
        state=CallState.RECONNECTING if call.lost else CallState.CONNECTED,
        specialist_id=offer.staff_id,
        offer=None,
        connected_at=call.connected_at if call.is_requeued else now,
        recording=_recording_of_next(call),
    )
    return Step(
        joined,
        (_log("offer.accepted", offer.staff_id, offer_id=offer.offer_id, waited_s=now - call.requested_at),),
    )


def _recording_of_next(call: Call) -> RecordingState:
    """Recording begins with the connection; a shutter that fell before a specialist was lost stays shut."""
    if not call.consent.agreed:
        return RecordingState.OFF
    return RecordingState.RECORDING if call.recording_reason is None else RecordingState.PAUSED


def _back_to_queue(call: Call, reason: str, until: float, *logged: Logged) -> Step:
    """Return to waiting with the age kept, remembering who let it go by."""
    assert call.offer is not None
    staff_id = call.offer.staff_id
    passed = tuple(entry for entry in call.passed if entry.staff_id != staff_id)
    waiting = replace(
        call, state=CallState.WAITING, offer=None, passed=(*passed, Passed(staff_id, reason, until))
    )
    return Step(waiting, logged)


def rejected(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    """The person asked said no: back to the queue, not asked again for a while."""
    assert isinstance(given, Rejected)
    offer = _require_offer(call, given.offer_id, given.staff_id)
    logged = _log("offer.rejected", offer.staff_id, offer_id=offer.offer_id, reason=given.reason)
    return _back_to_queue(call, "rejected", now + rules.reject_cooldown, logged)


def offer_lost(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    """The person asked left: back to the queue, which is no miss of theirs."""
    assert isinstance(given, OfferLost)
    offer = _require_offer(call, given.offer_id)
    logged = _log("offer.lost", offer.staff_id, offer_id=offer.offer_id, reason=given.reason)
    waiting = replace(call, state=CallState.WAITING, offer=None)  # no miss: asked again when they are back
    return Step(waiting, (logged,))


def cancelled(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    """The clerk needs no help any more."""
    assert isinstance(given, Cancelled)
    return _close(call, CallEnd.CANCELLED, now, _log("call.cancelled", given.by))


def nobody_there(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    """Nobody can take it: the clerk hears so at once."""
    return _close(call, CallEnd.NO_STAFF, now, _log("call.nobody_eligible"))


def _lost_part(call: Call, part: Part, now: float) -> Step | None:
    if any(lost.part is part for lost in call.lost):
        return None
    state = CallState.RECONNECTING if call.is_joined else call.state
    lost = (*call.lost, Lost(part, now))
    return Step(replace(call, state=state, lost=lost), (_log("participant.lost", part=part.value),))


def part_lost(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    """Somebody's connection broke; of a call that waits only the clerk's counts."""
    assert isinstance(given, PartLost)
    if not call.is_joined and given.part is not Part.CLERK:
        raise StateError("bad_state", state=call.state.value)
    return _lost_part(call, given.part, now)


def part_back(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    """Somebody is connected again; the call goes on when nobody is missing."""
    assert isinstance(given, PartBack)
    still = tuple(lost for lost in call.lost if lost.part is not given.part)
    if len(still) == len(call.lost):
        return None
    state = CallState.CONNECTED if call.is_joined and not still else call.state
    return Step(replace(call, state=state, lost=still), (_log("participant.back", part=given.part.value),))


def ended(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    """One of the two hung up."""
    assert isinstance(given, Ended)
    return _leave_connected(call, CallEnd.COMPLETED, now, rules, _log("call.hung_up", given.by))


def result(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    """The specialist stored the result; in wrap-up that closes the call unless it is to stay open."""
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


def wrap_up_ended(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    """The specialist is done."""
    assert isinstance(given, WrapUpEnded)
    return _close(call, call.end or CallEnd.COMPLETED, now, _log("wrap_up.ended", given.by))


def recording(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    """Recording goes on, pauses or stops; without consent it is only ever off."""
    assert isinstance(given, RecordingSet)
    if not call.consent.agreed and given.state is not RecordingState.OFF:
        raise StateError("recording_refused")
    if (call.recording, call.recording_reason) == (given.state, given.reason):
        return None
    changed = replace(call, recording=given.state, recording_reason=given.reason)
    logged = _log(f"recording.{given.state.value}", given.by, reason=given.reason)
    return Step(changed, (logged,))


def material(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    """A material was ticked off."""
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


def restart_queue(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
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


def restart_joined(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    """Both have to come back, each within the grace time."""
    lost = (Lost(Part.CLERK, now), Lost(Part.SPECIALIST, now))
    return Step(replace(call, state=CallState.RECONNECTING, lost=lost), (_log("server.restarted"),))


def restart_wrap_up(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    """The time for wrapping up starts anew."""
    again = replace(call, wrap_up_until=now + rules.wrap_up)
    return Step(again, (_log("server.restarted"),))


def _clerk_gone(call: Call, now: float, rules: CallRules) -> bool:
    return any(lost.part is Part.CLERK and now >= lost.at + rules.reconnect_grace for lost in call.lost)


def waiting_time(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    """A clerk who stayed away, or a wait as long as was promised, ends the call."""
    if _clerk_gone(call, now, rules):
        return _close(call, CallEnd.ABANDONED, now, _log("call.abandoned"))
    if now >= call.no_staff_at:
        return _close(call, CallEnd.NO_STAFF, now, _log("call.waited_too_long"))
    return None


def offered_time(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    """A clerk who stayed away ends the call; an offer nobody answered was missed."""
    if _clerk_gone(call, now, rules):
        return _close(call, CallEnd.ABANDONED, now, _log("call.abandoned"))
    if call.offer is None or now < call.offer.expires_at:
        return None
    logged = _log("offer.missed", call.offer.staff_id, offer_id=call.offer.offer_id)
    return _back_to_queue(call, "missed", now + rules.miss_cooldown, logged)


def reconnecting_time(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    """Somebody stayed away beyond the grace time: without its clerk a call ends, else it is offered again."""
    gone = [lost.part for lost in call.lost if now >= lost.at + rules.reconnect_grace]
    if not gone:
        return None
    logged = _log("participant.gone", parts=[part.value for part in gone])
    if Part.CLERK in gone:
        return _leave_connected(call, CallEnd.FAILED, now, rules, logged)
    return _requeue(call, now, rules, logged)


def _requeue(call: Call, now: float, rules: CallRules, logged: Logged) -> Step:
    """Wait again with the age kept; who was lost may be asked again when they are back."""
    assert call.specialist_id is not None
    passed = tuple(entry for entry in call.passed if entry.staff_id != call.specialist_id)
    shut = call.recording is RecordingState.PAUSED
    waiting = replace(
        call,
        state=CallState.WAITING,
        specialist_id=None,
        passed=(*passed, Passed(call.specialist_id, "gone", now)),
        lost=tuple(lost for lost in call.lost if lost.part is Part.CLERK),
        no_staff_at=now + rules.requeue_wait,
        recording=RecordingState.OFF,
        recording_reason=call.recording_reason if shut else None,
    )
    return Step(waiting, (logged, _log("call.requeued", call.specialist_id)))


def wrap_up_time(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    """The wrap-up is over."""
    if call.wrap_up_until is None or now < call.wrap_up_until:
        return None
    return _close(call, call.end or CallEnd.COMPLETED, now, _log("wrap_up.expired"))


def nothing(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    """Accept the input and change nothing."""
    return None
