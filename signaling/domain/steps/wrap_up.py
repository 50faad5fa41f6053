"""After the talk: the result is written, then the call is closed."""

from dataclasses import replace

from signaling.domain.call_inputs import CallInput, ResultStored, WrapUpEnded
from signaling.domain.call_model import Call, CallEnd, CallState
from signaling.domain.log_kinds import LogKind
from signaling.domain.steps.step import CallRules, Logged, Step, close, log


def result(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    """The specialist stored the result; in wrap-up that closes the call unless it is to stay open."""
    assert isinstance(given, ResultStored)
    logged = Logged(
        LogKind.RESULT_STORED,
        given.result.stored_by,
        {
            "kind": given.result.kind.value,
            "item_codes": list(given.result.item_codes),
            "external_case_number": given.result.external_case_number,
        },
    )
    stored = replace(call, result=given.result)
    if call.state is not CallState.WRAP_UP or given.keep_wrap_up:
        return Step(stored, (logged,))
    return close(stored, call.end or CallEnd.COMPLETED, now, logged)


def wrap_up_ended(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    """The specialist is done."""
    assert isinstance(given, WrapUpEnded)
    return close(call, call.end or CallEnd.COMPLETED, now, log(LogKind.WRAP_UP_ENDED, given.by))


def restart_wrap_up(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    """The time for wrapping up starts anew."""
    again = replace(call, wrap_up_until=now + rules.wrap_up)
    return Step(again, (log(LogKind.SERVER_RESTARTED),))


def wrap_up_time(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    """The wrap-up is over."""
    if call.wrap_up_until is None or now < call.wrap_up_until:
        return None
    return close(call, call.end or CallEnd.COMPLETED, now, log(LogKind.WRAP_UP_EXPIRED))
