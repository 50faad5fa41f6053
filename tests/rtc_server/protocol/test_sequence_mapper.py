"""Gapless numbers: single steps, and any script against a plain model."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from rtc_server.protocol.sequence_mapper import MAX_RUNS, SequenceMapper


def test_starts_where_told_and_follows() -> None:
    mapper = SequenceMapper(first=1000)
    assert [mapper.map(number) for number in (65534, 65535, 0, 1)] == [1000, 1001, 1002, 1003]


def test_losses_of_the_source_stay_holes() -> None:
    mapper = SequenceMapper(first=1)
    assert [mapper.map(10), mapper.map(13), mapper.map(11)] == [1, 4, 2]


def test_dropped_packets_close_up() -> None:
    mapper = SequenceMapper(first=1)
    mapper.map(10)
    mapper.drop(11)
    mapper.drop(12)
    assert mapper.map(13) == 2
    assert mapper.map(11) is None


def test_straggler_in_front_of_a_drop_keeps_its_place() -> None:
    mapper = SequenceMapper(first=1)
    mapper.map(10)
    mapper.map(12)
    mapper.drop(13)
    assert mapper.map(14) == 4
    assert mapper.map(11) == 2


def test_late_drop_stays_a_hole() -> None:
    mapper = SequenceMapper(first=1)
    mapper.map(10)
    mapper.map(12)
    mapper.drop(11)
    assert mapper.map(13) == 4


def test_sync_follows_on_and_refuses_the_past() -> None:
    mapper = SequenceMapper(first=1)
    mapper.map(10)
    mapper.sync(50000)
    assert mapper.map(50000) == 2
    assert mapper.map(49999) is None
    assert mapper.original(2) == 50000
    assert mapper.original(1) is None


def test_original_of_nothing() -> None:
    mapper = SequenceMapper(first=1)
    assert mapper.original(1) is None
    mapper.map(10)
    assert mapper.original(1) == 10
    assert mapper.original(2) is None
    assert mapper.original(0) is None


def test_drop_before_anything_was_mapped() -> None:
    mapper = SequenceMapper(first=7)
    mapper.drop(100)
    assert mapper.map(101) == 7


def test_many_runs_are_bounded_and_refuse_what_they_forgot() -> None:
    mapper = SequenceMapper(first=0)
    for number in range(0, 4 * MAX_RUNS, 2):
        mapper.map(number)
        mapper.drop(number + 1)
    assert mapper.map(0) is None
    assert mapper.map(4 * MAX_RUNS) == 2 * MAX_RUNS


@given(
    st.integers(0, 0xFFFF),
    st.integers(0, 0xFFFF),
    st.lists(st.sampled_from(["map", "drop", "lose", "late", "sync"]), min_size=20, max_size=200),
)
def test_any_script(first_in: int, first_out: int, script: list[str]) -> None:
    """Numbers given out are unique and in source order; `original` is the inverse."""
    mapper = SequenceMapper(first=first_out)
    number = first_in
    given_out: dict[int, int] = {}
    lost: list[int] = []
    for act in script:
        if act == "lose":
            lost.append(number)
            number += 1
            continue
        if act == "sync":
            number += 5000
            mapper.sync(number & 0xFFFF)
            lost.clear()
            given_out.clear()
            continue
        if act == "late" and lost:
            straggler = lost.pop()
            out = mapper.map(straggler & 0xFFFF)
            if out is not None:
                assert out not in given_out.values()
                given_out[straggler] = out
            continue
        if act == "drop":
            mapper.drop(number & 0xFFFF)
        else:
            out = mapper.map(number & 0xFFFF)
            assert out is not None
            assert out not in given_out.values()
            given_out[number] = out
        number += 1
    ordered = [given_out[key] for key in sorted(given_out)]
    assert all((b - a) & 0xFFFF < 0x8000 for a, b in pairwise(ordered))
    for source, out in given_out.items():
        assert mapper.original(out) == source & 0xFFFF


@given(st.lists(st.booleans(), min_size=1, max_size=300), st.integers(0, 0xFFFF))
def test_without_losses_there_is_no_gap(kept: list[bool], first: int) -> None:
    mapper = SequenceMapper(first=first)
    outs = []
    for number, keep in enumerate(kept, 65000):
        if keep:
            outs.append(mapper.map(number & 0xFFFF))
        else:
            mapper.drop(number & 0xFFFF)
    assert outs == [(first + index) & 0xFFFF for index in range(len(outs))]
