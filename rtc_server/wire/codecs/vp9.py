"""VP9 payloads (RFC 9628 §4.2 payload descriptor).

     0 1 2 3 4 5 6 7
    +-+-+-+-+-+-+-+-+
    |I|P|L|F|B|E|V|Z|  I: picture id; P: inter-picture predicted; L: layer indices; F: flexible mode;
    +-+-+-+-+-+-+-+-+  B: start of frame; V: scalability structure
L:  | TID |U| SID |D|
    +-+-+-+-+-+-+-+-+
"""

from typing import Final

from rtc_server.wire.codecs.codec import VIDEO_FEEDBACK, Codec, Payload

_I, _P, _L, _F, _B, _V = 0x80, 0x40, 0x20, 0x10, 0x08, 0x02


def is_key_frame(payload: Payload) -> bool:
    """Return whether a key frame starts here: P = 0, B = 1 and, with layers, spatial layer 0."""
    if not payload or payload[0] & (_P | _B) != _B:
        return False
    if not payload[0] & _L:
        return len(payload) > 1
    position = _layer_position(payload)
    return position < len(payload) and not payload[position] & 0x0E


def dimensions(payload: Payload) -> tuple[int, int] | None:
    """Return the size of the highest spatial layer when a scalability structure tells it (Y = 1)."""
    if len(payload) < 2 or not payload[0] & _V or not payload[0] & _B:
        return None
    position = _structure_position(payload)
    if position is None or position >= len(payload) or not payload[position] & 0x10:
        return None
    layers = (payload[position] >> 5) + 1
    last = position + 1 + 4 * (layers - 1)
    if last + 4 > len(payload):
        return None
    return payload[last] << 8 | payload[last + 1], payload[last + 2] << 8 | payload[last + 3]


def _layer_position(payload: Payload) -> int:
    if not payload[0] & _I:
        return 1
    return 3 if len(payload) > 1 and payload[1] & 0x80 else 2


def _structure_position(payload: Payload) -> int | None:
    flags = payload[0]
    position = _layer_position(payload)
    if flags & _L:
        position += 1 if flags & _F else 2  # TL0PICIDX only in non-flexible mode
    if flags & _F and flags & _P:
        for _ in range(3):  # at most three P_DIFF, N = 1 says that another follows
            if position >= len(payload):
                return None
            position += 1
            if not payload[position - 1] & 0x01:
                break
    return position


CODEC: Final = Codec(
    kind="video",
    mime_type="video/VP9",
    clock_rate=90000,
    channels=None,
    parameter_sets=({"profile-id": 0},),
    rtcp_feedback=VIDEO_FEEDBACK,
    is_key_frame=is_key_frame,
    dimensions=dimensions,
)
