"""Opus (RFC 7587, RFC 6716): an RTP payload is a packet already; its first byte tells how long it lasts.

What silence is for: RECORDING 19.
"""

from functools import cache
from typing import Final

from recording.assemble.frames import NO_LEVEL, Frame, OrderedPacket

SILENCE: Final = b"\xf8\xff\xfe"
"""20 ms of silence (CELT, full band, mono); it fills gaps, as players ignore gaps between timestamps."""
SILENCE_SECONDS: Final = 0.02
SILENT_FRAME: Final = Frame(0, 0, SILENCE, key=True, level=NO_LEVEL)

_SILK_SECONDS: Final = (0.01, 0.02, 0.04, 0.06)
_HYBRID_SECONDS: Final = (0.01, 0.02)
_CELT_SECONDS: Final = (0.0025, 0.005, 0.01, 0.02)
_MAX_SECONDS: Final = 0.12
"""RFC 6716 §3.4, requirement R5: "MUST be no longer than 120 ms"."""


@cache
def _seconds(first: int, second: int) -> float:
    """Return how long a packet sounds that begins with these two bytes."""
    configuration = first >> 3
    if configuration < 12:
        frame = _SILK_SECONDS[configuration & 3]
    elif configuration < 16:
        frame = _HYBRID_SECONDS[configuration & 1]
    else:
        frame = _CELT_SECONDS[configuration & 3]
    count = (1, 2, 2, second & 0x3F)[first & 3]
    seconds = frame * count
    return seconds if seconds <= _MAX_SECONDS + 1e-9 else 0.0


def packet_seconds(packet: bytes) -> float:
    """Return how long an Opus packet sounds, in seconds; 0 for one that breaks RFC 6716 §3."""
    if not packet:
        return 0.0
    return _seconds(packet[0], packet[1] if len(packet) > 1 else 0)


class OpusDepacketizer:
    """Every payload is a frame."""

    def push(self, packet: OrderedPacket) -> Frame | None:
        """Return the packet's sound, None for padding."""
        view = packet.view
        payload = view.data[view.payload_offset : view.payload_end]
        if not packet_seconds(payload):
            return None
        return Frame(packet.sequence, packet.timestamp, payload, key=True)
