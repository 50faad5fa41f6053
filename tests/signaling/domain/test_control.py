"""Who may ask, grant and stop: every state, input and hand, and what never happens."""

from dataclasses import replace
from itertools import product
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.domain.control.grant import (
    NEVER,
    Control,
    ControlEnd,
    ControlPause,
    ControlScope,
    ControlState,
    Once,
    OnceKind,
)
from signaling.domain.control.inputs import (
    Extended,
    FileCame,
    GivenUp,
    Granted,
    Narrowed,
    OnceAnswered,
    OnceAsked,
    Paused,
    Refused,
    Resumed,
    Stopped,
    TakenUp,
    TimePassed,
)
from signaling.domain.control.policy import (
    ControlObstacle,
    ControlPolicy,
    Situation,
    narrowest,
    obstacle,
)
from signaling.domain.control.table import ENDS, TABLE, ControlRules, Given, Hand, apply
from signaling.domain.errors import DomainError, ForbiddenError, InvalidError, StateError
from signaling.domain.session import DisplaySurface
from signaling.domain.subject import Subject

CLERK: Final = Subject.of_staff("clerk")
SPECIALIST: Final = Subject.of_staff("specialist")
POINTER: Final = frozenset({ControlScope.POINTER})
ALL: Final = frozenset(ControlScope)
RULES: Final = ControlRules()
ASKED: Final = Control("k1", "c1", ControlState.ASKED, SPECIALIST, "specialist", ALL, "填表", 100.0, 130.0)
ONCE: Final = Once("o1", OnceKind.CLIPBOARD_PULL, "", 150.0)
AWAITED: Final = Once("o0", OnceKind.FILE_TO_COUNTER, "", 150.0)
GRANTED: Final = replace(
    ASKED,
    state=ControlState.GRANTED,
    scopes=ALL,
    granted_by=CLERK,
    granted_at=110.0,
    until=400.0,
    once=ONCE,
    awaited=AWAITED,
)
PAUSED: Final = replace(GRANTED, state=ControlState.PAUSED, pause=ControlPause.LOCAL_INPUT)
ENDED: Final = replace(GRANTED, state=ControlState.ENDED, end=ControlEnd.REVOKED, ended_at=120.0)
STATES: Final = {"A": ASKED, "G": GRANTED, "P": PAUSED, "E": ENDED}
LETTERS: Final = {state: letter for letter, control in STATES.items() for state in [control.state]}
HANDS: Final = {"clerk": Hand.CLERK, "controller": Hand.CONTROLLER, "supervisor": Hand.SUPERVISOR} | {
    "helper": Hand.HELPER,
    "server": Hand.SERVER,
}
OWN_END: Final = {hand: min(ends) for hand, ends in ENDS.items()}


def _input(name: str, hand: Hand) -> Any:
    return {
        "granted": Granted(POINTER, 60.0, "h1", "left"),
        "taken up": TakenUp("p1"),
        "refused": Refused(),
        "given up": GivenUp(),
        "extended": Extended(600.0),
        "narrowed": Narrowed(POINTER),
        "stopped": Stopped(OWN_END.get(hand, ControlEnd.REVOKED)),
        "paused": Paused(ControlPause.LOCAL_INPUT),
        "resumed": Resumed(),
        "once asked": OnceAsked("o2", OnceKind.FILE_TO_COUNTER, "表.pdf"),
        "once answered": OnceAnswered("o1", agreed=True),
        "file came": FileCame("o0"),
        "time": TimePassed(),
    }[name]


BECOMES: Final = {
    "A granted clerk": "G",
    "A refused clerk": "E",
    "A given up controller": "E",
    "A stopped supervisor": "E",
    "A stopped server": "E",
    "A time server": "A",
    **{f"{state} given up controller": "E" for state in "GP"},
    **{f"{state} taken up controller": state for state in "GP"},
    **{f"{state} extended clerk": state for state in "GP"},
    **{f"{state} narrowed clerk": state for state in "GP"},
    **{
        f"{state} stopped {hand}": "E"
        for state in "GP"
        for hand in ("clerk", "supervisor", "helper", "server")
    },
    **{f"{state} paused helper": "P" for state in "GP"},
    **{f"{state} resumed helper": "G" for state in "GP"},
    **{f"{state} once answered clerk": state for state in "GP"},
    **{f"{state} file came server": state for state in "GP"},
    **{f"{state} time server": state for state in "GP"},
    "G once asked controller": "refused: once_asked",
}
"""State, input and hand → the state after it; everything that does not stand here is refused."""

