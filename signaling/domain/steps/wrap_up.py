"""After the talk: the result is written, the call closed; for a while what was written can be amended."""

from dataclasses import replace

from signaling.domain.call_inputs import CallInput, ResultDrafted, ResultStored, WrapUpEnded
from signaling.domain.call_model import Call, CallEnd, CallState, Result
from signaling.domain.errors import StateError
from signaling.domain.ids import JsonObject
from signaling.domain.log_kinds import LogKind
from signaling.domain.steps.step import CallRules, Logged, Step, close, log


def result(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    """The specialist stored the result; in wrap-up that closes the call unless it is to stay open."""
    assert isinstance(given, ResultStored)
    stored = replace(call, result=given.result, draft=None)
    logged = _stored(given.result)
    if call.state is not CallState.WRAP_UP or given.keep_wrap_up:
        return Step(stored, (logged,))
    return close(stored, call.end or CallEnd.COMPLETED, now, logged)


def _stored(result: Result) -> Logged:
    return Logged(LogKind.RESULT_STORED, result.stored_by, _told(result))


def _told(result: Result) -> JsonObject:
    """Return what the log says of a result: never the words, which may be about a person."""
    return {
        "kind": result.kind.value,
        "item_codes": list(result.item_codes),
        "external_case_number": result.external_case_number,
    }


def drafted(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    """Something was written: it is kept, and who writes is not interrupted, up to a bound."""
    assert isinstance(given, ResultDrafted)
    until = min(now + rules.wrap_up_writing, (call.ended_at or now) + rules.wrap_up_at_most)
    written = replace(call, draft=given.draft, wrap_up_until=max(call.wrap_up_until or now, until))
    return Step(written, ())


def amended(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    """The result of a closed call is finished, or put right; the log keeps what it was."""
    assert isinstance(given, ResultStored)
    if call.connected_at is None:
        raise StateError("bad_state", state=call.state.value)
    if now > (call.closed_at or now) + rules.amend_within:
        raise StateError("amend_too_late")
    before, after = call.result, given.result
    put_right = replace(call, result=after, draft=None)
    if before is None:
        return Step(put_right, (_stored(after),))
    fields = _differing(before, after)
    if not fields:
        return None
    logged = Logged(
        LogKind.RESULT_AMENDED,
        after.stored_by,
        {**_told(after), "fields": fields, "before": _told(before)},
    )
    return Step(put_right, (logged,))


def _differing(before: Result, after: Result) -> list[str]:
    names = ("kind", "item_codes", "external_case_number", "missing_materials", "note", "notice_text")
    return [name for name in names if getattr(before, name) != getattr(after, name)]


def wrap_up_ended(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    """The specialist is done."""
    assert isinstance(given, WrapUpEnded)
    return _close_as_written(call, now, log(LogKind.WRAP_UP_ENDED, given.by))


def _close_as_written(call: Call, now: float, logged: Logged) -> Step:
    """Close a call: a form that says enough is its result, one that does not is kept to be finished."""
    end = call.end or CallEnd.COMPLETED
    written = call.draft.finished() if call.draft is not None else None
    if written is None:
        return close(call, end, now, logged)
    return close(replace(call, result=written, draft=None), end, now, _stored(written), logged)


def restart_wrap_up(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    """The time for wrapping up starts anew."""
    again = replace(call, wrap_up_until=now + rules.wrap_up)
    return Step(again, (log(LogKind.SERVER_RESTARTED),))


def wrap_up_time(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    """The wrap-up is over."""
    if call.wrap_up_until is None or now < call.wrap_up_until:
        return None
    return _close_as_written(call, now, log(LogKind.WRAP_UP_EXPIRED))
