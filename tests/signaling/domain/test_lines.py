"""Samples of lines: from counters to figures, what a page may say, and how they are kept."""

import itertools
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.domain.lines.block import BLOCK_S, Block, Lane, joined, pack, unpack
from signaling.domain.lines.meter import LineCounters, LineMeter, StreamCounters
from signaling.domain.lines.sample import SAMPLE_S, Reported, Sample, thinned
from signaling.domain.lines.worst import worst_line
from signaling.domain.session import Direction, Quality

UP, DOWN = Lane("clerk", Direction.SEND), Lane("clerk", Direction.RECV)
GOOD = Sample(0.0, 500, 0, 0, 40, 5)
NOTHING_SAID = Reported(None, 0, 0, None, None)


def sound(packets: int, *, lost: int = 0, loss: float = 0.0) -> StreamCounters:
    return StreamCounters(is_sound=True, packets=packets, lost=lost, loss=loss, jitter_ms=7.4)


def picture(packets: int, *, lost: int = 0, loss: float = 0.0) -> StreamCounters:
    return StreamCounters(is_sound=False, packets=packets, lost=lost, loss=loss, jitter_ms=30.0)


def line(
    received: int, sent: int = 0, rtt_ms: float | None = None, **streams: StreamCounters
) -> LineCounters:
    return LineCounters(received, sent, rtt_ms, streams)


def test_what_came_up_is_counted_from_look_to_look() -> None:
    """Losses since the beginning say nothing of now: the score would never rise again."""
    meter = LineMeter(Direction.SEND)
    assert meter.look(line(1000, a=sound(10, lost=90)), 10.0) is None
    sample = meter.look(line(126_000, a=sound(110, lost=90), v=picture(300, lost=100)), 12.0, rtt_ms=80.4)
    assert sample == Sample(12.0, 500, 200, 0, 80, 7)
    later = meter.look(line(251_000, a=sound(160, lost=140), v=picture(300, lost=100)), 14.0)
    assert later is not None
    assert (later.lost_permille, later.sound_lost_permille) == (500, 500)


def test_what_went_down_is_lost_as_the_peer_last_reported() -> None:
    meter = LineMeter(Direction.RECV)
    meter.look(line(100, 0), 10.0)
    sample = meter.look(line(200, 250_000, 60.0, a=sound(100, loss=0.1), v=picture(300)), 12.0, layer=-1)
    assert sample == Sample(12.0, 1000, 25, 100, 60, 7, -1)


def test_a_peer_that_is_not_heard_has_no_sample() -> None:
    """What we send into a dead line would look like a good one."""
    meter = LineMeter(Direction.RECV)
    meter.look(line(100, 0), 10.0)
    assert meter.look(line(100, 99_000, a=sound(100)), 12.0) is None
    assert meter.look(line(200, 198_000, a=sound(200)), 14.0) is not None


def test_a_silent_microphone_is_not_judged_by_its_five_packets() -> None:
    meter = LineMeter(Direction.SEND)
    meter.look(line(100), 10.0)
    sample = meter.look(line(900, a=sound(4, lost=1)), 12.0)
    assert sample is not None
    assert (sample.sound_lost_permille, sample.opinion) == (None, None)


def test_streams_that_end_and_begin_again_count_nothing_backwards() -> None:
    meter = LineMeter(Direction.SEND)
    meter.look(line(5000, a=sound(1000, lost=50)), 10.0)
    sample = meter.look(line(9000, a=sound(100)), 12.0)
    assert sample is not None
    assert (sample.lost_permille, sample.jitter_ms) == (None, None)


counts = st.integers(-(2**40), 2**40)
streams = st.builds(
    StreamCounters,
    is_sound=st.booleans(),
    packets=counts,
    lost=counts,
    loss=st.floats(-5, 5),
    jitter_ms=st.floats(0, 1e9),
)
lines = st.builds(
    LineCounters,
    counts,
    counts,
    st.none() | st.floats(0, 1e6),
    st.dictionaries(st.sampled_from("abc"), streams, max_size=3),
)


@given(st.sampled_from(Direction), st.lists(lines, min_size=2, max_size=5))
def test_no_counters_make_figures_that_cannot_be(direction: Direction, looks: list[LineCounters]) -> None:
    meter = LineMeter(direction)
    for number, look in enumerate(looks):
        sample = meter.look(look, number * SAMPLE_S)
        if sample is not None:
            assert sample.kbps >= 0
            assert all(
                0 <= lost <= 1000 for lost in (sample.lost_permille, sample.sound_lost_permille) if lost
            )
            assert sample.opinion is None or 1.0 <= sample.opinion <= 4.5


maybe = st.none() | st.integers(-(2**40), 2**40)


@given(st.builds(Reported, maybe, st.integers(), st.integers(), maybe, maybe))
def test_whatever_a_page_says_is_held_within_two_seconds(told: Reported) -> None:
    held = told.bounded()
    assert held.bounded() == held
    assert 0 <= held.freeze_ms <= 2000
    assert 0 <= held.freezes <= 20
    assert held.made_up_permille is None or 0 <= held.made_up_permille <= 1000
    sample = replace(GOOD, reported=held)
    assert sample.opinion is not None
    assert 1.0 <= sample.opinion <= 4.5


def test_sound_that_was_made_up_counts_in_place_of_lost_packets() -> None:
    mended = replace(GOOD, sound_lost_permille=100, reported=replace(NOTHING_SAID, made_up_permille=0))
    heard = replace(GOOD, reported=replace(NOTHING_SAID, made_up_permille=100))
    assert mended.level is Quality.GOOD
    assert heard.level is Quality.BAD
    assert replace(GOOD, sound_lost_permille=100).level is Quality.WEAK


