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
from signaling.domain.call_model import (
    Call,
    CallEnd,
    CallState,
    Consent,
    Material,
    MaterialState,
    RecordingState,
    Relation,
    Result,
    ResultDraft,
    ResultKind,
)
from signaling.domain.errors import DomainError, StateError
from signaling.domain.log_kinds import LogKind
from signaling.domain.members import Member, Part
from signaling.domain.seating import PLACES, Absence, absence_of, entry_of
from signaling.domain.steps.step import CallRules
from signaling.domain.subject import Subject
from tests.signaling.adapters.samples import a_call, an_ask, seat

RULES = CallRules(
    reconnect_grace=60.0, wrap_up=180.0, requeue_wait=300.0, wrap_up_at_most=900.0, amend_within=604800.0
)
NOW = 120.0
CLERK, S1, S2, ADVISER = (Subject.of_staff(name) for name in ("clerk", "s1", "s2", "adviser"))


def people(*, lost: dict[Part, float] | None = None) -> tuple[Member, ...]:
    """Return the clerk and the specialist s1, some of them lost since a time."""
    since = lost or {}
    return (
        seat("clerk", Part.CLERK, lost_at=since.get(Part.CLERK)),
        seat("s1", Part.SPECIALIST, 115.0, lost_at=since.get(Part.SPECIALIST)),
    )


def specialist_of(call: Call) -> Subject | None:
    member = call.member(Part.SPECIALIST)
    return member.who if member is not None else None


def in_state(state: CallState) -> Call:
    """Return a call as it looks in a state."""
    call = a_call()
    offer = an_ask("o1", "s1", 110.0, 135.0)
    match state:
        case CallState.WAITING:
            return call
        case CallState.OFFERED:
            return replace(call, state=state, asks=(offer,))
        case CallState.CONNECTED:
            return replace(call, state=state, members=people(), connected_at=115.0)
        case CallState.RECONNECTING:
            lost = people(lost={Part.CLERK: 118.0})
            return replace(call, state=state, members=lost, connected_at=115.0)
        case CallState.WRAP_UP:
            return replace(
                call,
                state=state,
                members=people(),
                connected_at=115.0,
                ended_at=118.0,
                end=CallEnd.COMPLETED,
                wrap_up_until=298.0,
            )
        case CallState.CLOSED:
            return replace(call, state=state, end=CallEnd.CANCELLED, closed_at=119.0)