NAMES: Final = {key.split(" ", 1)[1].rpartition(" ")[0] for key in BECOMES}
"""Every input: what no state takes from anybody would be no input."""


@pytest.mark.parametrize(("state", "name", "hand"), list(product(STATES, sorted(NAMES), HANDS)))
def test_state_input_and_hand(state: str, name: str, hand: str) -> None:
    expected = BECOMES.get(f"{state} {name} {hand}")
    by = Given(HANDS[hand], SPECIALIST, 120.0)
    if expected is None:
        with pytest.raises((StateError, ForbiddenError), match=r"bad_state|not_yours"):
            apply(STATES[state], _input(name, by.hand), by, RULES)
    elif expected.startswith("refused: "):
        with pytest.raises(StateError, match=expected.partition(": ")[2]):
            apply(STATES[state], _input(name, by.hand), by, RULES)
    else:
        assert LETTERS[apply(STATES[state], _input(name, by.hand), by, RULES).state] == expected


def test_every_row_is_tried() -> None:
    tried = {
        (STATES[key.split()[0]].state, type(_input(name, Hand.CLERK)))
        for key in BECOMES
        for name in NAMES
        if f" {name} " in key
    }
    assert tried == set(TABLE)


@pytest.mark.parametrize("late_s", [0.0, 5.0])
def test_silence_is_refusal_and_a_late_yes_is_none(late_s: float) -> None:
    by = Given(Hand.CLERK, CLERK, ASKED.answer_until + late_s)
    assert apply(ASKED, Granted(POINTER, 60.0, "h1", "left"), by, RULES).end is ControlEnd.UNANSWERED
    passed = apply(ASKED, TimePassed(), replace(by, hand=Hand.SERVER), RULES)
    assert (passed.state, passed.end) == (ControlState.ENDED, ControlEnd.UNANSWERED)


def test_nothing_is_granted_that_was_not_asked_for_or_the_policy_forbids() -> None:
    modest = replace(ASKED, asked=POINTER)
    by = Given(Hand.CLERK, CLERK, 120.0)
    for control, rules, scopes in (
        (modest, RULES, ALL),
        (ASKED, ControlRules(policy=ControlPolicy(POINTER)), ALL),
        (ASKED, RULES, frozenset[ControlScope]()),
    ):
        with pytest.raises(InvalidError, match="scope"):
            apply(control, Granted(scopes, 60.0, "h1", "left"), by, rules)
    long = apply(ASKED, Granted(ALL, 1e9, "h1", "left"), by, RULES)
    assert long.until == 120.0 + RULES.policy.lasts_at_most_s
    for nonsense in (0.0, -1.0, float("inf"), float("nan")):
        with pytest.raises(InvalidError):
            apply(ASKED, Granted(POINTER, nonsense, "h1", "left"), by, RULES)


def test_a_grant_is_taken_up_once_and_in_time() -> None:
    granted = apply(ASKED, Granted(POINTER, 60.0, "h1", "left"), Given(Hand.CLERK, CLERK, 120.0), RULES)
    assert (granted.helper_id, granted.monitor, granted.grant_id) == ("h1", "left", "k1-1")
    assert granted.next_deadline == 120.0 + RULES.take_up_within
    late = apply(granted, TimePassed(), Given(Hand.SERVER, None, granted.next_deadline), RULES)
    assert late.end is ControlEnd.CONTROLLER_LOST
    asks = Given(Hand.CONTROLLER, SPECIALIST, 125.0)
    taken = apply(granted, TakenUp("p1"), asks, RULES)
    assert (taken.taken_up_at, taken.next_deadline) == ("p1", 180.0)
    with pytest.raises(StateError, match="control_taken"):
        apply(taken, TakenUp("p2"), asks, RULES)


