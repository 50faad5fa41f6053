"""H.264 payloads (RFC 6184 §5): single NAL units, STAP-A and FU-A.

A decoder can start where a sequence parameter set (NAL type 7) stands: browsers send SPS and PPS in band in
front of every IDR picture, and an IDR slice without them is of no use to somebody who joins late.
"""

from collections.abc import Iterator
from typing import Final

from rtc_server.wire.codecs.codec import VIDEO_FEEDBACK, Codec, Payload
from rtc_server.wire.codecs.h264_sps import sps_dimensions

_SPS: Final = 7
_STAP_A: Final = 24
_FU_A: Final = 28


def is_key_frame(payload: Payload) -> bool:
    """Return whether a sequence parameter set starts in this packet."""
    if not payload:
        return False
    nal_type = payload[0] & 0x1F
    if nal_type == _FU_A:
        return len(payload) > 2 and payload[1] & 0x9F == 0x80 | _SPS
    if nal_type == _STAP_A:
        return any(unit[0] & 0x1F == _SPS for unit in _aggregated(payload))
    return nal_type == _SPS


def dimensions(payload: Payload) -> tuple[int, int] | None:
    """Return width and height from a whole sequence parameter set in this packet."""
    units = _aggregated(payload) if payload and payload[0] & 0x1F == _STAP_A else iter((payload,))
    for unit in units:
        if len(unit) > 0 and unit[0] & 0x1F == _SPS:
            return sps_dimensions(bytes(unit))
    return None


def _aggregated(payload: Payload) -> Iterator[Payload]:
    """Yield the NAL units of a STAP-A (§5.7.1: 16-bit size, unit) up to the first broken one."""
    position, end = 1, len(payload)
    while position + 2 < end:
        size = payload[position] << 8 | payload[position + 1]
        position += 2
        if size == 0 or position + size > end:
            return
        yield payload[position : position + size]
        position += size


CODEC: Final = Codec(
    kind="video",
    mime_type="video/H264",
    clock_rate=90000,
    channels=None,
    # Constrained baseline, which every browser encodes and decodes; then plain baseline, which older
    # Android and # domestic browsers announce instead. Level 3.1; asymmetry lets each side send what it can.
    parameter_sets=(
        {"packetization-mode": 1, "profile-level-id": "42e01f", "level-asymmetry-allowed": 1},
        {"packetization-mode": 1, "profile-level-id": "42001f", "level-asymmetry-allowed": 1},
    ),
    rtcp_feedback=VIDEO_FEEDBACK,
    is_key_frame=is_key_frame,
    dimensions=dimensions,
)
