"""HTTP ranges by example (RFC 9110 §14.1.2) and by invariant."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recording.errors import RangeError
from recording.replay import TO_THE_END_BYTES, parse_range


@pytest.mark.parametrize(
    ("header", "start", "length", "partial"),
    [
        (None, 0, 1000, False),
        ("bytes=0-", 0, 1000, True),
        ("bytes=0-499", 0, 500, True),
        ("bytes=500-999", 500, 500, True),
        ("bytes=999-5000", 999, 1, True),
        ("bytes=-500", 500, 500, True),
        ("bytes=-5000", 0, 1000, True),
        ("bytes=0-0,-1", 0, 1000, False),
        ("bytes=9-5", 0, 1000, False),
        ("bytes=-", 0, 1000, False),
        ("lines=1-2", 0, 1000, False),
    ],
)
def test_examples(header: str | None, start: int, length: int, partial: bool) -> None:
    found = parse_range(header, 1000)
    assert (found.start, found.length, found.partial) == (start, length, partial)


@pytest.mark.parametrize("header", ["bytes=1000-", "bytes=1000-1001", "bytes=-0"])
def test_outside_is_refused_with_the_size(header: str) -> None:
    with pytest.raises(RangeError) as refused:
        parse_range(header, 1000)
    assert refused.value.size == 1000


def test_a_part_up_to_the_end_is_answered_in_pieces_that_browsers_take_in_at_once() -> None:
    size, piece = 3 * TO_THE_END_BYTES, TO_THE_END_BYTES
    for header in ("bytes=5-", f"bytes=5-{size - 1}", f"bytes=5-{size}"):  # Chromium's cache says the end
        found = parse_range(header, size)
        assert (found.length, found.content_range) == (piece, f"bytes 5-{piece + 4}/{size}")
    assert parse_range(f"bytes={size - 5}-", size).length == 5
    assert parse_range(f"bytes=0-{size - 2}", size).length == size - 1
    assert parse_range(None, size).length == size


@given(st.text(alphabet="bytes=-0123456789, ", max_size=40), st.integers(0, 10_000))
def test_any_header_gives_a_part_of_the_object_or_is_refused(header: str, size: int) -> None:
    try:
        found = parse_range(header, size)
    except RangeError:
        return
    assert found.start >= 0
    assert found.start + found.length <= size
