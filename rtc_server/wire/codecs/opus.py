"""Opus (RFC 7587): every packet can be decoded by itself."""

from typing import Final

from rtc_server.wire.codecs.codec import AUDIO_FEEDBACK, Codec, Payload, no_dimensions


def is_key_frame(payload: Payload) -> bool:
    """Return True: a decoder can start anywhere."""
    return True


CODEC: Final = Codec(
    kind="audio",
    mime_type="audio/opus",
    clock_rate=48000,
    channels=2,
    # RFC 7587 §7: in-band FEC lets a receiver rebuild a lost packet from the next one.
    parameter_sets=({"minptime": 10, "useinbandfec": 1},),
    rtcp_feedback=AUDIO_FEEDBACK,
    is_key_frame=is_key_frame,
    dimensions=no_dimensions,
)
