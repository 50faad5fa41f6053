"""Order, numbers and silence: small machines under arbitrary arrivals."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recording.assemble.frames import Frame, OrderedPacket, Sample
from recording.assemble.numbering import Numbering
from recording.assemble.opus import SILENCE
from recording.assemble.parts import cut_parts
from recording.assemble.reorder import PATIENCE, START_PATIENCE, ReorderBuffer
from rtc_server.wire.rtp import RtpView, build_packet


def packet(sequence: int, timestamp: int = 0) -> bytes:
    return build_packet(96, sequence & 0xFFFF, timestamp & 0xFFFFFFFF, 1, b"x")


VIEW = RtpView(packet(0))


def order(arrivals: list[tuple[float, int]]) -> list[OrderedPacket]:
    buffer = ReorderBuffer()
    found = [p for at, sequence in arrivals for p in buffer.push(sequence, sequence, at, VIEW)]
    return found + list(buffer.finish())


@given(st.lists(st.floats(0, PATIENCE * 0.9), min_size=1, max_size=60), st.data())
def test_what_comes_within_patience_comes_in_order(delays: list[float], data: st.DataObject) -> None:
    lost = data.draw(st.frozensets(st.integers(1, len(delays) - 1))) if len(delays) > 1 else frozenset()
    delays[0] = 0
    arrivals = sorted(
        (index * 0.01 + delay, index) for index, delay in enumerate(delays) if index not in lost
    )
    found = order(arrivals)
    kept = [index for index in range(len(delays)) if index not in lost]
    assert [p.sequence for p in found] == kept
    assert [p.after_hole for p in found] == [bool(index and index - 1 in lost) for index in kept]


@given(st.lists(st.tuples(st.floats(0, 60), st.integers(-50, 50)), max_size=80))
def test_any_arrivals_come_out_growing(arrivals: list[tuple[float, int]]) -> None:
    sequences = [p.sequence for p in order(sorted(arrivals))]
    assert sequences == sorted(set(sequences))


def test_hole_is_given_up_after_patience() -> None:
    buffer = ReorderBuffer()
    assert list(buffer.push(0, 0, -START_PATIENCE, VIEW)) == []
    assert [p.sequence for p in buffer.push(1, 0, 0.0, VIEW)] == [0, 1]
    assert list(buffer.push(3, 0, 0.1, VIEW)) == []
    assert list(buffer.push(4, 0, 0.1 + PATIENCE - 0.01, VIEW)) == []
    assert [(p.sequence, p.after_hole) for p in buffer.push(5, 0, 0.2 + PATIENCE, VIEW)] == [
        (3, True),
        (4, False),
        (5, False),
    ]
    assert list(buffer.push(2, 0, 3.0, VIEW)) == []


@given(st.permutations(range(65530, 65542)))
def test_first_packets_come_in_order_however_they_arrive(sent: list[int]) -> None:
    arrivals = [(index * 0.015, sequence) for index, sequence in enumerate(sent)]
    assert [p.sequence for p in order(arrivals)] == sorted(sent)


def test_numbers_grow_across_wraps_and_jump_over_interruptions() -> None:
    numbering = Numbering()
    first = numbering.number(packet(65535, 2**32 - 1), 1.0)
    second = numbering.number(packet(0, 0), 1.1)
    assert first is not None
    assert second is not None
    assert (second[0] - first[0], second[1] - first[1]) == (1, 1)
    numbering.interrupt()
    third = numbering.number(packet(40000, 90000), 1.2)
    assert third is not None
    assert third[0] > second[0] + 65536
    assert third[1] - second[1] == 90000
    fourth = numbering.number(packet(39000, 180000), 100.0)
    assert fourth is not None
    assert fourth[0] > third[0] + 65536
    assert numbering.number(b"short", 101.0) is None


def sample(time: float, data: bytes = b"\xf8x", duration: float = 0.02) -> Sample:
    return Sample(time, duration, Frame(0, 0, data, key=True))


@given(
    st.lists(st.floats(0, 3), max_size=40).map(sorted),
    st.sampled_from([0.0025, 0.02, 0.06]),
)
def test_sound_has_neither_gaps_nor_drift(times: list[float], duration: float) -> None:
    sounds = [sample(time, duration=duration) for time in times]
    filled = [placed.sample for placed in cut_parts(sounds, (), 3600.0)]
    position = times[0] if times else 0.0
    for one in filled:
        assert abs(one.time - position) < 1e-6
        position = one.time + one.duration
    kept = [one for one in filled if one.frame.data != SILENCE]
    for one in kept:
        assert min(abs(one.time - time) for time in times) < 0.02 + 1e-6


def test_last_picture_gets_a_duration() -> None:
    samples = [sample(1.0, duration=0), sample(1.5, duration=0), sample(1.75, duration=0)]
    placed = list(cut_parts((), samples, 3600.0))
    assert [one.sample.duration for one in placed] == [0.5, 0.25, pytest.approx(0.1)]
