"""AV1 payloads (AV1 RTP specification §4.4 aggregation header).

     0 1 2 3 4 5 6 7
    +-+-+-+-+-+-+-+-+
    |Z|Y| W |N|-|-|-|  N: "the packet is the first packet of a coded video sequence"
    +-+-+-+-+-+-+-+-+

Deliberately not done: picture size; it sits in bit fields of the sequence header behind many optional ones.
"""

from typing import Final

from rtc_server.wire.codecs.codec import VIDEO_FEEDBACK, Codec, Payload, no_dimensions


def is_key_frame(payload: Payload) -> bool:
    """Return whether a coded video sequence starts here: N = 1, and Z = 0 as it must be then."""
    return len(payload) > 1 and payload[0] & 0x88 == 0x08


CODEC: Final = Codec(
    kind="video",
    mime_type="video/AV1",
    clock_rate=90000,
    channels=None,
    parameter_sets=({},),
    rtcp_feedback=VIDEO_FEEDBACK,
    is_key_frame=is_key_frame,
    dimensions=no_dimensions,
)
