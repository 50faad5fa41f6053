import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtc_server.protocol.rtx_cache import LET_GO_EVERY, MAX_RESENDS, ResendGuard, RtxCache


def test_the_payload_is_shared_not_copied() -> None:
    cache, payload = RtxCache(512, max_age=1.0), bytes(1000)
    cache.store(7, 90, 1, payload, 0.0)
    packet = cache.get(7, 0.5)
    assert packet is not None
    assert packet.payload is payload
    assert (packet.sequence_number, packet.timestamp, packet.marker) == (7, 90, 1)


def test_old_and_overwritten_packets_are_gone() -> None:
    cache = RtxCache(4, max_age=1.0)
    cache.store(1, 0, 0, b"1", 0.0)
    assert cache.get(1, 1.1) is None
    cache.store(5, 0, 0, b"5", 0.0)
    assert cache.get(1, 0.0) is None
    assert cache.get(5, 0.0) is not None
    assert cache.get(2, 0.0) is None


def test_clear() -> None:
    cache = RtxCache(4, max_age=1.0)
    cache.store(1, 0, 0, b"1", 0.0)
    cache.clear()
    assert cache.get(1, 0.0) is None


@pytest.mark.parametrize(("asked", "kept"), [(1, 1), (3, 4), (512, 512), (513, 1024)])
def test_capacity_is_a_power_of_two(asked: int, kept: int) -> None:
    cache = RtxCache(asked, max_age=1.0)
    for number in range(2000):
        cache.store(number, 0, 0, b"", 0.0)
    assert sum(cache.get(number, 0.0) is not None for number in range(2000)) == kept


@given(st.integers(0, 0xFFFF), st.integers(1, 600))
def test_newest_packets_are_there_over_the_wrap(start: int, count: int) -> None:
    cache = RtxCache(512, max_age=1.0)
    numbers = [(start + index) & 0xFFFF for index in range(count)]
    for number in numbers:
        cache.store(number, number, 0, b"", 0.0)
    for number in numbers[-512:]:
        packet = cache.get(number, 0.0)
        assert packet is not None
        assert packet.sequence_number == number


@pytest.mark.parametrize("start", [0, 300, 40_000, 65_500])
def test_a_slow_stream_keeps_a_second_of_packets_and_no_more(start: int) -> None:
    cache = RtxCache(512, max_age=1.0)
    numbers = [(start + index) & 0xFFFF for index in range(2000)]
    for index, number in enumerate(numbers):
        cache.store(number, 0, 0, b"", index / 50)
    long_ago = 0.0  # nothing is too old to be given out then: what is missing was let go
    kept = [number for number in numbers if cache.get(number, long_ago) is not None]
    assert 51 <= len(kept) < 51 + LET_GO_EVERY
    assert kept == numbers[-len(kept) :]


def test_late_packets_and_gaps_do_not_stop_the_forgetting() -> None:
    cache = RtxCache(512, max_age=1.0)
    numbers = [index for index in range(3000) if index % 7]
    for index in range(0, len(numbers) - 3, 3):
        numbers[index], numbers[index + 2] = numbers[index + 2], numbers[index]
    for index, number in enumerate(numbers):
        cache.store(number, 0, 0, b"", index / 50)
    kept = {number for number in numbers if cache.get(number, 0.0) is not None}
    assert set(numbers[-48:]) <= kept
    assert len(kept) < 50 + 2 * LET_GO_EVERY


def test_one_answer_a_round_trip() -> None:
    guard = ResendGuard()
    assert guard.allow(1, 0.1, 10.0)
    assert not guard.allow(1, 0.1, 10.05)
    assert guard.allow(1, 0.1, 10.11)
    assert guard.allow(2, 0.1, 10.05)


def test_a_round_trip_of_hours_in_a_report_keeps_nobody_waiting() -> None:
    guard = ResendGuard()
    assert guard.allow(1, 30_000.0, 10.0)
    assert not guard.allow(1, 30_000.0, 10.5)
    assert guard.allow(1, 30_000.0, 11.0)


def test_only_so_many_answers() -> None:
    guard = ResendGuard()
    answers = [guard.allow(1, 0.0, index * 0.02) for index in range(MAX_RESENDS + 5)]
    assert answers == [True] * MAX_RESENDS + [False] * 5


def test_the_same_number_a_turn_later_is_another_packet() -> None:
    guard = ResendGuard(max_resends=1)
    assert guard.allow(1, 0.0, 0.0)
    assert not guard.allow(1, 0.0, 0.5)
    assert guard.allow(1, 0.0, 60.0)


@given(st.lists(st.tuples(st.integers(0, 0xFFFF), st.floats(0, 0.1)), min_size=10, max_size=100))
def test_guard_is_bounded(script: list[tuple[int, float]]) -> None:
    guard = ResendGuard(max_packets=8)
    now = 0.0
    for number, wait in script:
        now += wait
        guard.allow(number, 0.05, now)
        assert len(guard._sent) <= 8
