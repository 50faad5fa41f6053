"""What a browser tells of the packets it got: transport-wide feedback (draft-holmer-rmcat…-01 §3.1)."""

import struct
from itertools import groupby

EVERY_SECONDS = 0.1
SSRC = 0x10AD
TICK_NS = 250_000
REFERENCE_TICKS = 256
MAX_RUN = 8191
NOT_RECEIVED, SMALL, LARGE = 0, 1, 2


def number_at(packet: bytes, identifier: int) -> int | None:
    """Return where a packet has its number, in an extension with a one-byte header (RFC 8285 §4.2)."""
    if not packet[0] & 0x10 or packet[12:14] != b"\xbe\xde":
        return None
    at, end = 16, 16 + 4 * int.from_bytes(packet[14:16])
    while at < end:
        if packet[at] == 0:
            at += 1
        elif packet[at] >> 4 == identifier:
            return at + 1
        else:
            at += 2 + (packet[at] & 0x0F)
    return None


class Feedback:
    """Collect the packets of one peer between two reports."""

    def __init__(self) -> None:
        self._arrived_ns: dict[int, int] = {}
        self._count = 0

    def note(self, number: int, arrived_ns: int) -> None:
        """Remember one packet's 16-bit number and when it came."""
        self._arrived_ns[number] = arrived_ns

    def take(self) -> bytes | None:
        """Return the report of what came since the last one, None for nothing; RTCP in the clear."""
        if not self._arrived_ns:
            return None
        arrived, self._arrived_ns = self._arrived_ns, {}
        base = next(iter(arrived))
        span = max((number - base) & 0xFFFF for number in arrived if (number - base) & 0xFFFF < 0x8000) + 1
        reference = arrived[base] // TICK_NS // REFERENCE_TICKS
        at, statuses, deltas = reference * REFERENCE_TICKS, [], []
        for number in range(base, base + span):
            came = arrived.get(number & 0xFFFF)
            if came is None:
                statuses.append(NOT_RECEIVED)
                continue
            delta, at = came // TICK_NS - at, came // TICK_NS
            statuses.append(SMALL if 0 <= delta < 256 else LARGE)
            deltas.append(struct.pack("!B" if statuses[-1] is SMALL else "!h", delta))
        return self._report(base, span, reference, statuses, b"".join(deltas))

    def _report(self, base: int, span: int, reference: int, statuses: list[int], deltas: bytes) -> bytes:
        chunks = b""
        for status, same in groupby(statuses):
            left = len(list(same))
            while left:
                run = min(left, MAX_RUN)
                chunks += struct.pack("!H", status << 13 | run)
                left -= run
        body = struct.pack("!IIHHI", SSRC, 0, base, span, (reference & 0xFFFFFF) << 8 | self._count)
        body += chunks + deltas
        body += bytes(-len(body) % 4)
        self._count = (self._count + 1) & 0xFF
        return struct.pack("!BBH", 0x80 | 15, 205, len(body) // 4) + body