def test_each_change_of_the_grant_has_an_id_of_its_own() -> None:
    by = Given(Hand.CLERK, CLERK, 120.0)
    extended = apply(replace(GRANTED, serial=1), Extended(60.0), by, RULES)
    narrowed = apply(extended, Narrowed(POINTER), by, RULES)
    paused = apply(narrowed, Paused(ControlPause.LOCKED), replace(by, hand=Hand.HELPER), RULES)
    assert [one.grant_id for one in (extended, narrowed, paused)] == ["k1-2", "k1-3", "k1-3"]


def test_nobody_gives_a_reason_that_is_anothers() -> None:
    for hand, end in product(ENDS, ControlEnd):
        by = Given(hand, None, 120.0)
        if end in ENDS[hand]:
            assert apply(GRANTED, Stopped(end), by, RULES).end is end
        else:
            with pytest.raises(ForbiddenError, match="not_yours"):
                apply(GRANTED, Stopped(end), by, RULES)


def test_a_second_question_needs_its_scope_and_its_own_answer_in_time() -> None:
    asks = Given(Hand.CONTROLLER, SPECIALIST, 120.0)
    quiet = replace(GRANTED, once=None)
    asked = apply(quiet, OnceAsked("o2", OnceKind.FILE_TO_COUNTER, "表.pdf"), asks, RULES)
    assert asked.once == Once("o2", OnceKind.FILE_TO_COUNTER, "表.pdf", 120.0 + RULES.once_within)
    with pytest.raises(InvalidError, match="scope"):
        apply(replace(quiet, scopes=POINTER), OnceAsked("o2", OnceKind.CLIPBOARD_PULL, ""), asks, RULES)
    for answer, at in (("o1", 121.0), ("o2", 141.0)):
        with pytest.raises(StateError, match="once_gone"):
            apply(asked, OnceAnswered(answer, agreed=True), Given(Hand.CLERK, CLERK, at), RULES)
    assert apply(asked, TimePassed(), Given(Hand.SERVER, None, 140.0), RULES).once is None
    assert apply(asked, Narrowed(POINTER), Given(Hand.CLERK, CLERK, 121.0), RULES).once is None
    clerk = Given(Hand.CLERK, CLERK, 121.0)
    assert apply(asked, OnceAnswered("o2", agreed=True), clerk, RULES).agreed == asked.once
    assert apply(asked, OnceAnswered("o2", agreed=False), clerk, RULES).agreed is None


def test_a_yes_to_a_file_is_kept_until_one_file_has_come() -> None:
    asks, clerk, server = (
        Given(hand, who, 120.0)
        for hand, who in ((Hand.CONTROLLER, SPECIALIST), (Hand.CLERK, CLERK), (Hand.SERVER, None))
    )
    quiet = replace(GRANTED, once=None, awaited=None)
    asked = apply(quiet, OnceAsked("o2", OnceKind.FILE_TO_COUNTER, "表.pdf"), asks, RULES)
    assert apply(asked, OnceAnswered("o2", agreed=False), clerk, RULES) == quiet
    agreed = apply(asked, OnceAnswered("o2", agreed=True), clerk, RULES)
    assert (agreed.once, agreed.awaited) == (None, asked.once)
    with pytest.raises(StateError, match="once_gone"):
        apply(agreed, FileCame("o1"), server, RULES)
    assert apply(agreed, FileCame("o2"), server, RULES).awaited is None
    assert apply(agreed, Narrowed(POINTER), clerk, RULES).awaited is None
    assert apply(agreed, Stopped(ControlEnd.REVOKED), clerk, RULES).awaited is None
    assert apply(agreed, OnceAsked("o3", OnceKind.FILE_FROM_COUNTER, ""), asks, RULES).awaited is None
    pulled = apply(quiet, OnceAsked("o4", OnceKind.CLIPBOARD_PULL, ""), asks, RULES)
    assert apply(pulled, OnceAnswered("o4", agreed=True), clerk, RULES).awaited is None