def test_without_sound_the_loss_is_the_word() -> None:
    silent = replace(GOOD, sound_lost_permille=None)
    words = [replace(silent, lost_permille=lost).level for lost in (None, 29, 30, 99, 100)]
    assert words == [Quality.GOOD, Quality.GOOD, Quality.WEAK, Quality.WEAK, Quality.BAD]


def test_what_a_page_says_belongs_to_its_two_seconds_once() -> None:
    block = Block("call", 100.0)
    for at in (102.0, 104.0, 106.0):
        block.add(DOWN, replace(GOOD, at=at))
    block.is_saved = True
    assert block.report(DOWN, 103.6, replace(NOTHING_SAID, freeze_ms=9000))
    assert not block.report(DOWN, 103.9, replace(NOTHING_SAID, freeze_ms=1))
    assert not block.report(DOWN, 90.0, NOTHING_SAID)
    assert not block.report(UP, 104.0, NOTHING_SAID)
    told = [sample.reported for sample in block.lanes[DOWN]]
    assert told == [None, replace(NOTHING_SAID, freeze_ms=2000), None]
    assert not block.is_saved


small = st.integers(0, 10_000)
samples = st.builds(
    Sample,
    at=st.just(0.0),
    kbps=small,
    lost_permille=st.none() | st.integers(0, 1000),
    sound_lost_permille=st.none() | st.integers(0, 1000),
    rtt_ms=st.none() | small,
    jitter_ms=st.none() | small,
    layer=st.none() | st.integers(-1, 3),
    reported=st.none()
    | st.builds(Reported, st.none() | st.integers(0, 1000), small, small, st.none() | small, small),
)


@given(st.dictionaries(st.sampled_from([UP, DOWN]), st.lists(samples, min_size=1, max_size=30)))
def test_a_block_comes_back_as_it_was(lanes: dict[Lane, list[Sample]]) -> None:
    block = Block("call", 1_700_000_000.25)
    for lane, row in lanes.items():
        for number, sample in enumerate(row):
            block.add(lane, replace(sample, at=block.began_at + number * 2))
    assert unpack("call", block.began_at, pack(block)).lanes == block.lanes


def test_a_block_holds_only_so_much() -> None:
    block = Block("call", 0.0)
    for person in range(100):
        for number in range(100):
            block.add(Lane(f"p{person}", Direction.SEND), replace(GOOD, at=float(number)))
    assert len(block.lanes) == 32
    assert {len(row) for row in block.lanes.values()} == {64}


def test_eight_hours_of_six_people_are_a_few_megabytes() -> None:
    """Figures that wander as those of a bad line do, so that little of them can be squeezed out."""
    chance = Random(8)
    size = 0
    for minute in range(8 * 60):
        block = Block("call", minute * BLOCK_S)
        for person in range(6):
            for direction in Direction:
                for number in range(30):
                    block.add(
                        Lane(f"consultant-{person}", direction),
                        _wandering(chance, minute * BLOCK_S + number * 2, direction),
                    )
        size += len(pack(block))
    assert size < 4_000_000, size


def _wandering(chance: Random, at: float, direction: Direction) -> Sample:
    told = Reported(
        chance.choice((0, 0, 0, chance.randrange(200))),
        0,
        0,
        chance.randrange(24, 31),
        chance.randrange(60, 90),
    )
    return Sample(
        at,
        chance.randrange(400, 520),
        chance.choice((0, 0, chance.randrange(40))),
        chance.choice((0, 0, 0, chance.randrange(60))),
        chance.randrange(40, 70),
        chance.randrange(3, 12),
        None,
        told if direction is Direction.RECV else None,
    )


def test_many_samples_are_thinned_to_the_worst_of_each_stretch_and_gaps_stay() -> None:
    row = [replace(GOOD, at=2.0 * number) for number in range(1, 2001) if not 500 <= number < 1000]
    row[100] = replace(row[100], lost_permille=300)
    shown, step = thinned(row, 600)
    assert len(shown) <= 600
    assert max(one.lost_permille or 0 for one in shown) == 300
    assert max(later.at - one.at for one, later in itertools.pairwise(shown)) > 900
    assert step == pytest.approx(4000 / 600, rel=0.01)
    assert thinned(row[:400], 600) == (row[:400], SAMPLE_S)


def test_blocks_are_joined_in_order_of_time() -> None:
    early, late = Block("call", 0.0), Block("call", 60.0)
    early.add(UP, GOOD)
    late.add(UP, replace(GOOD, at=61.0))
    late.add(DOWN, replace(GOOD, at=61.0))
    assert {lane: len(row) for lane, row in joined([late, early]).items()} == {UP: 2, DOWN: 1}
    assert joined([late, early])[UP][0].at == 0.0


def test_the_wall_is_told_of_the_worst_direction_that_is_heard() -> None:
    poor = replace(GOOD, sound_lost_permille=150)
    lanes = [
        (UP, "王秀英", [GOOD] * 5),
        (DOWN, "王秀英", [poor] * 5),
        (Lane("x", Direction.SEND), "李明", []),
    ]
    worst = worst_line(lanes, 1.0)
    assert worst is not None
    assert (worst.name, worst.direction, worst.level) == ("王秀英", Direction.RECV, Quality.BAD)
    assert worst.opinion is not None
    assert worst.opinion < 3.1
    assert worst_line(lanes, 100.0) is None
