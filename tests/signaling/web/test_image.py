"""Headers of pictures."""

import struct

from hypothesis import given
from hypothesis import strategies as st

from signaling.web.rest.image import ImageHeader, image_header


def png(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", width, height) + b"\x08\x02\0\0\0"


def jpeg(width: int, height: int, *, segments: bytes = b"") -> bytes:
    return (
        b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
        + segments
        + b"\xff\xc0"
        + struct.pack(">HBHHB", 17, 8, height, width, 3)
        + bytes(9)
        + b"\xff\xda"
    )


def test_png_and_jpeg_tell_their_size() -> None:
    assert image_header(png(1920, 1080)) == ImageHeader("image/png", 1920, 1080)
    assert image_header(jpeg(4032, 3024)) == ImageHeader("image/jpeg", 4032, 3024)


def test_fill_bytes_and_long_segments_are_walked_over() -> None:
    exif = b"\xff\xff\xe1" + struct.pack(">H", 5000) + bytes(4998)
    assert image_header(jpeg(640, 480, segments=exif)) == ImageHeader("image/jpeg", 640, 480)


def test_other_formats_and_empty_pictures_are_none() -> None:
    assert image_header(b"GIF89a" + bytes(40)) is None
    assert image_header(b"<svg xmlns='http://www.w3.org/2000/svg'/>") is None
    assert image_header(png(0, 10)) is None
    assert image_header(jpeg(10, 10)[:20]) is None


@given(st.binary(max_size=300), st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"]))
def test_any_bytes_are_read_without_error(data: bytes, start: bytes) -> None:
    image_header(start + data)
