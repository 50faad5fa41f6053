"""What may leave to one peer now, in virtual time."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtc_server.protocol.deadline import NEVER
from rtc_server.protocol.pacer import (
    BURST_S,
    FACTOR,
    LASTING_S,
    MAX_AGE_S,
    MAX_REPAIR_BYTES,
    MIN_BPS,
    MIN_FLIGHT_BYTES,
    THIN_FACTOR,
    Lane,
    Pacer,
)

SIZE = 1200
FRAME = 12 * SIZE


@dataclass
class Line:
    """A pacer whose deadlines are kept; `left` has (when, what)."""

    estimate_bps: float | None = None
    max_bytes: int = 1 << 20
    now: float = 10.0
    left: list[tuple[float, str]] = field(default_factory=list)
    given_up: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.pacer: Pacer[str] = Pacer(max_bytes=self.max_bytes)
        if self.estimate_bps is not None:
            self.pacer.pace(self.estimate_bps)

    def put(self, *names: str, lane: Lane = Lane.PICTURE) -> None:
        for name in names:
            self.pacer.put(lane, name, SIZE, self.now)

    def take(self, room: float = float("inf")) -> list[str]:
        items, given_up = self.pacer.take(self.now, room)
        self.left += [(self.now, name) for name in items]
        self.given_up += given_up
        return items

    def run(self, seconds: float) -> None:
        end = self.now + seconds
        while self.pacer.next_deadline() <= end:
            assert self.pacer.next_deadline() > self.now
            self.now = self.pacer.next_deadline()
            self.take()
        self.now = end


def names(count: int, letter: str = "p") -> list[str]:
    return [f"{letter}{number}" for number in range(count)]


def test_nothing_waits_while_nothing_is_known_of_the_line() -> None:
    line = Line()
    assert line.pacer.passes(1_000_000, line.now, float("inf"))
    line.put(*names(500))
    assert line.take() == names(500)
    assert line.pacer.next_deadline() == NEVER


def test_a_line_that_was_never_full_holds_nothing_up_whatever_is_estimated() -> None:
    line = Line()
    line.pacer.pace(30_000, is_limit=False)
    assert line.pacer.passes(1_000_000, line.now, float("inf"))
    line.pacer.pace(30_000)
    assert not line.pacer.passes(1_000_000, line.now, float("inf"))


def test_a_picture_that_the_line_swallows_leaves_whole() -> None:
    """30 pictures a second of 3.5 Mbit/s on a line of 6: never a deadline."""
    line = Line(6_000_000)
    for _ in range(300):
        assert line.pacer.passes(FRAME, line.now, float("inf"))
        line.now += 1 / 30
    assert line.pacer.next_deadline() == NEVER


def test_a_first_picture_leaves_at_a_multiple_of_the_estimate() -> None:
    line = Line(2_000_000)
    assert not line.pacer.passes(100 * SIZE, line.now, float("inf"))
    line.put(*names(100))
    line.take()
    began = line.now
    line.run(1)
    assert [name for _, name in line.left] == names(100)
    took = line.left[-1][0] - began
    assert took == pytest.approx(100 * SIZE * 8 / (FACTOR * 2_000_000) - BURST_S, abs=2 * BURST_S)


def test_a_poor_estimate_does_not_keep_a_small_picture_for_long() -> None:
    line = Line(30_000)
    line.put(*names(3))
    line.take()
    line.run(3 * SIZE * 8 / MIN_BPS)
    assert len(line.left) == 3


def test_a_thin_line_gets_bursts_that_hardly_wait_in_its_own_queue() -> None:
    line = Line(300_000)
    line.put(*names(10))
    line.take()
    line.run(0.25)
    assert len(line.left) * SIZE * 8 == pytest.approx(THIN_FACTOR * 300_000 * 0.25, rel=0.15)


def test_what_lasts_leaves_at_the_estimate_lest_the_lines_own_queue_stays_full() -> None:
    line = Line(400_000)
    line.put(*names(500))
    line.take()
    line.run(LASTING_S + BURST_S)
    burst = len(line.left)
    assert burst * SIZE * 8 == pytest.approx(THIN_FACTOR * 400_000 * LASTING_S, rel=0.1)
    line.run(1)
    assert (len(line.left) - burst) * SIZE * 8 == pytest.approx(400_000, rel=0.05)


def test_a_strained_line_gets_no_bursts() -> None:
    line = Line()
    line.pacer.pace(400_000, is_strained=True)
    line.put(*names(100))
    line.take()
    line.run(0.2)
    assert len(line.left) * SIZE * 8 == pytest.approx(400_000 * 0.2, rel=0.2)


def test_what_is_missed_leaves_before_what_is_new() -> None:
    line = Line(500_000)
    line.put(*names(10))
    first = line.take()
    line.put("again", lane=Lane.REPAIR)
    line.run(1)
    assert [name for _, name in line.left] == [*first, "again", *names(10)[len(first) :]]


def test_repeats_count_as_what_leaves() -> None:
    line = Line(400_000)
    line.put(*names(50, "r"), lane=Lane.REPAIR)
    line.put(*names(50))
    line.take()
    line.run(0.25)
    assert len(line.left) == pytest.approx(0.25 * THIN_FACTOR * 400_000 / 8 / SIZE, abs=2)


def test_only_so_many_repeats_wait() -> None:
    line = Line(100_000)
    taken = [line.pacer.put(Lane.REPAIR, "r", SIZE, line.now) for _ in range(1000)]
    assert sum(taken) == MAX_REPAIR_BYTES // SIZE
    line.take()
    assert line.pacer.put(Lane.REPAIR, "r", SIZE, line.now)


@pytest.mark.parametrize("lane", [Lane.SOUND, Lane.PADDING])
def test_sound_and_padding_never_wait(lane: Lane) -> None:
    with pytest.raises(ValueError, match="does not wait"):
        Line().pacer.put(lane, "s", SIZE, 0.0)


def test_pictures_that_waited_too_long_are_given_up_whole_and_the_next_one_leaves() -> None:
    """A desktop of 4 Mbit/s on a line that carries a tenth of it."""
    line = Line(100_000)
    offered = 0
    while not line.given_up:
        line.put(*(f"p{offered + number}" for number in range(14)))
        offered += 14
        line.take()
        line.run(1 / 30)
        assert line.pacer.age(line.now) <= MAX_AGE_S + 0.1
    assert line.now == pytest.approx(10 + MAX_AGE_S * 4 / 3, abs=1)
    assert [name for _, name in line.left] + line.given_up == [f"p{number}" for number in range(offered)]
    line.run(0.1)
    line.put("key")
    assert line.take() == ["key"]


def test_what_waits_is_bounded_in_bytes() -> None:
    line = Line(20_000_000, max_bytes=100 * SIZE)
    for _ in range(30):
        line.put(*names(12))
        line.take(room=0)
        assert line.pacer.waiting_bytes <= 112 * SIZE
    assert line.given_up


def test_a_stream_takes_only_what_it_has_room_for_and_is_asked_again() -> None:
    line = Line(5_000_000)
    line.put(*names(5))
    assert not line.pacer.passes(2 * SIZE, line.now, SIZE)
    assert line.take(room=2.5 * SIZE) == names(2)
    assert line.pacer.next_deadline() == line.now + BURST_S
    assert line.take(room=-1.0) == []
    assert line.take() == names(5)[2:]


def test_what_may_be_on_its_way_follows_the_estimate() -> None:
    line = Line()
    assert line.pacer.flight_bytes == MIN_FLIGHT_BYTES
    line.pacer.pace(8_000_000)
    assert line.pacer.flight_bytes == 250_000
    line.pacer.pace(100_000)
    assert line.pacer.flight_bytes == MIN_FLIGHT_BYTES


def test_a_probe_sets_its_own_rate() -> None:
    line = Line(1_000_000)
    line.pacer.pace(1_000_000, probe_bps=6_000_000)
    assert line.pacer.passes(7000, line.now, float("inf"))
    line.pacer.pace(1_000_000)
    assert not line.pacer.passes(7000, line.now + BURST_S, float("inf"))


def test_what_is_discarded_never_leaves() -> None:
    line = Line(100_000)
    line.put(*names(4, "a"), *names(4, "b"))
    line.put("ar", "br", lane=Lane.REPAIR)
    line.pacer.discard(lambda name: name.startswith("a"))
    assert line.pacer.waiting_bytes == 5 * SIZE
    assert line.pacer.take_all() == ["br", *names(4, "b")]
    assert line.pacer.waiting_bytes == 0


STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from([Lane.REPAIR, Lane.PICTURE]), st.integers(1, 1500)),
        st.tuples(st.just("wait"), st.floats(0, 3)),
        st.tuples(st.just("pace"), st.sampled_from([0, 30_000, 300_000, 2_000_000, 20_000_000])),
        st.tuples(st.just("take"), st.sampled_from([float("inf"), 0.0, 3000.0, -5.0])),
    ),
    max_size=120,
)


@given(STEPS)
def test_whatever_happens_nothing_is_lost_unsaid_reordered_old_or_too_fast(steps: list[tuple]) -> None:  # type: ignore[type-arg]
    pacer: Pacer[tuple[Lane, int, int]] = Pacer(max_bytes=20_000)
    now, rate, owed = 0.0, None, 0.0
    waiting: list[tuple[Lane, int, int]] = []
    for number, (act, value) in enumerate([*steps, ("take", float("inf"))]):
        if act == "wait":
            now += value
            owed = max(0.0, owed - (rate or 0) * value / 8)
        elif act == "pace":
            pacer.pace(value)
            rate = max(FACTOR * value, MIN_BPS)
            owed = 0.0
        elif act == "take":
            items, given_up = pacer.take(now, value)
            assert sum(size for _, _, size in items) <= max(value, 0)
            for item in (*items, *given_up):
                waiting.remove(item)
            for lane in (Lane.REPAIR, Lane.PICTURE):
                numbers = [entry[1] for entry in items if entry[0] is lane]
                assert numbers == sorted(numbers)
            if given_up:
                assert not items
                assert not waiting
            if rate is not None:
                owed += sum(size for _, _, size in items)
                assert owed <= rate * BURST_S / 8 + 1500 + 1e-6
            assert pacer.age(now) <= MAX_AGE_S
            assert (pacer.next_deadline() == NEVER) == (not waiting)
        elif pacer.put(act, (act, number, value), value, now):
            waiting.append((act, number, value))
        assert pacer.waiting_bytes == sum(size for _, _, size in waiting)
