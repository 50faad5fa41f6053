"""The state table: every state × every input, and invariants over any script of inputs."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signaling.domain.call import NEVER, TABLE, apply, next_deadline
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
from signaling.domain.call_model import (
    Call,
    CallEnd,
    CallState,
    Consent,
    Lost,
    Material,
    MaterialState,
    Offer,
    Part,
    RecordingState,
    Relation,
    Result,
    ResultKind,
    mask_id_number,
)
from signaling.domain.call_steps import CallRules
from signaling.domain.errors import DomainError, StateError
from tests.signaling.adapters.samples import a_call

RULES = CallRules(reconnect_grace=60.0, wrap_up=180.0, requeue_wait=300.0)
NOW = 120.0


def in_state(state: CallState) -> Call:
    """Return a call as it looks in a state."""
    call = a_call()
    offer = Offer("o1", "c1", "s1", 110.0, 135.0)
    match state:
        case CallState.WAITING:
            return call
        case CallState.OFFERED:
            return replace(call, state=state, offer=offer)
        case CallState.CONNECTED:
            return replace(call, state=state, specialist_id="s1", connected_at=115.0)
        case CallState.RECONNECTING:
            lost = (Lost(Part.CLERK, 118.0),)
            return replace(call, state=state, specialist_id="s1", connected_at=115.0, lost=lost)
        case CallState.WRAP_UP:
            return replace(
                call,
                state=state,
                specialist_id="s1",
                connected_at=115.0,
                ended_at=118.0,
                end=CallEnd.COMPLETED,
                wrap_up_until=298.0,
            )
        case CallState.CLOSED:
            return replace(call, state=state, end=CallEnd.CANCELLED, closed_at=119.0)


RESULT = Result(ResultKind.GUIDED, ("YB-003",), stored_by="s1")
INPUTS: list[CallInput] = [
    Offered(Offer("o1", "c1", "s1", 120.0, 145.0)),
    Accepted("o1", "s1"),
    Rejected("o1", "s1", "忙"),
    OfferLost("o1", "away"),
    Cancelled("clerk"),
    NobodyThere(),
    PartLost(Part.CLERK),
    PartLost(Part.SPECIALIST),
    PartBack(Part.CLERK),
    PartBack(Part.SPECIALIST),
    Ended("clerk"),
    ResultStored(RESULT),
    ResultStored(RESULT, keep_wrap_up=True),
    WrapUpEnded("s1"),
    RecordingSet(RecordingState.PAUSED, "身份证"),
    RecordingSet(RecordingState.RECORDING),
    MaterialSet(Material("身份证", MaterialState.HAVE), "clerk"),
    ServerStarted(500.0),
    TimePassed(),
]


@pytest.mark.parametrize("state", CallState)
@pytest.mark.parametrize("given_input", INPUTS, ids=repr)
def test_any_input_in_any_state_steps_or_is_refused(state: CallState, given_input: CallInput) -> None:
    call = in_state(state)
    if (state, type(given_input)) not in TABLE:
        with pytest.raises(StateError, match="bad_state"):
            apply(call, given_input, NOW, RULES)
        return
    try:
        step = apply(call, given_input, NOW, RULES)
    except StateError:
        return
    if step is not None:
        assert step.call.version == call.version + 1
        assert step.logged


@pytest.mark.parametrize("given_input", INPUTS, ids=repr)
def test_a_closed_call_never_changes(given_input: CallInput) -> None:
    closed = in_state(CallState.CLOSED)
    if (CallState.CLOSED, type(given_input)) in TABLE:
        assert apply(closed, given_input, NOW, RULES) is None


def check(before: Call, after: Call) -> None:
    """What holds after every step."""
    assert after.requested_at == before.requested_at, "a call keeps its age"
    assert (after.offer is not None) == (after.state is CallState.OFFERED)
    assert (after.end is not None) == (after.state in (CallState.WRAP_UP, CallState.CLOSED))
    assert (after.state is CallState.RECONNECTING) == (after.is_joined and bool(after.lost))
    assert (after.closed_at is not None) == (after.state is CallState.CLOSED)
    assert (after.specialist_id is not None) or not after.is_joined
    if not after.consent.agreed:
        assert after.recording is RecordingState.OFF
    if not after.is_joined:
        assert after.recording is RecordingState.OFF
    if before.end is not None:
        assert after.end is before.end
    if before.connected_at is not None:
        assert after.connected_at == before.connected_at, "answered is answered"
    if after.state in (CallState.WAITING, CallState.OFFERED):
        assert after.specialist_id is None
        assert after.is_requeued == (after.connected_at is not None)
    if before.is_joined and after.state is CallState.WAITING:
        assert all(lost.part is Part.CLERK for lost in after.lost), "the next one is not lost"
        assert after.no_staff_at > NOW


def make_input(draw: Any, call: Call) -> CallInput:
    """Draw an input; offers get ids that fit half of the time."""
    offer_id = call.offer.offer_id if call.offer and draw(st.booleans()) else "gone"
    staff = draw(st.sampled_from(["s1", "s2"]))
    kind = draw(st.integers(0, len(INPUTS) - 1))
    match INPUTS[kind]:
        case Accepted():
            return Accepted(offer_id, staff)
        case Rejected():
            return Rejected(offer_id, staff)
        case OfferLost():
            return OfferLost(offer_id, "away")
        case Offered():
            return Offered(Offer(f"o{call.version}", "c1", staff, 0.0, draw(st.floats(0, 2000))))
        case other:
            return other


@settings(max_examples=300, deadline=None)
@given(data=st.data(), agreed=st.booleans())
def test_invariants_hold_over_any_script(data: st.DataObject, agreed: bool) -> None:
    call = replace(a_call(), consent=Consent(agreed, Relation.SELF, "1", 0.0, "clerk"))
    now = 100.0
    for _ in range(25):
        now += data.draw(st.floats(0, 120))
        try:
            step = apply(call, make_input(data.draw, call), now, RULES)
        except DomainError:
            continue
        if step is not None:
            check(call, step.call)
            call = step.call


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_no_call_is_forgotten_time_alone_closes_it(data: st.DataObject) -> None:
    """From any reachable state, with nobody doing anything any more and everybody gone, the call closes."""
    call, now = a_call(), 100.0
    for _ in range(data.draw(st.integers(0, 12))):
        now += data.draw(st.floats(0, 60))
        try:
            step = apply(call, make_input(data.draw, call), now, RULES)
        except DomainError:
            continue
        call = step.call if step else call
    for part in (Part.CLERK, Part.SPECIALIST):
        try:
            step = apply(call, PartLost(part), now, RULES)
        except StateError:
            continue
        call = step.call if step else call
    for _ in range(20):
        if not call.is_live:
            return
        deadline = next_deadline(call, RULES)
        assert deadline < NEVER
        now = max(now, deadline)
        step = apply(call, TimePassed(), now, RULES)
        assert step is not None, "a deadline that is due changes something"
        call = step.call
    pytest.fail(f"still {call.state}")


def test_a_late_answer_to_an_offer_is_refused() -> None:
    with pytest.raises(StateError, match="offer_gone"):
        apply(in_state(CallState.OFFERED), Accepted("o1", "s1"), 135.0, RULES)


def test_a_miss_is_remembered_for_a_while() -> None:
    step = apply(in_state(CallState.OFFERED), TimePassed(), 135.0, RULES)
    assert step is not None
    assert step.call.state is CallState.WAITING
    assert [(entry.staff_id, entry.reason) for entry in step.call.passed] == [("s1", "missed")]


def without(*parts: Part, since: float = 118.0, **changes: Any) -> Call:
    """Return a call that was connected and lost somebody."""
    lost = tuple(Lost(part, since) for part in parts)
    return replace(in_state(CallState.RECONNECTING), lost=lost, **changes)


def test_a_call_whose_specialist_stayed_away_waits_again_with_its_age() -> None:
    call = without(Part.SPECIALIST, recording=RecordingState.RECORDING, no_staff_at=10.0)
    assert apply(call, TimePassed(), 177.0, RULES) is None, "within the grace time"
    step = apply(call, TimePassed(), 178.0, RULES)
    assert step is not None
    after = step.call
    assert (after.state, after.specialist_id, after.lost) == (CallState.WAITING, None, ())
    assert (after.requested_at, after.connected_at) == (call.requested_at, 115.0)
    assert (after.no_staff_at, after.recording) == (478.0, RecordingState.OFF)
    assert [(let.staff_id, let.reason, let.until) for let in after.passed] == [("s1", "gone", 178.0)]
    assert [entry.kind for entry in step.logged] == ["participant.gone", "call.requeued"]
    assert next_deadline(after, RULES) == 478.0


def test_without_its_clerk_a_call_ends_whoever_else_is_gone() -> None:
    for parts in ((Part.CLERK,), (Part.CLERK, Part.SPECIALIST)):
        step = apply(without(*parts), TimePassed(), 178.0, RULES)
        assert step is not None
        assert (step.call.state, step.call.end) == (CallState.WRAP_UP, CallEnd.FAILED)


def test_a_clerk_lost_later_than_the_specialist_has_their_own_grace() -> None:
    call = replace(without(Part.SPECIALIST), lost=(Lost(Part.SPECIALIST, 118.0), Lost(Part.CLERK, 150.0)))
    step = apply(call, TimePassed(), 178.0, RULES)
    assert step is not None
    assert step.call.lost == (Lost(Part.CLERK, 150.0),)
    step = apply(step.call, TimePassed(), 210.0, RULES)
    assert step is not None
    assert step.call.end is CallEnd.ABANDONED


@pytest.mark.parametrize(
    ("before", "reason", "after"),
    [
        (RecordingState.RECORDING, None, RecordingState.RECORDING),
        (RecordingState.FAILED, "ENOSPC", RecordingState.RECORDING),
        (RecordingState.PAUSED, "身份证", RecordingState.PAUSED),
    ],
)
def test_the_next_specialist_is_recorded_unless_the_shutter_is_down(
    before: RecordingState, reason: str | None, after: RecordingState
) -> None:
    consent = Consent(True, Relation.SELF, "1", 0.0, "clerk")
    call = without(Part.SPECIALIST, recording=before, recording_reason=reason, consent=consent)
    for given_input in (TimePassed(), Offered(Offer("o2", "c1", "s2", 178.0, 203.0)), Accepted("o2", "s2")):
        step = apply(call, given_input, 178.0, RULES)
        assert step is not None
        call = step.call
    assert (call.state, call.specialist_id, call.connected_at) == (CallState.CONNECTED, "s2", 115.0)
    assert call.recording is after


def test_ending_stops_the_recording() -> None:
    call = replace(in_state(CallState.CONNECTED), recording=RecordingState.RECORDING)
    step = apply(call, Ended("clerk"), NOW, RULES)
    assert step is not None
    assert step.call.recording is RecordingState.OFF


def test_recording_against_the_citizens_answer_is_refused() -> None:
    call = replace(in_state(CallState.CONNECTED), consent=Consent(False, Relation.SELF, "1", 0.0, "clerk"))
    with pytest.raises(StateError, match="recording_refused"):
        apply(call, RecordingSet(RecordingState.RECORDING), NOW, RULES)


def test_identity_numbers_show_first_three_and_last_four() -> None:
    assert mask_id_number("533324199001011234") == "533***********1234"
