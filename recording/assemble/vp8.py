"""VP8 (RFC 7741): payload descriptor off, partitions together, size from the key frame (RFC 6386 §9.1)."""

from recording.assemble.frames import Frame
from recording.assemble.pieces import Picture, PictureAssembler, Piece


def parse(payload: bytes) -> Piece | None:
    """Return what a VP8 payload adds; None when its descriptor (RFC 7741 §4.2) runs past the end."""
    first = payload[0]
    offset = 1
    if first & 0x80:  # X
        if len(payload) < 2:
            return None
        flags = payload[1]
        offset = 2
        if flags & 0x80:  # I: PictureID of 7 or 15 bits
            offset += 2 if len(payload) > offset and payload[offset] & 0x80 else 1
        offset += bool(flags & 0x40)  # L: TL0PICIDX
        offset += bool(flags & 0x30)  # T or K
    if offset >= len(payload):
        return None
    begins = first & 0x17 == 0x10  # S = 1, PID = 0
    return Piece(payload[offset:], first=begins, certain=begins)


def finish(picture: Picture) -> Frame | None:
    """Return the frame; a key frame shows its size."""
    data = b"".join(picture.pieces)
    key = data[0] & 1 == 0
    width = height = 0
    if key:
        if len(data) < 10 or data[3:6] != b"\x9d\x01\x2a":
            return None
        width = int.from_bytes(data[6:8], "little") & 0x3FFF
        height = int.from_bytes(data[8:10], "little") & 0x3FFF
    return Frame(
        picture.sequence,
        picture.timestamp,
        data,
        key,
        width,
        height,
        codec_string="vp8" if key else "",
        damaged_before=picture.damaged_before,
    )


def make() -> PictureAssembler:
    """Return a VP8 depacketiser."""
    return PictureAssembler(parse, finish)
