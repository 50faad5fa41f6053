"""The numbers of a picture in a VP8 payload descriptor (RFC 7741 §4.2), read and written.

     0 1 2 3 4 5 6 7
    +-+-+-+-+-+-+-+-+
X:  |I|L|T|K| RSV   |  I: picture id; L: TL0PICIDX; T: TID and Y; K: KEYIDX
    +-+-+-+-+-+-+-+-+
I:  |M| PictureID   |  M = 1: 15 bits, in two octets
L:  |   TL0PICIDX   |
T/K:|TID|Y| KEYIDX  |  Y: "this frame depends only on the base layer"
    +-+-+-+-+-+-+-+-+
"""

from typing import Final, NamedTuple

TEMPORAL_LAYERS: Final = 4
"""TID has two bits."""


class PictureNumbers(NamedTuple):
    """The numbers of one picture.

    Attributes:
        picture_id: 7 or 15 bits.
        id_bits: which of them.
        tl0: TL0PICIDX, 8 bits; None when it is not told.
        temporal: TID, 0–3; 0 when it is not told.
        is_sync: whether the picture needs none of its own temporal layer before it (Y).
    """

    picture_id: int
    id_bits: int
    tl0: int | None
    temporal: int
    is_sync: bool


def read_numbers(data: bytes, start: int, end: int) -> PictureNumbers | None:
    """Return the numbers in the descriptor at `data[start:end]`; None when it names no picture, or is cut."""
    if end - start < 3 or not data[start] & 0x80:
        return None
    flags = data[start + 1]
    if not flags & 0x80:
        return None
    position = start + 2
    picture_id, id_bits = data[position], 7
    position += 1
    if picture_id & 0x80:
        if position >= end:
            return None
        picture_id, id_bits = (picture_id & 0x7F) << 8 | data[position], 15
        position += 1
    tl0, temporal, is_sync = None, 0, False
    if flags & 0x40:
        if position >= end:
            return None
        tl0 = data[position]
        position += 1
    if flags & 0x20:
        if position >= end:
            return None
        temporal, is_sync = data[position] >> 6, bool(data[position] & 0x20)
    return PictureNumbers(picture_id, id_bits, tl0, temporal, is_sync)


def write_numbers(payload: bytes, numbers: PictureNumbers, picture_id: int, tl0: int) -> bytes:
    """Return a payload whose descriptor has other numbers, as long as before.

    Args:
        numbers: what was read from it.
        picture_id: of `id_bits`.
        tl0: written only where there was one.
    """
    if numbers.id_bits == 7:
        written, position = bytes((picture_id,)), 3
    else:
        written, position = bytes((0x80 | picture_id >> 8, picture_id & 0xFF)), 4
    if numbers.tl0 is not None:
        written += bytes((tl0,))
        position += 1
    return payload[:2] + written + payload[position:]