RESULT = Result(ResultKind.GUIDED, ("YB-003",), stored_by="s1")
INPUTS: list[CallInput] = [
    Offered(an_ask("o1", "s1", 120.0, 145.0)),
    Accepted("o1", S1),
    Rejected("o1", S1, "忙"),
    OfferLost("o1", "away"),
    Cancelled(CLERK),
    NobodyThere(),
    MemberSeated(ADVISER, Part.CONSULTANT, S1),
    MemberSeated(ADVISER, Part.MONITOR, ADVISER),
    MemberLeft(ADVISER),
    MemberLost(CLERK),
    MemberLost(S1),
    MemberLost(ADVISER),
    MemberBack(CLERK),
    MemberBack(S1),
    MemberBack(ADVISER),
    Ended(CLERK),
    ResultDrafted(ResultDraft(note="写了一半")),
    ResultStored(RESULT),
    ResultStored(RESULT, keep_wrap_up=True),
    WrapUpEnded(S1),
    RecordingSet(RecordingState.PAUSED, "身份证"),
    RecordingSet(RecordingState.RECORDING),
    MaterialSet(Material("身份证", MaterialState.HAVE), CLERK),
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
        assert step.logged or isinstance(given_input, ResultDrafted), (
            "only what is not stored yet is unlogged"
        )


def served() -> Call:
    """Return a closed call that was answered, whose result nobody wrote."""
    return replace(in_state(CallState.WRAP_UP), state=CallState.CLOSED, closed_at=119.0, wrap_up_until=None)


@pytest.mark.parametrize("closed", [in_state(CallState.CLOSED), served()], ids=["cancelled", "served"])
@pytest.mark.parametrize("given_input", INPUTS, ids=repr)
def test_a_closed_call_changes_in_its_result_only(given_input: CallInput, closed: Call) -> None:
    try:
        step = apply(closed, given_input, NOW, RULES)
    except StateError:
        return
    if step is not None:
        assert isinstance(given_input, ResultStored)
        assert closed.connected_at is not None
        assert replace(step.call, result=None, version=closed.version) == closed


def test_a_result_nobody_wrote_is_finished_later_and_amended_with_what_it_was() -> None:
    finished = apply(served(), ResultStored(RESULT), NOW, RULES)
    assert finished is not None
    assert [entry.kind for entry in finished.logged] == [LogKind.RESULT_STORED]
    corrected = replace(RESULT, item_codes=("RS-003",), note="同一张发票，另一个事项")
    amended = apply(finished.call, ResultStored(corrected), NOW + 3600.0, RULES)
    assert amended is not None
    assert amended.call.result == corrected
    [entry] = amended.logged
    assert entry.kind is LogKind.RESULT_AMENDED
    assert entry.data["fields"] == ["item_codes", "note"]
    assert entry.data["before"]["item_codes"] == ["YB-003"]
    assert "同一张发票" not in repr(entry.data)
    assert apply(amended.call, ResultStored(corrected), NOW + 3700.0, RULES) is None
    with pytest.raises(StateError, match="amend_too_late"):
        apply(amended.call, ResultStored(RESULT), NOW + RULES.amend_within + 1.0, RULES)


DRAFT = ResultDraft(ResultKind.GUIDED, ("YB-003",), note="医院盖章", saved_at=290.0, saved_by="s1")


def test_who_writes_is_not_interrupted_but_not_for_ever() -> None:
    call = in_state(CallState.WRAP_UP)
    now = 290.0  # eight seconds before the wrap-up would be over
    writing = apply(call, ResultDrafted(DRAFT), now, RULES)
    assert writing is not None
    assert writing.call.wrap_up_until == now + RULES.wrap_up_writing
    early = apply(call, ResultDrafted(DRAFT), NOW, RULES)
    assert early is not None
    assert early.call.wrap_up_until == call.wrap_up_until, "never cut short"
    last = 118.0 + RULES.wrap_up_at_most
    late = apply(replace(writing.call, wrap_up_until=last), ResultDrafted(DRAFT), last - 5.0, RULES)
    assert late is not None
    assert late.call.wrap_up_until == last


@pytest.mark.parametrize("over", [TimePassed(), WrapUpEnded(S1)], ids=["time", "by hand"])
def test_a_form_that_says_enough_is_the_result_when_the_wrap_up_ends(over: CallInput) -> None:
    call = replace(in_state(CallState.WRAP_UP), draft=DRAFT)
    closed = apply(call, over, 298.0, RULES)
    assert closed is not None
    assert closed.call.state is CallState.CLOSED
    assert closed.call.result == DRAFT.finished()
    assert closed.call.draft is None
    assert closed.logged[0].kind is LogKind.RESULT_STORED


def test_a_form_without_an_outcome_is_kept_to_be_finished() -> None:
    unfinished = replace(DRAFT, kind=None)
    closed = apply(replace(in_state(CallState.WRAP_UP), draft=unfinished), TimePassed(), 298.0, RULES)
    assert closed is not None
    assert closed.call.result is None
    assert closed.call.draft == unfinished


def test_a_call_that_lost_its_specialist_and_was_cancelled_still_names_them() -> None:
    lost = replace(
        in_state(CallState.CONNECTED),
        state=CallState.RECONNECTING,
        members=people(lost={Part.SPECIALIST: 118.0}),
    )
    waiting = apply(lost, TimePassed(), 118.0 + RULES.reconnect_grace, RULES)
    assert waiting is not None
    assert waiting.call.state is CallState.WAITING
    cancelled = apply(waiting.call, Cancelled(CLERK), 200.0, RULES)
    assert cancelled is not None
    assert cancelled.call.end is CallEnd.CANCELLED
    holder = cancelled.call.holder(Part.SPECIALIST)
    assert holder is not None
    assert holder.who == S1


def check(before: Call, after: Call) -> None:
    """What holds after every step."""
    assert after.requested_at == before.requested_at, "a call keeps its age"
    assert (after.offer is not None) == (after.state is CallState.OFFERED)
    assert (after.end is not None) == (after.state in (CallState.WRAP_UP, CallState.CLOSED))
    awaited = [member for member in after.lost if absence_of(member.part) is not Absence.FREES]
    assert (after.state is CallState.RECONNECTING) == (after.is_joined and bool(awaited))
    assert len({member.participant_id for member in after.members}) == len(after.members)
    assert len({member.who for member in after.present}) == len(after.present)
    for entry, most in PLACES.items():
        assert sum(entry_of(member.part) is entry for member in after.present) <= most
    assert after.offer is None or after.offer.who in after.claimed
    assert (after.closed_at is not None) == (after.state is CallState.CLOSED)
    assert (specialist_of(after) is not None) or not after.is_joined
    if not after.consent.agreed:
        assert after.recording is RecordingState.OFF
    if not after.is_joined:
        assert after.recording is RecordingState.OFF
    if before.end is not None:
        assert after.end is before.end
    if before.connected_at is not None:
        assert after.connected_at == before.connected_at, "answered is answered"
    if after.state in (CallState.WAITING, CallState.OFFERED):
        assert [member.part for member in after.present] == [Part.CLERK]
        assert after.is_requeued == (after.connected_at is not None)
    if before.is_joined and after.state is CallState.WAITING:
        assert all(lost.part is Part.CLERK for lost in after.lost), "the next one is not lost"
        assert after.no_staff_at > NOW


def make_input(draw: Any, call: Call) -> CallInput:
    """Draw an input; offers get ids that fit half of the time."""
    offer_id = call.offer.ask_id if call.offer and draw(st.booleans()) else "gone"
    staff = draw(st.sampled_from(["s1", "s2"]))
    kind = draw(st.integers(0, len(INPUTS) - 1))
    match INPUTS[kind]:
        case Accepted():
            return Accepted(offer_id, Subject.of_staff(staff))
        case Rejected():
            return Rejected(offer_id, Subject.of_staff(staff))
        case OfferLost():
            return OfferLost(offer_id, "away")
        case Offered():
            return Offered(an_ask(f"o{call.version}", staff, 0.0, draw(st.floats(0, 2000))))
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
    for who in (CLERK, S1, S2, ADVISER):
        try:
            step = apply(call, MemberLost(who), now, RULES)
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
        apply(in_state(CallState.OFFERED), Accepted("o1", S1), 135.0, RULES)


def test_a_miss_is_remembered_for_a_while() -> None:
    step = apply(in_state(CallState.OFFERED), TimePassed(), 135.0, RULES)
    assert step is not None
    assert step.call.state is CallState.WAITING
    assert [(entry.who, entry.reason) for entry in step.call.passed] == [(S1, "missed")]


def without(*parts: Part, since: float = 118.0, **changes: Any) -> Call:
    """Return a call that was connected and lost somebody."""
    lost = people(lost=dict.fromkeys(parts, since))
    return replace(in_state(CallState.RECONNECTING), members=lost, **changes)


def test_a_call_whose_specialist_stayed_away_waits_again_with_its_age() -> None:
    call = without(Part.SPECIALIST, recording=RecordingState.RECORDING, no_staff_at=10.0)
    assert apply(call, TimePassed(), 177.0, RULES) is None, "within the grace time"
    step = apply(call, TimePassed(), 178.0, RULES)
    assert step is not None
    after = step.call
    assert (after.state, specialist_of(after), after.lost) == (CallState.WAITING, None, ())
    assert (after.requested_at, after.connected_at) == (call.requested_at, 115.0)
    assert (after.no_staff_at, after.recording) == (478.0, RecordingState.OFF)
    assert [(let.who, let.reason, let.until) for let in after.passed] == [(S1, "gone", 178.0)]
    assert [entry.kind for entry in step.logged] == [LogKind.PARTICIPANT_GONE, LogKind.CALL_REQUEUED]
    assert next_deadline(after, RULES) == 478.0


def test_without_its_clerk_a_call_ends_whoever_else_is_gone() -> None:
    for parts in ((Part.CLERK,), (Part.CLERK, Part.SPECIALIST)):
        step = apply(without(*parts), TimePassed(), 178.0, RULES)
        assert step is not None
        assert (step.call.state, step.call.end) == (CallState.WRAP_UP, CallEnd.FAILED)


def test_a_clerk_lost_later_than_the_specialist_has_their_own_grace() -> None:
    lost = people(lost={Part.SPECIALIST: 118.0, Part.CLERK: 150.0})
    call = replace(without(Part.SPECIALIST), members=lost)
    step = apply(call, TimePassed(), 178.0, RULES)
    assert step is not None
    assert step.call.lost == (seat("clerk", Part.CLERK, lost_at=150.0),)
    step = apply(step.call, TimePassed(), 210.0, RULES)
    assert step is not None
    assert step.call.end is CallEnd.ABANDONED


def test_the_log_names_who_joins_and_who_asked_them() -> None:
    step = apply(joined(), MemberSeated(ADVISER, Part.CONSULTANT, S1), 118.0, RULES)
    assert step is not None
    (entry,) = step.logged
    assert (entry.kind.value, entry.actor) == ("member.seated", ADVISER.log_name)
    assert entry.data == {"asked_by": S1.log_name, "part": "consultant"}


def test_the_log_says_who_was_lost_and_is_back() -> None:
    lost = apply(joined((ADVISER, Part.CONSULTANT)), MemberLost(ADVISER), 118.0, RULES)
    assert lost is not None
    back = apply(lost.call, MemberBack(ADVISER), 119.0, RULES)
    assert back is not None
    entries = [entry for step in (lost, back) for entry in step.logged]
    assert [(entry.kind.value, entry.actor) for entry in entries] == [
        ("participant.lost", ADVISER.log_name),
        ("participant.back", ADVISER.log_name),
    ]


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
    for given_input in (TimePassed(), Offered(an_ask("o2", "s2", 178.0, 203.0)), Accepted("o2", S2)):
        step = apply(call, given_input, 178.0, RULES)
        assert step is not None
        call = step.call
    assert (call.state, specialist_of(call), call.connected_at) == (CallState.CONNECTED, S2, 115.0)
    assert call.recording is after


def test_ending_stops_the_recording() -> None:
    call = replace(in_state(CallState.CONNECTED), recording=RecordingState.RECORDING)
    step = apply(call, Ended(CLERK), NOW, RULES)
    assert step is not None
    assert step.call.recording is RecordingState.OFF


def test_recording_against_the_citizens_answer_is_refused() -> None:
    call = replace(in_state(CallState.CONNECTED), consent=Consent(False, Relation.SELF, "1", 0.0, "clerk"))
    with pytest.raises(StateError, match="recording_refused"):
        apply(call, RecordingSet(RecordingState.RECORDING), NOW, RULES)


def joined(*others: tuple[Subject, Part]) -> Call:
    """Return a connected call with others seated in it."""
    call = in_state(CallState.CONNECTED)
    for who, part in others:
        call = step_of(call, MemberSeated(who, part, S1))
    return call


def step_of(call: Call, given_input: CallInput, now: float = NOW) -> Call:
    """Return the call after an input that changes it."""
    step = apply(call, given_input, now, RULES)
    assert step is not None
    return step.call


@pytest.mark.parametrize("part", [Part.CONSULTANT, Part.MONITOR, Part.WHISPERER])
def test_nobody_waits_for_who_only_advises_or_listens(part: Part) -> None:
    call = step_of(joined((ADVISER, part)), MemberLost(ADVISER))
    assert call.state is CallState.CONNECTED, "the others go on"
    assert next_deadline(call, RULES) == 180.0
    back = step_of(call, MemberBack(ADVISER), 150.0)
    assert (back.state, back.lost, back.member_of(ADVISER)) == (CallState.CONNECTED, (), call_seat(part))
    gone = step_of(call, TimePassed(), 180.0)
    assert (gone.state, gone.member_of(ADVISER), ADVISER in gone.claimed) == (
        CallState.CONNECTED,
        None,
        False,
    )


def call_seat(part: Part) -> Member:
    return Member(ADVISER, part, part.value, NOW)


def test_who_comes_back_gets_the_lanes_of_before_and_nobody_elses() -> None:
    call = step_of(joined((ADVISER, Part.CONSULTANT)), MemberLeft(ADVISER))
    other = step_of(call, MemberSeated(S2, Part.CONSULTANT, S1))
    again = step_of(other, MemberSeated(ADVISER, Part.CONSULTANT, S1))
    names = {member.who: member.participant_id for member in again.present}
    assert (names[ADVISER], names[S2]) == ("consultant", "consultant-2")


def test_a_call_that_waits_again_keeps_only_its_clerk() -> None:
    call = step_of(joined((ADVISER, Part.CONSULTANT)), MemberLost(S1), 118.0)
    waiting = step_of(call, TimePassed(), 178.0)
    assert [member.who for member in waiting.present] == [CLERK]
    assert waiting.claimed == frozenset({CLERK})


def test_after_a_call_only_who_writes_its_result_is_held_by_it() -> None:
    call = joined((ADVISER, Part.CONSULTANT))
    assert call.claimed == frozenset({CLERK, S1, ADVISER})
    wrapping_up = step_of(call, Ended(CLERK))
    assert wrapping_up.claimed == frozenset({S1})
    assert step_of(wrapping_up, WrapUpEnded(S1)).claimed == frozenset()


def test_a_fifth_adviser_and_a_second_specialist_find_no_seat() -> None:
    call = joined(*((Subject.of_staff(f"a{number}"), Part.CONSULTANT) for number in range(4)))
    with pytest.raises(StateError, match="call_full"):
        apply(call, MemberSeated(ADVISER, Part.CONSULTANT, S1), NOW, RULES)
    for part in (Part.CLERK, Part.CITIZEN, Part.SPECIALIST):
        with pytest.raises(StateError, match="bad_state"):
            apply(joined(), MemberSeated(ADVISER, part, S1), NOW, RULES)
    with pytest.raises(StateError, match="already_in_call"):
        apply(joined(), MemberSeated(S1, Part.CONSULTANT, S1), NOW, RULES)
    with pytest.raises(StateError, match="bad_state"):
        apply(joined(), MemberLeft(S1), NOW, RULES)  # without their specialist the others wait


def test_a_call_is_no_fuller_for_its_people_because_somebody_unseen_watches_over_it() -> None:
    watched = joined((Subject.of_staff("m0"), Part.MONITOR), (Subject.of_staff("m1"), Part.MONITOR))
    for number in range(4):
        watched = step_of(watched, MemberSeated(Subject.of_staff(f"a{number}"), Part.CONSULTANT, S1))
    with pytest.raises(StateError, match="call_full"):
        apply(watched, MemberSeated(ADVISER, Part.WHISPERER, ADVISER), NOW, RULES)


def test_who_asks_somebody_in_who_watches_over_the_call_does_not_learn_that() -> None:
    watched = joined((ADVISER, Part.MONITOR))
    with pytest.raises(StateError, match="claimed"):  # as for somebody in another call
        apply(watched, MemberSeated(ADVISER, Part.CONSULTANT, S1), NOW, RULES)
