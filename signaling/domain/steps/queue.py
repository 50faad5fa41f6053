"""A call that waits and rings: offered, taken, let go by, given up."""

from dataclasses import replace

from signaling.domain.call_inputs import (
    Accepted,
    CallInput,
    Cancelled,
    Offered,
    OfferLost,
    Rejected,
    ServerStarted,
)
from signaling.domain.call_model import Call, CallEnd, CallState, Passed, RecordingState
from signaling.domain.errors import StateError
from signaling.domain.ids import AskId
from signaling.domain.log_kinds import LogKind
from signaling.domain.members import Ask, Part, seated
from signaling.domain.seating import Absence, absence_of
from signaling.domain.steps.step import CallRules, Logged, Step, changed, close, gone, log
from signaling.domain.subject import Subject


def offered(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    """Somebody is being asked."""
    assert isinstance(given, Offered)
    offer = given.offer
    if call.member_of(offer.who) is not None:
        raise StateError("claimed")
    logged = log(
        LogKind.OFFER_MADE, offer_id=offer.ask_id, staff_id=offer.who.log_name, reasons=list(offer.reasons)
    )
    return Step(replace(call, state=CallState.OFFERED, asks=(offer,)), (logged,))


def _require_offer(call: Call, ask_id: AskId, who: Subject | None = None) -> Ask:
    offer = call.offer
    if offer is None or offer.ask_id != ask_id or who not in (None, offer.who):
        raise StateError("offer_gone")
    return offer


def accepted(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    """The person asked said yes in time: the call is connected."""
    assert isinstance(given, Accepted)
    offer = _require_offer(call, given.ask_id, given.who)
    if now >= offer.until:
        raise StateError("offer_gone")
    joined = replace(
        call,
        state=CallState.RECONNECTING if call.lost else CallState.CONNECTED,
        members=seated(call.members, offer.who, Part.SPECIALIST, now),
        asks=(),
        connected_at=call.connected_at if call.is_requeued else now,
        recording=_recording_of_next(call),
    )
    logged = log(LogKind.OFFER_ACCEPTED, offer.who, offer_id=offer.ask_id, waited_s=now - call.requested_at)
    return Step(joined, (logged,))


def _recording_of_next(call: Call) -> RecordingState:
    """Recording begins with the connection; a shutter that fell before a specialist was lost stays shut."""
    if not call.consent.agreed:
        return RecordingState.OFF
    return RecordingState.RECORDING if call.recording_reason is None else RecordingState.PAUSED


def _back_to_queue(call: Call, reason: str, until: float, *logged: Logged) -> Step:
    """Return to waiting with the age kept, remembering who let it go by."""
    assert call.offer is not None
    who = call.offer.who
    passed = tuple(entry for entry in call.passed if entry.who != who)
    waiting = replace(call, state=CallState.WAITING, asks=(), passed=(*passed, Passed(who, reason, until)))
    return Step(waiting, logged)


def rejected(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    """The person asked said no: back to the queue, not asked again for a while."""
    assert isinstance(given, Rejected)
    offer = _require_offer(call, given.ask_id, given.who)
    logged = log(LogKind.OFFER_REJECTED, offer.who, offer_id=offer.ask_id, reason=given.reason)
    return _back_to_queue(call, "rejected", now + rules.reject_cooldown, logged)


def offer_lost(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    """The person asked left: back to the queue, which is no miss of theirs."""
    assert isinstance(given, OfferLost)
    offer = _require_offer(call, given.ask_id)
    logged = log(LogKind.OFFER_LOST, offer.who, offer_id=offer.ask_id, reason=given.reason)
    waiting = replace(call, state=CallState.WAITING, asks=())  # no miss: asked again when they are back
    return Step(waiting, (logged,))


def cancelled(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    """The counter needs no help any more."""
    assert isinstance(given, Cancelled)
    return close(call, CallEnd.CANCELLED, now, log(LogKind.CALL_CANCELLED, given.by))


def nobody_there(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    """Nobody can take it: the counter hears so at once."""
    return close(call, CallEnd.NO_STAFF, now, log(LogKind.CALL_NOBODY_ELIGIBLE))


def restart_queue(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    """A waiting call keeps its age; its deadline and the grace of who waits start anew."""
    assert isinstance(given, ServerStarted)
    waiting = replace(
        call,
        state=CallState.WAITING,
        asks=(),
        members=changed(call, *(replace(member, lost_at=now) for member in call.present)),
        no_staff_at=max(call.no_staff_at, given.no_staff_at),
    )
    return Step(waiting, (log(LogKind.SERVER_RESTARTED),))


def _is_abandoned(call: Call, now: float, rules: CallRules) -> bool:
    return any(absence_of(member.part) is Absence.ENDS for member in gone(call, now, rules))


def waiting_time(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    """A clerk who stayed away, or a wait as long as was promised, ends the call."""
    if _is_abandoned(call, now, rules):
        return close(call, CallEnd.ABANDONED, now, log(LogKind.CALL_ABANDONED))
    if now >= call.no_staff_at:
        return close(call, CallEnd.NO_STAFF, now, log(LogKind.CALL_WAITED_TOO_LONG))
    return None


def offered_time(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    """A clerk who stayed away ends the call; an offer nobody answered was missed."""
    if _is_abandoned(call, now, rules):
        return close(call, CallEnd.ABANDONED, now, log(LogKind.CALL_ABANDONED))
    if call.offer is None or now < call.offer.until:
        return None
    logged = log(LogKind.OFFER_MISSED, call.offer.who, offer_id=call.offer.ask_id)
    return _back_to_queue(call, "missed", now + rules.miss_cooldown, logged)
