"""VP8 payloads (RFC 7741 §4.2 payload descriptor, §4.3 payload header; RFC 6386 §9.1 frame header).

     0 1 2 3 4 5 6 7
    +-+-+-+-+-+-+-+-+
    |X|R|N|S|R| PID |  X: extension octet; S: start of partition; PID: partition index
    +-+-+-+-+-+-+-+-+
X:  |I|L|T|K| RSV   |  I: picture id (1 or 2 octets); L: TL0PICIDX; T or K: one octet
    +-+-+-+-+-+-+-+-+
"""

from typing import Final

from rtc_server.wire.codecs.codec import VIDEO_FEEDBACK, Codec, Payload


def _frame_offset(payload: Payload) -> int | None:
    """Return where the frame starts behind the descriptor; None inside a frame or when truncated."""
    size = len(payload)
    if size < 2 or payload[0] & 0x17 != 0x10:  # S = 1 and PID = 0
        return None
    offset = 1
    if payload[0] & 0x80:
        flags = payload[1]
        offset = 2
        if flags & 0x80:
            if offset >= size:
                return None
            offset += 2 if payload[offset] & 0x80 else 1
        offset += bool(flags & 0x40) + bool(flags & 0x30)
    return offset if offset < size else None


def is_key_frame(payload: Payload) -> bool:
    """Return whether a key frame starts here: the inverse key frame flag P of the frame tag is 0."""
    offset = _frame_offset(payload)
    return offset is not None and not payload[offset] & 0x01


def dimensions(payload: Payload) -> tuple[int, int] | None:
    """Return (width, height) of a key frame (RFC 6386 §9.1: start code 9d 01 2a, then 14 bits each)."""
    offset = _frame_offset(payload)
    if offset is None or payload[offset] & 0x01 or len(payload) < offset + 10:
        return None
    if bytes(payload[offset + 3 : offset + 6]) != b"\x9d\x01\x2a":
        return None
    width = (payload[offset + 6] | payload[offset + 7] << 8) & 0x3FFF
    height = (payload[offset + 8] | payload[offset + 9] << 8) & 0x3FFF
    return width, height


CODEC: Final = Codec(
    kind="video",
    mime_type="video/VP8",
    clock_rate=90000,
    channels=None,
    parameter_sets=({},),
    rtcp_feedback=VIDEO_FEEDBACK,
    is_key_frame=is_key_frame,
    dimensions=dimensions,
)
