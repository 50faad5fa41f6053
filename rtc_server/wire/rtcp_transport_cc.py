"""Transport-wide congestion control feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01 §3.1).

The packet lists, from a base sequence number on, which packets came and how long after one another:

    |      base sequence number     |      packet status count      |
    |                 reference time                | fb pkt. count |
    |          packet chunk         |         packet chunk          |
    :         receive deltas: 1 byte small, 2 bytes large           :

Chunks: run length (bit 15 = 0: 2-bit symbol, 13-bit run) or status vector (bit 15 = 1: 14 one-bit or 7
two-bit symbols).
Symbols: 0 not received, 1 small delta (0…255 × 250 µs), 2 large or negative delta (±8.19 s), 3 reserved.
"""

import re
from dataclasses import dataclass
from struct import Struct
from typing import Final

from rtc_server.errors import WireError

FORMAT: Final = 15
"""FMT of transport-wide feedback within RTPFB (205)."""

DELTA_S: Final = 250e-6
"""One unit of a receive delta."""

REFERENCE_S: Final = 64e-3
"""One unit of the reference time."""

MAX_STATUS_COUNT: Final = 4096
"""Packets one report may speak of: 50 ms hold a few hundred, two bytes could claim 8,191."""

_TRANSPORT_FEEDBACK: Final = 205
_HEAD: Final = Struct("!IIHH3sB")
_LARGE_DELTA: Final = Struct("!h")
_MAX_RUN: Final = 0x1FFF
_RUN: Final = re.compile(rb"\x00+|\x01+|\x02+")
_SEVEN_BITS: Final = [bytes(value >> shift & 1 for shift in range(6, -1, -1)) for value in range(128)]
_FOUR_SYMBOLS: Final = [bytes(value >> shift & 3 for shift in (6, 4, 2, 0)) for value in range(256)]


@dataclass(slots=True)
class TransportWideFeedback:
    """What arrived of a transport's packets.

    Attributes:
        base_sequence_number: of the first entry of `deltas`, 16 bit.
        reference_time: signed 24 bit, in units of 64 ms on the receiver's clock.
        feedback_count: 8 bit, +1 each report.
        deltas: one entry per sequence number from the base on: None when it did not arrive, else units of
            250 µs since the previous arrival in the list (the first: since the reference time), 16 bit
            signed.
    """

    sender_ssrc: int
    media_ssrc: int
    base_sequence_number: int
    reference_time: int
    feedback_count: int
    deltas: tuple[int | None, ...]

    def header_fields(self) -> tuple[int, int]:
        """Return packet type and format."""
        return _TRANSPORT_FEEDBACK, FORMAT

    def body_bytes(self) -> bytes:
        """Return what follows the common header."""
        reference = (self.reference_time & 0xFF_FFFF).to_bytes(3)
        head = _HEAD.pack(
            self.sender_ssrc,
            self.media_ssrc,
            self.base_sequence_number,
            len(self.deltas),
            reference,
            self.feedback_count,
        )
        body = head + (_serialize_whole(self.deltas) or _serialize_parts(self.deltas))
        return body + bytes(-len(body) % 4)


def parse_transport_wide(body: bytes) -> TransportWideFeedback:
    """Read the body of a transport-wide feedback packet.

    Raises:
        WireError: truncated, a reserved symbol, or more than `MAX_STATUS_COUNT` packets.
    """
    if len(body) < _HEAD.size:
        raise WireError("transport-wide feedback is truncated")
    sender_ssrc, media_ssrc, base, count, reference, feedback_count = _HEAD.unpack_from(body)
    if count > MAX_STATUS_COUNT:
        raise WireError("transport-wide feedback speaks of too many packets")
    symbols, position = _parse_symbols(body, _HEAD.size, count)
    return TransportWideFeedback(
        sender_ssrc,
        media_ssrc,
        base,
        int.from_bytes(reference, signed=True),
        feedback_count,
        _parse_deltas(body, position, symbols),
    )


def _symbol(delta: int | None) -> int:
    if delta is None:
        return 0
    return 1 if 0 <= delta <= 255 else 2


def _parse_symbols(body: bytes, position: int, count: int) -> tuple[bytes, int]:
    """Return `count` symbols, a byte each, and where the chunks end."""
    symbols = bytearray()
    while len(symbols) < count:
        if position + 2 > len(body):
            raise WireError("packet chunk is truncated")
        chunk = body[position] << 8 | body[position + 1]
        position += 2
        if not chunk & 0x8000:
            run = chunk & _MAX_RUN
            if not run:
                raise WireError("packet chunk of no length")
            symbols += bytes((chunk >> 13 & 3,)) * min(run, count - len(symbols))
        elif chunk & 0x4000:
            symbols += _FOUR_SYMBOLS[chunk >> 6 & 0xFF] + _FOUR_SYMBOLS[chunk & 0x3F][1:]
        else:
            symbols += _SEVEN_BITS[chunk >> 7 & 0x7F] + _SEVEN_BITS[chunk & 0x7F]
    return bytes(symbols[:count]), position


def _parse_deltas(body: bytes, position: int, symbols: bytes) -> tuple[int | None, ...]:
    """Return the entries of the symbols; in runs, since a report may claim thousands in a few bytes."""
    if 3 in symbols:
        raise WireError("reserved packet status symbol")
    if position + symbols.count(1) + 2 * symbols.count(2) > len(body):
        raise WireError("receive deltas are truncated")
    deltas: list[int | None] = []
    for found in _RUN.finditer(symbols):
        first, end = found.span()
        run, symbol = end - first, symbols[first]
        if symbol == 0:
            deltas += [None] * run
        elif symbol == 1:
            deltas += body[position : position + run]
        else:
            deltas += [delta for (delta,) in _LARGE_DELTA.iter_unpack(body[position : position + 2 * run])]
        position += symbol * run
    return tuple(deltas)


def _serialize_whole(deltas: tuple[int | None, ...]) -> bytes | None:
    """Return chunk and deltas of the usual report: everything came, each packet soon after the one before."""
    if not 0 < len(deltas) <= _MAX_RUN:
        return None
    try:
        return (1 << 13 | len(deltas)).to_bytes(2) + bytes(deltas)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None


def _serialize_parts(deltas: tuple[int | None, ...]) -> bytes:
    return _serialize_chunks([_symbol(delta) for delta in deltas]) + _serialize_deltas(deltas)


def _serialize_chunks(symbols: list[int]) -> bytes:
    chunks = bytearray()
    position, count = 0, len(symbols)
    while position < count:
        first = symbols[position]
        run = 1
        while run < _MAX_RUN and position + run < count and symbols[position + run] == first:
            run += 1
        window = symbols[position : position + 14]
        if run >= 14 or position + run == count or (run >= 7 and 2 in window):
            chunks += (first << 13 | run).to_bytes(2)
            position += run
        elif 2 not in window:
            chunks += (0x8000 | _vector(window, 14, 1)).to_bytes(2)
            position += len(window)
        else:
            chunks += (0xC000 | _vector(window[:7], 7, 2)).to_bytes(2)
            position += 7
    return bytes(chunks)


def _vector(symbols: list[int], places: int, bits: int) -> int:
    value = 0
    for symbol in symbols:
        value = value << bits | symbol
    return value << bits * (places - len(symbols))


def _serialize_deltas(deltas: tuple[int | None, ...]) -> bytes:
    parts = bytearray()
    for delta in deltas:
        if delta is None:
            continue
        if 0 <= delta <= 255:
            parts.append(delta)
        else:
            parts += _LARGE_DELTA.pack(delta)
    return bytes(parts)
