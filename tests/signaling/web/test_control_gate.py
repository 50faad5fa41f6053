"""What a page may send and a helper may say: any frames, in virtual time."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.domain.control.grant import Control, ControlEnd, ControlScope, ControlState
from signaling.domain.control.inputs import Stopped
from signaling.domain.subject import Subject
from signaling.web.control.gate import Gate
from signaling.web.control.lease import GRACE_S, Lease, Report, ToHelper, ToPage
from signaling.web.control.page_wire import FROM_PAGE, TO_PAGE
from tests.helper.messages import frames
from web_client.helper.envelope import Frame, WireError, parse, write
from web_client.helper.limits import EVENTS_PER_S
from web_client.helper.vocabulary import Reason, Refusal, Scope, State
from web_client.helper.wire import (
    UP,
    Acknowledge,
    Geometry,
    Grant,
    Heartbeat,
    KeyDown,
    KeyUp,
    Monitor,
    NotDone,
    PointerMove,
    ReleaseAll,
    Revoke,
    Status,
)

LEFT = Monitor("left", 0, 0, 1440, 900, "#e60012")
SPECIALIST = Subject.of_staff("s1")
CONTROL = Control(
    "k1",
    "c1",
    ControlState.GRANTED,
    SPECIALIST,
    "specialist",
    frozenset(ControlScope),
    "",
    100.0,
    130.0,
    scopes=frozenset(ControlScope),
    until=700.0,
    helper_id="h1",
    monitor="left",
    serial=1,
    taken_up_at="p1",
)
ALL = frozenset(Scope)


def lease(*, confirmed: bool = True) -> Lease:
    """Return what a helper was granted."""
    one = Lease(lambda control: "王专员")
    one.heard(Frame("", 1, Geometry(1, (LEFT,))), 0.0, 100.0)
    one.changed(CONTROL, 0.0, 100.0)
    if confirmed:
        one.heard(Frame("", 2, Status("k1-1", State.GRANTED, Reason.CONSENT)), 0.0, 100.0)
    return one


def test_the_helper_counts_what_passes_and_the_page_its_own() -> None:
    gate = Gate("g1", ALL, 0.0)
    passed: list[Frame] = []
    for number in range(1, 151):
        passed += gate.take(Frame("g1", number, PointerMove(0.5, 0.5, 1)), 0.0)[0]
    assert gate.is_paused
    assert [frame.number for frame in passed] == list(range(1, len(passed) + 1))
    assert isinstance(passed[-1].message, ReleaseAll)
    [beat], _ = gate.take(Frame("g1", 151, Heartbeat()), 0.0)
    assert gate.answer(Acknowledge(beat.number, 0, State.GRANTED)) == Acknowledge(151, 0, State.PAUSED_RATE)
    assert gate.answer(NotDone(3, Refusal.STALE_GEOMETRY)) == NotDone(3, Refusal.STALE_GEOMETRY)


def test_a_pause_for_too_much_ends_when_it_is_calm_and_hides_no_other() -> None:
    gate = Gate("g1", ALL, 0.0)
    for number in range(1, 120):
        gate.take(Frame("g1", number, KeyDown("KeyA", "a")), 0.0)
    assert gate.answer(Status("g1", State.GRANTED, Reason.LOCAL_QUIET)) is None
    assert gate.handle_timeout(0.5) is None
    assert gate.handle_timeout(gate.next_deadline) == Status("g1", State.GRANTED, Reason.CALMED)
    for number in range(120, 400):
        gate.take(Frame("g1", number, KeyDown("KeyA", "a")), 2.0)
    local = Status("g1", State.PAUSED_LOCAL, Reason.LOCAL_INPUT)
    assert gate.answer(local) == local
    assert gate.handle_timeout(gate.next_deadline) == local


@given(
    st.lists(st.tuples(frames(FROM_PAGE), st.floats(0, 0.05)), max_size=60), st.sets(st.sampled_from(Scope))
)
def test_whatever_a_page_sends(script: list[tuple[Frame, float]], scopes: set[Scope]) -> None:
    gate, now, expected = Gate("g1", frozenset(scopes), 0.0), 0.0, 1
    for number, (frame, later) in enumerate(script, 1):
        now += later
        if not frame.message.in_grant:
            continue
        try:
            passed, told = gate.take(Frame("g1", number, frame.message), now)
        except WireError:
            assert frame.message.scope not in (None, *scopes)
            continue
        for one in passed:
            assert one.number == expected
            assert one.message.scope is None or one.message.scope in scopes
            expected += 1
        assert all(message.tag in TO_PAGE for message in told)
        if isinstance(frame.message, KeyUp):
            assert passed


@given(st.integers(0, 2000))
def test_no_more_passes_than_the_rate_allows(offered: int) -> None:
    gate = Gate("g1", ALL, 0.0)
    passed = 0
    for number in range(1, offered + 1):
        taken, _ = gate.take(Frame("g1", number, KeyDown("KeyA", "a")), number / 1000)
        passed += sum(isinstance(one.message, KeyDown) for one in taken)
    assert passed <= 100 + offered / 1000 * EVENTS_PER_S + 1


def test_nothing_is_granted_before_the_page_is_there_nor_done_before_the_helper_took_it() -> None:
    one = Lease(lambda control: "王专员")
    one.heard(Frame("", 1, Geometry(3, (LEFT,))), 0.0, 100.0)
    assert one.changed(replace(CONTROL, taken_up_at=None), 0.0, 100.0) == []
    [given] = one.changed(CONTROL, 0.0, 100.0)
    assert isinstance(given, ToHelper)
    assert isinstance(given.message, Grant)
    assert (given.message.rev, given.message.lasts_ms, given.message.who) == (3, 600_000, "王专员")
    assert set(given.message.scopes) == ALL, "files go another way"
    told = one.heard(Frame("", 2, Status("k1-1", State.GRANTED, Reason.CONSENT)), 0.0, 100.0)
    kinds = [type(effect.message) for effect in told if isinstance(effect, ToPage)]
    assert kinds == [Grant, Geometry, Status]


def test_a_change_takes_the_grant_before_and_what_is_on_its_way_is_let_pass() -> None:
    one = lease()
    longer = replace(CONTROL, serial=2, until=900.0)
    taken, given = one.changed(longer, 1.0, 100.0)
    assert taken == ToHelper(Revoke("k1-1"))
    assert isinstance(given, ToHelper)
    assert one.obey(Frame("k1-1", 1, KeyDown("KeyA", "a")), 1.0) == []
    assert one.heard(Frame("", 3, Status("k1-1", State.REVOKED, Reason.WITHDRAWN)), 1.0, 100.0) == []
    assert one.heard(Frame("k1-1", 1, Acknowledge(1, 0, State.GRANTED)), 1.0, 100.0) == []
    [done] = one.obey(Frame("k1-2", 1, KeyDown("KeyA", "a")), 1.0)
    assert done == ToHelper(KeyDown("KeyA", "a"), "k1-2")
    with pytest.raises(WireError, match="no_grant"):
        one.heard(Frame("", 4, Status("k1-1", State.GRANTED, Reason.CONSENT)), 1.0 + GRACE_S + 1, 100.0)


def test_what_was_lost_between_the_processes_ends_it() -> None:
    one = lease()
    one.obey(Frame("k1-1", 1, KeyDown("KeyA", "a")), 0.0)
    effects = one.obey(Frame("k1-1", 3, KeyUp("KeyB", "b")), 0.0)
    assert effects == [
        Report(CONTROL, Stopped(ControlEnd.CONTROLLER_LOST)),
        ToHelper(Revoke("k1-1")),
        ToPage(CONTROL, Revoke("k1-1")),
    ]
    assert one.control is None


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_of_a_helper_ends_it(reason: Reason) -> None:
    effects = lease().heard(Frame("", 3, Status("k1-1", State.REVOKED, reason)), 0.0, 100.0)
    assert [type(effect) for effect in effects] == [ToPage, Report, ToHelper, ToPage]


@given(st.lists(frames(UP), max_size=40), st.booleans())
def test_whatever_a_helper_says(said: list[Frame], confirmed: bool) -> None:
    one = lease(confirmed=confirmed)
    for frame in said:
        before = one.control
        try:
            effects = one.heard(frame, 0.0, 100.0)
        except WireError:
            continue
        for effect in effects:
            if isinstance(effect, ToPage):
                assert before is not None
                assert effect.control == before
                assert effect.message.tag in TO_PAGE
            if isinstance(effect, ToHelper):
                assert isinstance(effect.message, Grant | Revoke)


@given(st.text(max_size=200) | frames(FROM_PAGE).map(write))
def test_any_text_is_a_message_or_refused(text: str) -> None:
    try:
        frame: Any = parse(text, FROM_PAGE)
    except WireError:
        return
    assert parse(write(frame), FROM_PAGE) == frame
