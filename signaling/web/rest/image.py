"""What a picture's own bytes say: format and size of a JPEG or PNG.

JPEG: the frame header SOF0–SOF15 (ITU-T T.81 B.2.2). PNG: the IHDR chunk (ISO/IEC 15948 §11.2.2). Not done:
decoding; a picture whose header is right and whose data is not shows as broken, no more.
"""

from dataclasses import dataclass
from typing import Final

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_JPEG: Final = b"\xff\xd8\xff"
_FRAME_HEADERS: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_STANDALONE: Final = frozenset({0x01, *range(0xD0, 0xD9)})


@dataclass(frozen=True, slots=True)
class ImageHeader:
    """Media type and size in pixels."""

    media_type: str
    width: int
    height: int


def image_header(data: bytes) -> ImageHeader | None:
    """Return what the first bytes of a file say, None when it is no JPEG or PNG of at least one pixel."""
    header = _png(data) if data.startswith(_PNG) else _jpeg(data) if data.startswith(_JPEG) else None
    return header if header and header.width > 0 and header.height > 0 else None


def _png(data: bytes) -> ImageHeader | None:
    if len(data) < 24 or data[12:16] != b"IHDR":
        return None
    return ImageHeader("image/png", int.from_bytes(data[16:20]), int.from_bytes(data[20:24]))


def _jpeg(data: bytes) -> ImageHeader | None:
    at = 2
    while at + 9 <= len(data):
        if data[at] != 0xFF:
            return None
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
        elif marker in _STANDALONE:
            at += 2
        elif marker in _FRAME_HEADERS:
            height, width = int.from_bytes(data[at + 5 : at + 7]), int.from_bytes(data[at + 7 : at + 9])
            return ImageHeader("image/jpeg", width, height)
        else:
            at += 2 + max(2, int.from_bytes(data[at + 2 : at + 4]))
    return None
