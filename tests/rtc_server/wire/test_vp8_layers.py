"""Numbers of VP8 pictures: what is written is read, and what is cut names nothing."""

from hypothesis import given
from hypothesis import strategies as st

from rtc_server.wire.codecs.vp8_layers import PictureNumbers, read_numbers, write_numbers


@given(st.binary(max_size=12))
def test_any_bytes_are_numbers_or_none(data: bytes) -> None:
    numbers = read_numbers(data, 0, len(data))
    assert numbers is None or 0 <= numbers.picture_id < 1 << numbers.id_bits


@given(
    st.binary(min_size=3, max_size=20).map(lambda tail: bytes((0x90, tail[0] | 0x80)) + tail),
    st.integers(0, 0x7FFF),
    st.integers(0, 255),
)
def test_what_is_written_is_read_and_nothing_else_changes(payload: bytes, picture_id: int, tl0: int) -> None:
    numbers = read_numbers(payload, 0, len(payload))
    if numbers is None:
        return
    wanted = picture_id & (1 << numbers.id_bits) - 1
    written = write_numbers(payload, numbers, wanted, tl0)
    assert len(written) == len(payload)
    again = read_numbers(written, 0, len(written))
    assert again == numbers._replace(picture_id=wanted, tl0=None if numbers.tl0 is None else tl0)
    assert write_numbers(written, numbers, numbers.picture_id, numbers.tl0 or 0) == payload


def test_chromiums_descriptor_is_understood() -> None:
    payload = b"\x90\xe0\x92\x34\x07\xa0\x01"
    assert read_numbers(payload, 0, len(payload)) == PictureNumbers(0x1234, 15, 7, 2, True)
    assert read_numbers(payload, 0, 5) is None
