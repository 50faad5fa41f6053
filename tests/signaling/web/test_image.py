"""Pictures by their own bytes: what they say, and whether all of them is there."""

import struct
import zlib
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from signaling.web.rest.image import MOST_PIXELS, ImageHeader, image_header, is_whole


def picture(kind: str, width: int, height: int, **options: object) -> bytes:
    file = BytesIO()
    Image.linear_gradient("L").resize((width, height)).convert("RGB").save(file, kind, **options)
    return file.getvalue()


def jpeg(width: int, height: int, **options: object) -> bytes:
    return picture("JPEG", width, height, **options)


def png(width: int, height: int) -> bytes:
    return picture("PNG", width, height)


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def promising(width: int, height: int) -> bytes:
    """Return a PNG that is a header only, and promises any size."""
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", b"") + _chunk(b"IEND", b"")


@pytest.mark.parametrize("data", [jpeg(640, 480), png(640, 480), jpeg(641, 479, progressive=True)])
def test_whole_pictures_pass(data: bytes) -> None:
    header = image_header(data)
    assert header is not None
    assert header.media_type in ("image/jpeg", "image/png")
    assert abs(header.width - 640) <= 1
    assert is_whole(data)


def test_a_camera_of_the_largest_kind_is_within_the_bound() -> None:
    header = image_header(jpeg(5472, 3648))
    assert header == ImageHeader("image/jpeg", 5472, 3648)
    assert header.pixels < MOST_PIXELS


def test_a_header_that_promises_a_gigabyte_is_told_by_its_pixels() -> None:
    header = image_header(promising(20_000, 20_000))
    assert header is None or header.pixels > MOST_PIXELS
    large = image_header(promising(9_000, 9_000))
    assert large is not None
    assert large.pixels > MOST_PIXELS


@pytest.mark.parametrize("whole", [jpeg(640, 480), png(640, 480)], ids=["jpeg", "png"])
@pytest.mark.parametrize("part", [0.3, 0.6, 0.9])
def test_a_picture_that_is_cut_is_not_whole(whole: bytes, part: float) -> None:
    assert not is_whole(whole[: int(len(whole) * part)])


def test_a_header_alone_is_no_picture() -> None:
    assert not is_whole(promising(640, 480))


def test_other_formats_are_none() -> None:
    assert image_header(b"GIF89a" + bytes(40)) is None
    assert image_header(picture("GIF", 16, 16)) is None
    assert image_header(picture("TIFF", 16, 16)) is None
    assert image_header(b"<svg xmlns='http://www.w3.org/2000/svg'/>") is None


@given(st.binary(max_size=300), st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"]))
def test_any_bytes_are_read_without_error(data: bytes, start: bytes) -> None:
    image_header(start + data)
    is_whole(start + data)


@given(st.integers(0, 2000), st.integers(0, 255))
def test_a_changed_byte_is_read_without_error(at: int, value: int) -> None:
    data = bytearray(jpeg(64, 48))
    data[at % len(data)] = value
    image_header(bytes(data))
    is_whole(bytes(data))
