import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtc_server.wire.sequence import Unwrapper, distance16, distance32

uint16 = st.integers(0, 0xFFFF)
uint32 = st.integers(0, 0xFFFF_FFFF)


@pytest.mark.parametrize(("a", "b", "way"), [(0, 65535, 1), (65535, 0, -1), (5, 5, 0), (10, 3, 7)])
def test_distance_over_the_wrap(a: int, b: int, way: int) -> None:
    assert distance16(a, b) == way


@given(uint16, st.integers(-0x8000, 0x7FFF))
def test_distance16_inverts_addition(start: int, step: int) -> None:
    assert distance16((start + step) & 0xFFFF, start) == step


@given(uint32, st.integers(-0x8000_0000, 0x7FFF_FFFF))
def test_distance32_inverts_addition(start: int, step: int) -> None:
    assert distance32((start + step) & 0xFFFF_FFFF, start) == step


@given(uint16, uint16)
def test_of_two_numbers_one_is_newer(a: int, b: int) -> None:
    """Half a turn is neither (RFC 1982 §3.2)."""
    newer = 0 < ((a - b) & 0xFFFF) < 0x8000
    assert newer == (distance16(a, b) > 0)
    assert not (distance16(a, b) > 0 and distance16(b, a) > 0)


@given(uint32, uint32)
def test_of_two_timestamps_one_is_newer(a: int, b: int) -> None:
    newer = 0 < ((a - b) & 0xFFFF_FFFF) < 0x8000_0000
    assert newer == (distance32(a, b) > 0)


@pytest.mark.parametrize("bits", [16, 32])
@given(data=st.data())
def test_unwrapper_follows_any_walk(bits: int, data: st.DataObject) -> None:
    """A counter that wanders by less than half a turn from its highest is followed exactly."""
    half = 1 << (bits - 1)
    number = data.draw(st.integers(0, (1 << bits) - 1))
    unwrapper = Unwrapper(bits)
    highest = number
    assert unwrapper.last is None
    assert unwrapper.unwrap(number) == number
    for step in data.draw(st.lists(st.integers(-(half - 1), half - 1), max_size=30)):
        number = highest + step
        wrapped = number & ((1 << bits) - 1)
        assert unwrapper.peek(wrapped) == number
        assert unwrapper.unwrap(wrapped) == number
        highest = max(highest, number)
        assert unwrapper.last == highest
