"""VP9 (RFC 9628): payload descriptor off, layers of one picture together as a superframe."""

from recording.assemble.bits import BitReader
from recording.assemble.frames import Frame
from recording.assemble.pieces import Picture, PictureAssembler, Piece
from recording.errors import DamagedError

_SYNC_CODE = 0x498342


def parse(payload: bytes) -> Piece | None:
    """Return what a VP9 payload adds; None when its descriptor (RFC 9628 §4.2) runs past the end."""
    try:
        offset = _descriptor_bytes(payload)
    except IndexError:
        return None
    if offset >= len(payload):
        return None
    begins = bool(payload[0] & 0x08)
    return Piece(payload[offset:], first=begins, certain=begins)


def _descriptor_bytes(payload: bytes) -> int:
    flags = payload[0]
    flexible = flags & 0x10
    offset = 1
    if flags & 0x80:  # I: picture id of 7 or 15 bits
        offset += 2 if payload[offset] & 0x80 else 1
    if flags & 0x20:  # L: layer indices, and TL0PICIDX when not flexible
        offset += 1 if flexible else 2
    if flexible and flags & 0x40:  # F and P: up to three reference indices
        for _ in range(3):
            offset += 1
            if not payload[offset - 1] & 1:
                break
    if flags & 0x02:  # V: scalability structure
        offset += _structure_bytes(payload, offset)
    return offset


def _structure_bytes(payload: bytes, offset: int) -> int:
    head = payload[offset]
    size = 1
    if head & 0x10:  # Y: sizes of the spatial layers
        size += 4 * ((head >> 5) + 1)
    if head & 0x08:  # G: picture group
        count = payload[offset + size]
        size += 1
        for _ in range(count):
            size += 1 + ((payload[offset + size] >> 2) & 3)
    return size


def frame_header(data: bytes) -> tuple[bool, int, int, int]:
    """Return key, profile, width, height of an uncompressed header (VP9 bitstream §6.2).

    Raises:
        DamagedError: not a VP9 frame.
    """
    bits = BitReader(data[:32])
    if bits.read(2) != 2:
        raise DamagedError("Not a VP9 frame.")
    profile = bits.read(1) | bits.read(1) << 1
    if profile == 3:
        bits.flag()
    if bits.flag():  # show_existing_frame
        return False, profile, 0, 0
    key = not bits.flag()
    bits.read(2)  # show_frame, error_resilient_mode
    if not key:
        return False, profile, 0, 0
    if bits.read(24) != _SYNC_CODE:
        raise DamagedError("A VP9 key frame without its sync code.")
    _skip_colour(bits, profile)
    return True, profile, bits.read(16) + 1, bits.read(16) + 1


def _skip_colour(bits: BitReader, profile: int) -> None:
    if profile >= 2:
        bits.flag()
    srgb = bits.read(3) == 7
    if not srgb:
        bits.flag()
        if profile in (1, 3):
            bits.read(3)
    elif profile in (1, 3):
        bits.flag()


def finish(picture: Picture) -> Frame | None:
    """Return the frame; a key frame shows its size."""
    data = b"".join(picture.pieces)
    try:
        key, profile, width, height = frame_header(data)
    except DamagedError:
        return None
    return Frame(
        picture.sequence,
        picture.timestamp,
        data,
        key,
        width,
        height,
        codec_string=f"vp09.{profile:02d}.10.08" if key else "",
        damaged_before=picture.damaged_before,
    )


def make() -> PictureAssembler:
    """Return a VP9 depacketiser."""
    return PictureAssembler(parse, finish)
