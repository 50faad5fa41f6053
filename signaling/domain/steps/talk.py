"""A connected call: members come, are lost, come back and leave; its recording; its end.

Whom the others wait for, and what becomes of the call when they stay away, stands in `seating`.
"""

from dataclasses import replace

from signaling.domain.call_inputs import (
    CallInput,
    Ended,
    MemberBack,
    MemberLeft,
    MemberLost,
    MemberSeated,
    RecordingSet,
)
from signaling.domain.call_model import Call, CallEnd, CallState, Passed, RecordingState
from signaling.domain.errors import StateError
from signaling.domain.log_kinds import LogKind
from signaling.domain.members import Member, seated
from signaling.domain.seating import Absence, Act, Entry, absence_of, entry_of, has_place, may
from signaling.domain.steps.step import CallRules, Logged, Step, all_back, changed, gone, log
from signaling.domain.subject import Subject


def _with(call: Call, members: tuple[Member, ...]) -> Call:
    """Return the call with these members: connected unless somebody is lost whom the others wait for."""
    after = replace(call, members=members)
    if not call.is_joined:
        return after
    awaited = any(absence_of(member.part) is not Absence.FREES for member in after.lost)
    return replace(after, state=CallState.RECONNECTING if awaited else CallState.CONNECTED)


def _require_member(call: Call, who: Subject) -> Member:
    member = call.member_of(who)
    if member is None:
        raise StateError("bad_state", state=call.state.value)
    return member


def member_seated(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    """Somebody more is in the call; a bounded number. Nobody learns that it is this call somebody is in."""
    assert isinstance(given, MemberSeated)
    if call.member_of(given.who) is not None:
        raise StateError("already_in_call" if given.by == given.who else "claimed")
    if entry_of(given.part) not in (Entry.INVITATION, Entry.SUPERVISION):
        raise StateError("bad_state", state=call.state.value)
    if not has_place([member.part for member in call.present], given.part):
        raise StateError("call_full")
    members = seated(call.members, given.who, given.part, now)
    logged = log(LogKind.MEMBER_SEATED, given.who, asked_by=given.by.log_name, part=given.part.value)
    return Step(replace(call, members=members), (logged,))


def member_left(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    """Somebody gave their place up whom nobody waits for."""
    assert isinstance(given, MemberLeft)
    member = _require_member(call, given.who)
    if not may(member.part, Act.LEAVE):
        raise StateError("bad_state", state=call.state.value)
    left = replace(member, lost_at=None, left_at=now)
    return Step(
        _with(call, changed(call, left)), (log(LogKind.MEMBER_LEFT, given.who, part=member.part.value),)
    )


def member_lost(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    """A member's connection broke."""
    assert isinstance(given, MemberLost)
    member = _require_member(call, given.who)
    lost_at = now - rules.reconnect_grace if given.for_good else now
    if member.lost_at is not None and not (given.for_good and lost_at < member.lost_at):
        return None
    lost = changed(call, replace(member, lost_at=lost_at))
    return Step(_with(call, lost), (log(LogKind.PARTICIPANT_LOST, member.who, part=member.part.value),))


def member_back(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    """A member is connected again; the call goes on when nobody is missing."""
    assert isinstance(given, MemberBack)
    member = call.member_of(given.who)
    if member is None or member.lost_at is None:
        return None
    back = changed(call, replace(member, lost_at=None))
    return Step(_with(call, back), (log(LogKind.PARTICIPANT_BACK, member.who, part=member.part.value),))


def ended(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    """Somebody hung up."""
    assert isinstance(given, Ended)
    return _end(call, CallEnd.COMPLETED, now, rules, log(LogKind.CALL_HUNG_UP, given.by))


def _end(call: Call, end: CallEnd, now: float, rules: CallRules, *logged: Logged) -> Step:
    """Go to wrap-up: the specialist writes the result, nothing is recorded any more."""
    left = replace(
        call,
        state=CallState.WRAP_UP,
        end=end,
        members=all_back(call),
        ended_at=now,
        wrap_up_until=now + rules.wrap_up,
        recording=RecordingState.OFF,
        recording_reason=None,
    )
    return Step(left, (*logged, log(LogKind.CALL_ENDED, end=end.value)))


def recording(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    """Recording goes on, pauses or stops; without consent it is only ever off; people end pauses."""
    assert isinstance(given, RecordingSet)
    if not call.consent.agreed and given.state is not RecordingState.OFF:
        raise StateError("recording_refused")
    if call.recording is RecordingState.PAUSED and given.by is None:
        return None
    if (call.recording, call.recording_reason) == (given.state, given.reason):
        return None
    after = replace(call, recording=given.state, recording_reason=given.reason)
    return Step(after, (log(LogKind(f"recording.{given.state.value}"), given.by, reason=given.reason),))


def restart_joined(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    """All have to come back, each within the grace time."""
    lost = changed(call, *(replace(member, lost_at=now) for member in call.present))
    return Step(_with(call, lost), (log(LogKind.SERVER_RESTARTED),))


def talking_time(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    """Somebody stayed away beyond the grace time: that ends the call, has it offered again, or is all."""
    away = gone(call, now, rules)
    if not away:
        return None
    logged = log(LogKind.PARTICIPANT_GONE, parts=[member.part.value for member in away])
    meaning = {absence_of(member.part) for member in away}
    if Absence.ENDS in meaning:
        return _end(call, CallEnd.FAILED, now, rules, logged)
    if Absence.REQUEUES in meaning:
        return _requeue(call, now, rules, logged)
    left = changed(call, *(replace(member, lost_at=None, left_at=now) for member in away))
    return Step(_with(call, left), (logged,))


def _requeue(call: Call, now: float, rules: CallRules, logged: Logged) -> Step:
    """Wait again with the age kept; who was lost may be asked again when they are back.

    Only those stay without whom there is nobody to help: a call that waits has no room for the others.
    """
    [lost] = [member for member in call.present if absence_of(member.part) is Absence.REQUEUES]
    passed = tuple(entry for entry in call.passed if entry.who != lost.who)
    leaving = [member for member in call.present if absence_of(member.part) is not Absence.ENDS]
    shut = call.recording is RecordingState.PAUSED
    waiting = replace(
        call,
        state=CallState.WAITING,
        members=changed(call, *(replace(member, lost_at=None, left_at=now) for member in leaving)),
        passed=(*passed, Passed(lost.who, "gone", now)),
        no_staff_at=now + rules.requeue_wait,
        recording=RecordingState.OFF,
        recording_reason=call.recording_reason if shut else None,
    )
    return Step(waiting, (logged, log(LogKind.CALL_REQUEUED, lost.who)))
