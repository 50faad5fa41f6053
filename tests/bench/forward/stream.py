"""The packets of one published stream: VP8-shaped RTP of a fixed size with a transport-wide number."""

import struct
from dataclasses import dataclass

from tests.bench._rtp import PAYLOAD_TYPES, TRANSPORT_CC_ID, vp8_payload

PACKET_BYTES = 1100
PACKETS_PER_FRAME = 8
KEY_FRAME_EVERY = 800
PAYLOAD_TYPE = PAYLOAD_TYPES["video"]
FRAME_TICKS = 3000
HEADER_BYTES = 12 + 8
SEQUENCE_START = 1000


@dataclass(frozen=True, slots=True)
class StreamPlan:
    """What one publisher sends: `count` packets of `ssrc`."""

    ssrc: int
    count: int

    def packet(self, index: int) -> bytes:
        """Return RTP packet `index` in the clear; its last four bytes are the index."""
        frame, part = divmod(index, PACKETS_PER_FRAME)
        first, last = part == 0, part == PACKETS_PER_FRAME - 1
        header = struct.pack(
            "!BBHIIHHBHB",
            0x90,
            PAYLOAD_TYPE | (0x80 if last else 0),
            sequence_of(index),
            (frame * FRAME_TICKS) & 0xFFFFFFFF,
            self.ssrc,
            0xBEDE,
            1,
            TRANSPORT_CC_ID << 4 | 1,
            index & 0xFFFF,
            0,
        )
        payload = vp8_payload(frame, first=first, key=index % KEY_FRAME_EVERY < PACKETS_PER_FRAME)
        filler = bytes(PACKET_BYTES - len(header) - len(payload) - 4)
        return header + payload + filler + struct.pack("!I", index)


def sequence_of(index: int) -> int:
    """Return the RTP sequence number of packet `index`."""
    return (SEQUENCE_START + index) & 0xFFFF