INPUTS: Final = st.one_of(
    st.builds(
        Granted,
        st.frozensets(st.sampled_from(ControlScope)),
        st.floats(1, 5000),
        st.just("h1"),
        st.just("left"),
    ),
    st.builds(TakenUp, st.just("p1")),
    st.builds(Refused),
    st.builds(GivenUp),
    st.builds(Extended, st.floats(1, 5000)),
    st.builds(Narrowed, st.frozensets(st.sampled_from(ControlScope))),
    st.builds(Stopped, st.sampled_from(ControlEnd)),
    st.builds(Paused, st.sampled_from(ControlPause)),
    st.builds(Resumed),
    st.builds(OnceAsked, st.just("o2"), st.sampled_from(OnceKind), st.just("")),
    st.builds(OnceAnswered, st.just("o2"), st.booleans()),
    st.builds(TimePassed),
)


@given(
    st.frozensets(st.sampled_from(ControlScope), min_size=1),
    st.frozensets(st.sampled_from(ControlScope)),
    st.lists(st.tuples(INPUTS, st.sampled_from(Hand), st.floats(0, 60))),
)
def test_whatever_happens(
    asked: frozenset[ControlScope],
    allowed: frozenset[ControlScope],
    happenings: list[tuple[Any, Hand, float]],
) -> None:
    rules = ControlRules(policy=ControlPolicy(allowed))
    control, now, clerk_said_yes = replace(ASKED, asked=asked), ASKED.asked_at, False
    for happening, hand, later in happenings:
        now += later
        before = control
        try:
            control = apply(control, happening, Given(hand, None, now), rules)
        except DomainError:
            assert control == before
        clerk_said_yes |= hand is Hand.CLERK and isinstance(happening, Granted)
        assert not before.is_over or control == before, "an end is an end"
        assert control.scopes <= asked & allowed
        assert not control.scopes or clerk_said_yes
        assert control.state in (ControlState.ASKED, ControlState.ENDED) or control.scopes
        assert before.is_over or control.scopes <= before.scopes or before.state is ControlState.ASKED
        assert (control.pause is None) == (control.state is not ControlState.PAUSED)
        assert control.is_over == (control.next_deadline == NEVER)


def test_why_control_cannot_be_asked_for() -> None:
    fine = Situation(True, DisplaySurface.MONITOR, has_helper=True, helper_too_old=False, under_way=False)
    assert obstacle(fine, ControlPolicy()) is None
    for spoilt, policy, expected in (
        (replace(fine, is_connected=False), ControlPolicy(), ControlObstacle.NOT_CONNECTED),
        (replace(fine, shares=DisplaySurface.PRACTICE), ControlPolicy(), None),
        (fine, ControlPolicy(frozenset()), ControlObstacle.FORBIDDEN),
        (replace(fine, shares=None), ControlPolicy(), ControlObstacle.NO_SHARE),
        (replace(fine, shares=DisplaySurface.WINDOW), ControlPolicy(), ControlObstacle.NOT_A_MONITOR),
        (replace(fine, shares=DisplaySurface.BROWSER), ControlPolicy(), ControlObstacle.NOT_A_MONITOR),
        (replace(fine, has_helper=False), ControlPolicy(), ControlObstacle.NO_HELPER),
        (
            replace(fine, has_helper=False, helper_too_old=True),
            ControlPolicy(),
            ControlObstacle.HELPER_TOO_OLD,
        ),
        (replace(fine, under_way=True), ControlPolicy(), ControlObstacle.UNDER_WAY),
    ):
        assert obstacle(spoilt, policy) is expected


def test_policies_narrow_and_never_widen() -> None:
    point, item = ControlPolicy(ALL - {ControlScope.FILE}, 600.0), ControlPolicy(POINTER, 3600.0)
    assert narrowest([point, item]) == ControlPolicy(POINTER, 600.0)
    assert narrowest([]) == ControlPolicy()
