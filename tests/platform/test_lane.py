"""The line of the tests, in virtual time: rate, bound of the queue, order and loss are as told."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.impairment import BLACKOUT, CLEAN, Impairment, Step
from tests.support.lane import NEVER, Fate, Lane

MTU = 1500
SEEDS = st.integers(0, 2**32)
RATES = st.floats(50_000, 5_000_000)
TRAFFIC = st.lists(st.tuples(st.floats(0, 0.05), st.integers(40, MTU)), max_size=120)
"""Seconds since the one before, and bytes."""
LINES = st.builds(
    Impairment,
    loss=st.sampled_from([0.0, 0.02, 0.3, 1.0]),
    burst_ms=st.sampled_from([0.0, 200.0]),
    delay_ms=st.floats(0, 300),
    jitter_ms=st.floats(0, 100),
    rate_bps=st.none() | RATES,
    queue_ms=st.floats(0, 500),
)


@dataclass(frozen=True)
class Arrived:
    at: float
    number: int
    size: int


def drained(lane: Lane[int], until: float, sizes: list[int]) -> list[Arrived]:
    """Let the lane deliver, at its own deadlines."""
    arrived = []
    while (deadline := lane.next_deadline()) <= until:
        arrived += [Arrived(deadline, number, sizes[number]) for number in lane.pop(deadline)]
    return arrived


def carried(lane: Lane[int], traffic: list[tuple[float, int]]) -> tuple[list[Arrived], list[Fate]]:
    """Send the traffic through; return what arrived when, and everything's fate."""
    now, arrived, fates, sizes = 0.0, [], [], [size for _, size in traffic]
    for number, (pause, size) in enumerate(traffic):
        arrived += drained(lane, now + pause, sizes)
        now += pause
        fates.append(lane.push(number, size, now))
    return arrived + drained(lane, 1e6, sizes), fates


@given(LINES, TRAFFIC, SEEDS)
def test_same_seed_same_fates(line: Impairment, traffic: list[tuple[float, int]], seed: int) -> None:
    lanes = [Lane[int](seed) for _ in range(2)]
    for lane in lanes:
        lane.change(line, 0.0)
    assert carried(lanes[0], traffic) == carried(lanes[1], traffic)


@given(LINES, LINES, TRAFFIC, SEEDS)
def test_nothing_is_kept_and_order_holds(
    first: Impairment, then: Impairment, traffic: list[tuple[float, int]], seed: int
) -> None:
    """Also over a change of the line: each is carried once, in order, or told to be gone."""
    lane = Lane[int](seed)
    lane.plan([Step(0, first), Step(0.5, then)], 0.0)
    arrived, fates = carried(lane, traffic)
    assert [one.number for one in arrived] == [
        number for number, fate in enumerate(fates) if fate is Fate.CARRIED
    ]
    assert lane.next_deadline() == NEVER
    assert lane.queued_bytes == 0
    assert lane.tally.passed == len(arrived)


@given(RATES, st.floats(0, 500), TRAFFIC, SEEDS)
def test_rate_is_kept_and_queue_bounded(
    rate: float, queue_ms: float, traffic: list[tuple[float, int]], seed: int
) -> None:
    line = Impairment(rate_bps=rate, queue_ms=queue_ms)
    lane = Lane[int](seed)
    lane.change(line, 0.0)
    now = 0.0
    for number, (pause, size) in enumerate(traffic):
        now += pause
        lane.push(number, size, now)
        assert lane.queued_bytes <= max(line.held_bytes, MTU)
    arrived, _ = carried(_limited(line, seed), traffic)
    for index, one in enumerate(arrived):
        for later in arrived[index + 1 :]:
            passed = sum(between.size for between in arrived[index + 1 : arrived.index(later) + 1])
            assert passed * 8 <= (later.at - one.at) * rate * (1 + 1e-6) + 1e-3


def _limited(line: Impairment, seed: int) -> Lane[int]:
    lane = Lane[int](seed)
    lane.change(line, 0.0)
    return lane


@given(SEEDS)
def test_steady_traffic_uses_the_whole_rate(seed: int) -> None:
    lane = _limited(Impairment(rate_bps=400_000, queue_ms=100), seed)
    arrived, _ = carried(lane, [(0.01, 1000)] * 1000)  # 800 kbit/s for 10 s
    assert sum(one.size for one in arrived) * 8 / arrived[-1].at == pytest.approx(400_000, rel=0.02)


