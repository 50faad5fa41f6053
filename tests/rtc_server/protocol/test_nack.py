"""NACK generation: single steps, and two machines with a byte shuttle that loses packets, in virtual time."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtc_server.protocol.deadline import NEVER
from rtc_server.protocol.nack import MAX_PENDING, MAX_RETRIES, Arrival, NackGenerator
from rtc_server.protocol.rtx_cache import RtxCache


def test_in_order_needs_nothing() -> None:
    machine = NackGenerator()
    assert [machine.receive(number & 0xFFFF, 0.0) for number in range(65530, 65546)] == [Arrival.NEXT] * 16
    assert machine.next_deadline() == NEVER
    assert machine.handle_timeout(1.0) == ((), False)


def test_hole_is_asked_for_after_the_reordering_delay() -> None:
    machine = NackGenerator(first_delay=0.01)
    machine.receive(10, 0.0)
    machine.receive(13, 0.0)
    assert machine.next_deadline() == pytest.approx(0.01)
    assert machine.handle_timeout(0.005) == ((), False)
    assert machine.handle_timeout(0.01) == ((11, 12), False)


def test_reordered_packet_is_never_asked_for() -> None:
    machine = NackGenerator(first_delay=0.01)
    machine.receive(10, 0.0)
    machine.receive(12, 0.0)
    assert machine.receive(11, 0.005) is Arrival.LATE
    assert machine.handle_timeout(0.01) == ((), False)


def test_asked_again_each_round_trip() -> None:
    machine = NackGenerator(first_delay=0.01, round_trip=0.05)
    machine.receive(1, 0.0)
    machine.receive(3, 0.0)
    assert machine.handle_timeout(0.01).sequence_numbers == (2,)
    assert machine.next_deadline() == pytest.approx(0.01 + 0.055)
    assert machine.handle_timeout(0.05).sequence_numbers == ()
    assert machine.handle_timeout(0.07).sequence_numbers == (2,)
    assert machine.receive(2, 0.08) is Arrival.REPAIRED


@pytest.mark.parametrize("path_s", [0.03, 0.3])
def test_how_long_an_answer_takes_is_learnt(path_s: float) -> None:
    """An office's line is asked again soon, a satellite's is not asked three times for each packet."""
    machine = NackGenerator(first_delay=0.0)
    asked: list[int] = []
    for number in range(0, 40, 2):
        machine.receive(number, number)
        answer_at, asks = number + path_s, 0
        while machine.next_deadline() < answer_at:
            asks += len(machine.handle_timeout(machine.next_deadline()).sequence_numbers)
        if number:
            asked.append(asks)
            assert machine.receive_repair(number - 1, answer_at) is Arrival.REPAIRED
    assert asked[0] == (1 if path_s < 0.1 else 3)
    assert asked[1:] == [1] * len(asked[1:])
    machine.receive(101, 101.0)
    machine.receive(103, 101.0)
    machine.handle_timeout(101.0)
    assert machine.next_deadline() - 101.0 == pytest.approx(max(1.1 * path_s, 0.02))


def test_probes_that_repeat_what_nobody_missed_teach_nothing() -> None:
    machine = NackGenerator(first_delay=0.01, round_trip=0.1)
    machine.receive(1, 0.0)
    machine.receive(3, 0.0)
    assert machine.receive_repair(2, 0.005) is Arrival.LATE
    assert machine.receive_repair(1, 0.5) is Arrival.DUPLICATE
    machine.receive(5, 1.0)
    machine.handle_timeout(1.01)
    assert machine.next_deadline() == pytest.approx(1.01 + 0.11)


def test_nothing_is_asked_for_whose_answer_would_be_too_late() -> None:
    machine = NackGenerator(first_delay=0.0, round_trip=0.3, max_age=1.0)
    machine.receive(1, 0.0)
    machine.receive(3, 0.0)
    asked = []
    while machine.pending:
        now = machine.next_deadline()
        decision = machine.handle_timeout(now)
        asked += [now] * len(decision.sequence_numbers)
    assert asked == pytest.approx([0.0, 0.33, 0.66])
    assert now == pytest.approx(1.0)
    assert decision.key_frame


def test_given_up_by_retries_asks_for_a_key_frame_once() -> None:
    machine = NackGenerator(max_retries=2, max_age=100.0)
    machine.receive(1, 0.0)
    machine.receive(3, 0.0)
    now, asked, key_frames = 0.0, 0, 0
    for _ in range(10):
        now += 1.0
        decision = machine.handle_timeout(now)
        asked += len(decision.sequence_numbers)
        key_frames += decision.key_frame
    assert (asked, key_frames, machine.pending) == (2, 1, 0)
    assert machine.next_deadline() == NEVER


def test_given_up_by_age() -> None:
    machine = NackGenerator(max_age=0.5)
    machine.receive(1, 0.0)
    machine.receive(3, 0.0)
    assert machine.handle_timeout(0.6) == ((), True)


def test_outage_forgets_the_holes_and_wants_a_key_frame() -> None:
    machine = NackGenerator()
    machine.receive(0, 0.0)
    machine.receive(MAX_PENDING + 2, 1.0)
    assert machine.pending == 0
    assert machine.next_deadline() == 1.0
    assert machine.handle_timeout(1.0) == ((), True)
    assert machine.receive(MAX_PENDING + 3, 1.0) is Arrival.NEXT


@pytest.mark.parametrize("lost", [2, 20])
def test_after_an_outage_a_key_frame_is_asked_for_at_once(lost: int) -> None:
    """Few packets were lost where the sender itself waited for its line, many where it did not."""
    machine = NackGenerator()
    machine.receive(0, 0.0)
    machine.receive(lost + 1, 5.0)
    assert machine.next_deadline() == 5.0
    assert machine.handle_timeout(5.0) == ((), True)


def test_a_still_desktop_that_loses_its_one_packet_a_second_is_repaired() -> None:
    machine = NackGenerator(first_delay=0.0)
    machine.receive(0, 0.0)
    machine.receive(2, 2.0)
    assert machine.handle_timeout(2.0) == ((1,), False)


def test_on_a_long_way_what_is_lost_is_awaited_longer() -> None:
    machine = NackGenerator(first_delay=0.0, round_trip=0.6)
    machine.receive(1, 0.0)
    machine.receive(3, 0.0)
    while machine.pending:
        now = machine.next_deadline()
        decision = machine.handle_timeout(now)
    assert now == pytest.approx(1.8)
    assert decision.key_frame


def test_hole_over_the_wrap() -> None:
    machine = NackGenerator(first_delay=0.0)
    machine.receive(65534, 0.0)
    machine.receive(1, 0.0)
    assert machine.handle_timeout(0.0).sequence_numbers == (65535, 0)


def test_only_missing_packets_are_hoped_for() -> None:
    """Uplink RTX is mostly padding probes that repeat packets we have."""
    machine = NackGenerator()
    machine.receive(10, 0.0)
    machine.receive(12, 0.0)
    assert machine.is_hoped_for(11)
    assert not machine.is_hoped_for(10)
    assert not machine.is_hoped_for(12)
    machine.receive(11, 0.0)
    assert not machine.is_hoped_for(11)
    assert machine.receive(11, 0.0) is Arrival.DUPLICATE


@given(
    st.lists(st.tuples(st.integers(0, 0xFFFF), st.floats(0, 0.3), st.booleans()), min_size=10, max_size=80)
)
def test_any_script(script: list[tuple[int, float, bool]]) -> None:
    """Bounded whatever comes; only holes are asked for; time always moves on."""
    machine = NackGenerator()
    now = 0.0
    for number, wait, tick in script:
        now += wait
        machine.receive(number, now)
        assert machine.pending <= MAX_PENDING
        assert not machine.is_hoped_for(number)
        if tick:
            decision = machine.handle_timeout(now)
            assert len(set(decision.sequence_numbers)) == len(decision.sequence_numbers)
            assert all(machine.is_hoped_for(lost) for lost in decision.sequence_numbers)
            assert machine.next_deadline() > now
        assert (machine.next_deadline() == NEVER) <= (machine.pending == 0)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("loss", [0.03, 0.2])
def test_lossy_shuttle_repairs_everything(seed: int, loss: float) -> None:
    """Sender with cache, receiver with NACKs, 40 ms apart; loss hits media, NACKs and repairs alike."""
    rng = random.Random(seed)
    cache, machine = RtxCache(512, max_age=1.0), NackGenerator(round_trip=0.08)
    arriving: list[tuple[float, int]] = []
    asked: list[tuple[float, int]] = []
    got: set[int] = set()
    nacks: dict[int, int] = {}
    given_up = False
    for tick in range(3000):
        now = tick * 0.005
        if tick < 2000:
            cache.store(tick & 0xFFFF, tick, 0, b"payload", now)
            if rng.random() >= loss:
                arriving.append((now + 0.04 + rng.random() * 0.01, tick))
        for at, number in [entry for entry in asked if entry[0] <= now]:
            asked.remove((at, number))
            packet = cache.get(number & 0xFFFF, now)
            if packet is not None and rng.random() >= loss:
                arriving.append((now + 0.04, packet.sequence_number))
        for entry in sorted(entry for entry in arriving if entry[0] <= now):
            arriving.remove(entry)
            machine.receive(entry[1], now)
            got.add(entry[1])
        if now >= machine.next_deadline():
            decision = machine.handle_timeout(now)
            given_up = given_up or decision.key_frame
            for number in decision.sequence_numbers:
                nacks[number] = nacks.get(number, 0) + 1
                if rng.random() >= loss:
                    asked.append((now + 0.04, number))
    first, last = min(got), max(got)
    assert got == set(range(first, last + 1))
    assert not given_up
    assert max(nacks.values()) <= MAX_RETRIES
    assert machine.pending == 0
