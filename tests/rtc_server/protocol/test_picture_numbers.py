"""One row of VP8 pictures out of several: no number is missing that was not lost, none comes twice."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from rtc_server.protocol.picture_numbers import PictureRow
from rtc_server.wire.codecs.vp8_layers import PictureNumbers

PATTERN = ((0, False), (2, True), (1, True), (2, False))
"""TID and Y of Chromium's three temporal layers."""


def picture(number: int, *, bits: int = 15, first: int = 0, first_tl0: int = 0) -> PictureNumbers:
    """Return the numbers of a source's picture, counted from 0."""
    temporal, is_sync = PATTERN[number % 4]
    mask = (1 << bits) - 1
    return PictureNumbers(first + number & mask, bits, first_tl0 + number // 4 & 0xFF, temporal, is_sync)


def sent(row: PictureRow, numbers: PictureNumbers) -> tuple[int, int] | None:
    return row.renumbered(numbers) if row.admit(numbers) else None


def test_a_source_that_is_whole_keeps_its_numbers() -> None:
    row = PictureRow()
    row.begin(picture(0, first=32_766))
    for number in range(8):
        numbers = picture(number, first=32_766)
        assert sent(row, numbers) == (numbers.picture_id, numbers.tl0)
    assert not row.moves


def test_another_source_goes_on_where_the_one_before_ended() -> None:
    row = PictureRow()
    row.begin(picture(0, first=100, first_tl0=9))
    for number in range(6):
        sent(row, picture(number, first=100, first_tl0=9))
    row.begin(picture(0, first=9000, first_tl0=200))
    assert [sent(row, picture(number, first=9000, first_tl0=200)) for number in range(5)] == [
        (106, 11),
        (107, 11),
        (108, 11),
        (109, 11),
        (110, 12),
    ]


def test_layers_above_are_left_out_and_close_up_and_come_back_at_a_picture_that_needs_none() -> None:
    row = PictureRow()
    row.begin(picture(0))
    row.wanted = 0
    assert [sent(row, picture(number)) for number in range(9)] == [
        (0, 0), None, None, None, (1, 1), None, None, None, (2, 2)
    ]  # fmt: skip
    row.wanted = 2
    assert [sent(row, picture(number)) for number in (9, 10, 11)] == [(3, 2), (4, 2), (5, 2)]
    row.wanted = 1
    row.admit(picture(12))
    row.admit(picture(13))
    row.wanted = 2
    assert sent(row, picture(15)) is None, "what needs pictures that were left out stays away"


def test_packets_of_one_picture_share_its_fate_although_the_wish_changes_in_between() -> None:
    row = PictureRow()
    row.begin(picture(0))
    assert [sent(row, picture(number)) for number in (0, 1)] == [(0, 0), (1, 0)]
    row.wanted = 0
    assert sent(row, picture(1)) == (1, 0)
    assert sent(row, picture(3)) is None


def test_a_late_picture_fills_the_hole_that_it_left() -> None:
    row = PictureRow()
    row.begin(picture(0))
    row.wanted = 0
    for number in (0, 1, 2, 5, 8):  # 4 and 6 are late
        row.admit(picture(number))
    assert sent(row, picture(8)) == (8 - 3, 2)
    assert sent(row, picture(4)) == (2, 1)
    row.wanted = 2
    assert sent(row, picture(2)) is None, "what was left out stays left out"


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("wish"), st.integers(0, 3)),
            st.tuples(st.just("switch"), st.integers(0, 0x7FFF)),
            st.tuples(st.just("lose"), st.just(0)),
            st.tuples(st.just("send"), st.integers(1, 12)),
        ),
        max_size=60,
    ),
    st.sampled_from([7, 15]),
)
def test_whatever_happens_only_what_was_lost_is_missing(script: list[tuple[str, int]], bits: int) -> None:
    row, number, first, mask = PictureRow(), 0, 0, (1 << bits) - 1
    row.begin(picture(0, bits=bits))
    out: list[int] = []
    lost = 0
    for act, value in script:
        match act:
            case "wish":
                row.wanted = value
            case "switch":
                number, first = 0, value
                row.begin(picture(0, bits=bits, first=first))
            case "lose":
                number, lost = number + 1, lost + 1
            case _:
                for _ in range(value):
                    numbers = picture(number, bits=bits, first=first)
                    moved = sent(row, numbers)
                    assert moved is None or moved == row.renumbered(numbers), "a repeat is the same"
                    if moved is not None:
                        out.append(moved[0])
                    number += 1
    steps = [(later - earlier) & mask for earlier, later in pairwise(out)]
    assert all(1 <= step <= lost + 1 for step in steps)
    assert sum(step - 1 for step in steps) <= lost