@given(SEEDS)
def test_a_step_of_the_rate_holds_for_what_waits(seed: int) -> None:
    """A full queue of 1 Mbit/s passes at 200 kbit/s once the line is so narrow."""
    lane = Lane[int](seed)
    wide, narrow = Impairment(rate_bps=1_000_000), Impairment(rate_bps=200_000)
    lane.plan([Step(0, wide), Step(1, narrow), Step(3, wide)], 0.0)
    arrived, _ = carried(lane, [(0.005, 1000)] * 1000)  # 1.6 Mbit/s for 5 s

    def rate(begin: float, end: float) -> float:
        return sum(one.size for one in arrived if begin < one.at <= end) * 8 / (end - begin)

    assert rate(0.1, 1) == pytest.approx(1_000_000, rel=0.02)
    assert rate(1, 3) == pytest.approx(200_000, rel=0.04)
    assert rate(3.1, 5) == pytest.approx(1_000_000, rel=0.02)


@pytest.mark.parametrize("burst_ms", [0.0, 200.0])
@pytest.mark.parametrize("seed", range(3))
def test_loss_is_the_share_it_is_told(burst_ms: float, seed: int) -> None:
    lane = _limited(Impairment(loss=0.2, burst_ms=burst_ms), seed)
    _, fates = carried(lane, [(0.01, 200)] * 30_000)  # five minutes: 300 bursts
    share = fates.count(Fate.LOST) / len(fates)
    assert share == pytest.approx(0.2, rel=0.1 if burst_ms else 0.03)
    runs = "".join("x" if fate is Fate.LOST else "." for fate in fates).split(".")
    longest = max(map(len, runs))
    if burst_ms:
        whole = [len(run) for run in runs if run]
        assert sum(whole) / len(whole) >= 20, "bursts are whole; two may meet"
    else:
        assert longest < 12


@given(SEEDS, st.integers(0, 100), st.integers(0, 300))
def test_nothing_moves_a_loss_elsewhere(seed: int, jitter_ms: int, delay_ms: int) -> None:
    line = Impairment(loss=0.1)
    other = Impairment(loss=0.1, jitter_ms=jitter_ms, delay_ms=delay_ms, reorder=0.1, rate_bps=1e9)
    traffic = [(0.01, 1000)] * 100
    assert carried(_limited(line, seed), traffic)[1] == carried(_limited(other, seed), traffic)[1]


def test_what_is_to_be_reordered_is_overtaken() -> None:
    lane = _limited(Impairment(delay_ms=10, reorder=0.1, reorder_ms=50), 3)
    arrived, _ = carried(lane, [(0.01, 100)] * 2000)
    late = [one for one in arrived if one.at - 0.01 * (one.number + 1) > 0.055]
    assert len(late) == pytest.approx(200, rel=0.25)
    assert [one.number for one in arrived] != sorted(one.number for one in arrived)


def test_a_blackout_loses_what_is_sent_and_nothing_afterwards() -> None:
    lane = Lane[int](1)
    lane.plan([Step(0, CLEAN), Step(1.005, BLACKOUT), Step(6.005, CLEAN)], 0.0)
    _, fates = carried(lane, [(0.01, 100)] * 1000)
    assert [number for number, fate in enumerate(fates) if fate is Fate.LOST] == list(range(100, 600))


@given(LINES.filter(lambda line: not line.is_blackout), TRAFFIC, SEEDS)
def test_a_reliable_flow_is_late_and_whole(
    line: Impairment, traffic: list[tuple[float, int]], seed: int
) -> None:
    lane = _limited(line, seed)
    now, arrived, sizes = 0.0, [], [size for _, size in traffic]
    for number, (pause, size) in enumerate(traffic):
        now += pause
        arrived += drained(lane, now, sizes)
        while not lane.has_room(size):
            now = max(now, lane.next_deadline())
            arrived += drained(lane, now, sizes)
        assert lane.push(number, size, now, reliable=True, order="a") is Fate.CARRIED
    arrived += drained(lane, 1e6, sizes)
    assert [one.number for one in arrived] == list(range(len(traffic)))


@pytest.mark.parametrize("wrong", [{"loss": 1.1}, {"delay_ms": -1.0}, {"rate_bps": 0.0}, {"reorder": -0.1}])
def test_an_impossible_line_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError):
        Impairment(**wrong)  # type: ignore[arg-type]
