from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtc_server.protocol.deadline import NEVER
from rtc_server.protocol.keyframe import KeyFrameThrottle


def throttle() -> KeyFrameThrottle:
    return KeyFrameThrottle(min_interval=0.5, retry_after=1.0, longest=4.0)


def test_first_request_leaves_at_once() -> None:
    assert throttle().request(10.0)


def test_requests_within_the_interval_are_one() -> None:
    machine = throttle()
    assert machine.request(10.0)
    assert not machine.request(10.3)
    assert not machine.request(10.99)


def test_unanswered_request_is_repeated_ever_later_but_on_and_on() -> None:
    machine = throttle()
    machine.request(10.0)
    assert not machine.handle_timeout(10.9)
    sent = [10.0]
    while len(sent) < 3000:  # of a sender that never answers, for hours
        sent.append(machine.next_deadline())
        assert machine.handle_timeout(sent[-1])
    assert [later - earlier for earlier, later in pairwise(sent)] == [1.0, 2.0, *[4.0] * 2997]


@pytest.mark.parametrize("wait_s", [0.1, 0.6, 1.9])
def test_one_that_arrives_slowly_is_not_asked_for_again_too_soon(wait_s: float) -> None:
    """A desktop's key frame of 100 kB takes 2 s on 400 kbit/s; receivers that wait ask again meanwhile."""
    machine = throttle()
    machine.request(10.0)
    machine.key_frame_began(10.2)
    assert not machine.request(10.2 + wait_s)
    machine.key_frame_ended(12.0)
    assert machine.next_deadline() == pytest.approx(13.8)
    assert machine.handle_timeout(13.8)


def test_one_whose_end_never_comes_is_asked_for_again_after_the_longest_wait() -> None:
    machine = throttle()
    machine.request(10.0)
    machine.key_frame_began(10.2)
    machine.request(10.9)
    assert machine.next_deadline() == pytest.approx(14.2)
    machine.key_frame_ended(20.0)
    assert machine.handle_timeout(20.0)


def test_key_frame_ends_it() -> None:
    machine = throttle()
    machine.request(10.0)
    machine.key_frame_began(10.1)
    assert not machine.wanted
    assert machine.next_deadline() == NEVER
    assert not machine.handle_timeout(20.0)


def test_request_right_after_a_key_frame_waits_for_the_interval_only() -> None:
    """A late joiner need not wait for the retry time: the key frame of before is not outstanding any more."""
    machine = throttle()
    machine.request(10.0)
    machine.key_frame_began(10.1)
    machine.key_frame_ended(10.1)
    assert not machine.request(10.2)
    assert machine.next_deadline() == pytest.approx(10.5)
    assert machine.handle_timeout(10.5)


def test_nothing_wanted_nothing_due() -> None:
    assert throttle().next_deadline() == NEVER


@given(
    st.lists(
        st.tuples(st.sampled_from(["request", "frame", "timeout"]), st.floats(0, 2)), min_size=10, max_size=60
    )
)
def test_any_script_keeps_the_interval_and_never_forgets(script: list[tuple[str, float]]) -> None:
    machine = throttle()
    now, sent = 0.0, []
    for act, wait in script:
        now += wait
        if act == "request":
            if machine.request(now):
                sent.append(now)
            assert machine.next_deadline() <= now + 4.0
        elif act == "frame":
            machine.key_frame_began(now)
            assert machine.next_deadline() == NEVER
        elif machine.handle_timeout(now):
            sent.append(now)
        if machine.wanted:
            assert machine.next_deadline() > now - 1e-9 or act != "timeout"
    assert all(later - earlier >= 0.5 - 1e-9 for earlier, later in pairwise(sent))
