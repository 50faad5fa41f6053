"""AV1 (AV1 RTP specification §4.4–4.5): OBU elements out of packets, each with its size as files want it.

The decoder configuration is written for profile 0, 8 bit, 4:2:0, the one form WebRTC negotiates here.
"""

from collections.abc import Iterator
from enum import IntEnum
from typing import NamedTuple

from recording.assemble.bits import BitReader
from recording.assemble.frames import Frame
from recording.assemble.pieces import Picture, PictureAssembler, Piece
from recording.errors import DamagedError


class ObuType(IntEnum):
    """OBU types read here (AV1 §6.2.2)."""

    SEQUENCE_HEADER = 1
    TEMPORAL_DELIMITER = 2
    TILE_LIST = 8
    PADDING = 15


_DROPPED = frozenset({ObuType.TEMPORAL_DELIMITER, ObuType.TILE_LIST, ObuType.PADDING})
"""AV1 RTP §5: delimiters and tile lists "SHOULD be removed"; Matroska forbids delimiters."""


class SequenceHeader(NamedTuple):
    """What a container wants to know of a sequence."""

    profile: int
    level: int
    tier: int
    width: int
    height: int


def parse(payload: bytes) -> Piece | None:
    """Return a payload as it is; a picture begins where nothing is continued (Z = 0), surely at a key (N)."""
    if len(payload) < 2:
        return None
    return Piece(payload, first=not payload[0] & 0x80, certain=payload[0] & 0x88 == 0x08)


def _leb128(data: bytes, position: int) -> tuple[int, int]:
    value = 0
    for index in range(8):
        if position >= len(data):
            break
        octet = data[position]
        position += 1
        value |= (octet & 0x7F) << (7 * index)
        if not octet & 0x80:
            return value, position
    raise DamagedError("An AV1 length runs past its end.")


def _to_leb128(value: int) -> bytes:
    octets = bytearray()
    while value > 0x7F:
        octets.append(value & 0x7F | 0x80)
        value >>= 7
    octets.append(value)
    return bytes(octets)


def elements(payload: bytes) -> Iterator[bytes]:
    """Yield the OBU elements of one payload.

    Raises:
        DamagedError: lengths that run past the end.
    """
    count, index, position = payload[0] >> 4 & 3, 0, 1
    while position < len(payload):
        index += 1
        if index == count:  # "the last OBU element MUST NOT be preceded by a length field"
            size = len(payload) - position
        else:
            size, position = _leb128(payload, position)
        if position + size > len(payload):
            raise DamagedError("An AV1 element runs past its end.")
        yield payload[position : position + size]
        position += size


def obus(payloads: list[bytes]) -> Iterator[bytes]:
    """Yield the whole OBUs of one picture's payloads.

    Raises:
        DamagedError: a continuation without its start.
    """
    pending = b""
    for payload in payloads:
        continues, goes_on = payload[0] & 0x80, payload[0] & 0x40
        parts = list(elements(payload))
        if continues and not pending:
            raise DamagedError("An AV1 continuation without its start.")
        if parts and continues:
            parts[0] = pending + parts[0]
        pending = parts.pop() if parts and goes_on else b""
        yield from filter(None, parts)
    if pending:
        raise DamagedError("An AV1 picture without its end.")


def with_size(obu: bytes) -> bytes:
    """Return the OBU with its size field (AV1 §5.3.1).

    Raises:
        DamagedError: shorter than its header.
    """
    if obu[0] & 0x02:
        return obu
    header = 2 if obu[0] & 0x04 else 1
    if len(obu) < header:
        raise DamagedError("An AV1 unit ends in its header.")
    head = bytes((obu[0] | 0x02,)) + obu[1:header]
    return head + _to_leb128(len(obu) - header) + obu[header:]


def sequence_header(obu: bytes) -> SequenceHeader:
    """Read a sequence header that has its size field (AV1 §5.5.1), up to the picture's size.

    Raises:
        DamagedError: it ends too early.
    """
    _, start = _leb128(obu, 2 if obu[0] & 0x04 else 1)
    bits = BitReader(obu[start:])
    profile = bits.read(3)
    bits.flag()
    level = tier = 0
    if bits.flag():  # reduced_still_picture_header
        level = bits.read(5)
    else:
        level, tier = _operating_point(bits)
    width_bits, height_bits = bits.read(4) + 1, bits.read(4) + 1
    return SequenceHeader(profile, level, tier, bits.read(width_bits) + 1, bits.read(height_bits) + 1)


def _operating_point(bits: BitReader) -> tuple[int, int]:
    if bits.flag():  # timing_info: no WebRTC encoder writes it, and its sizes vary
        raise DamagedError("An AV1 sequence header with timing information.")
    delays = bits.flag()
    points: list[tuple[int, int]] = []
    for _ in range(bits.read(5) + 1):
        bits.read(12)
        level = bits.read(5)
        points.append((level, bits.read(1) if level > 7 else 0))
        if delays and bits.flag():
            bits.read(4)
    return points[0]


def finish(picture: Picture) -> Frame | None:
    """Return the temporal unit; one with a sequence header is where a decoder can start."""
    try:
        units = [with_size(obu) for obu in obus(picture.pieces) if obu[0] >> 3 & 0xF not in _DROPPED]
        header = next((unit for unit in units if unit[0] >> 3 & 0xF == ObuType.SEQUENCE_HEADER), None)
        sequence = sequence_header(header) if header else None
    except DamagedError:
        return None
    if not units:
        return None
    frame = Frame(
        picture.sequence,
        picture.timestamp,
        b"".join(units),
        key=sequence is not None,
        damaged_before=picture.damaged_before,
    )
    if header is None or sequence is None:
        return frame
    configuration = bytes((0x81, sequence.profile << 5 | sequence.level, sequence.tier << 7 | 0x0C, 0))
    return frame._replace(
        width=sequence.width,
        height=sequence.height,
        codec_private=configuration + header,
        codec_string=f"av01.{sequence.profile}.{sequence.level:02d}{'MH'[sequence.tier]}.08",
    )


def make() -> PictureAssembler:
    """Return an AV1 depacketiser."""
    return PictureAssembler(parse, finish)
