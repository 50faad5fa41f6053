"""A router's RTP capabilities from the codec table (MEDIA_CONTRACT 1–6)."""

from collections.abc import Iterator, Sequence
from typing import Final

from rtc_server.errors import UnsupportedError
from rtc_server.sfu.parameters.types import (
    RtcpFeedback,
    RtpCapabilities,
    RtpCodecCapability,
    RtpHeaderExtension,
)
from rtc_server.wire import extensions
from rtc_server.wire.codecs import CODECS, Codec

DYNAMIC_PAYLOAD_TYPES: Final = (*range(100, 128), *range(96, 100))
"""mediasoup's order: 100–127 first, then the rest of RFC 3551's dynamic range."""

_BOTH: Final = ("audio", "video")

_EXTENSIONS: Final = (
    # uri, identifier, kinds, direction seen from the router; identifiers are mediasoup 3.27's
    (extensions.MID, 1, _BOTH, "sendrecv"),
    (extensions.RTP_STREAM_ID, 2, ("video",), "recvonly"),
    (extensions.REPAIRED_RTP_STREAM_ID, 3, ("video",), "recvonly"),
    (extensions.ABS_SEND_TIME, 4, _BOTH, "sendrecv"),
    (extensions.TRANSPORT_CC, 5, ("audio",), "recvonly"),
    (extensions.TRANSPORT_CC, 5, ("video",), "sendrecv"),
    (extensions.AUDIO_LEVEL, 6, ("audio",), "sendrecv"),
    (extensions.DEPENDENCY_DESCRIPTOR, 7, ("video",), "recvonly"),
    (extensions.VIDEO_ORIENTATION, 8, ("video",), "sendrecv"),
    (extensions.TIMESTAMP_OFFSET, 9, ("video",), "sendrecv"),
    (extensions.ABS_CAPTURE_TIME, 10, _BOTH, "sendrecv"),
    (extensions.PLAYOUT_DELAY, 11, _BOTH, "sendrecv"),
)


def router_capabilities(codecs: Sequence[str]) -> RtpCapabilities:
    """Return what a router with these codecs can do.

    Args:
        codecs: names of `wire.codecs.CODECS`, in order of preference; mediasoup-client sends the first it
        can.

    Raises:
        UnsupportedError: a name that is not in the table.
    """
    payload_types = iter(DYNAMIC_PAYLOAD_TYPES)
    entries: list[RtpCodecCapability] = []
    for name in dict.fromkeys(codecs):
        if name not in CODECS:
            raise UnsupportedError(f"codec {name} is not one of {', '.join(CODECS)}")
        entries.extend(_codec_entries(CODECS[name], payload_types))
    return RtpCapabilities(
        codecs=tuple(entries),
        header_extensions=tuple(
            RtpHeaderExtension(kind=kind, uri=uri, preferred_id=identifier, direction=direction)
            for uri, identifier, kinds, direction in _EXTENSIONS
            for kind in kinds
        ),
    )


def _codec_entries(codec: Codec, payload_types: Iterator[int]) -> Iterator[RtpCodecCapability]:
    """Yield one capability per parameter set, for video each followed by its RTX."""
    for parameters in codec.parameter_sets:
        payload_type = next(payload_types)
        yield RtpCodecCapability(
            kind=codec.kind,
            mime_type=codec.mime_type,
            clock_rate=codec.clock_rate,
            preferred_payload_type=payload_type,
            channels=codec.channels,
            parameters=parameters,
            rtcp_feedback=tuple(RtcpFeedback(*feedback) for feedback in codec.rtcp_feedback),
        )
        if codec.kind == "video":
            yield RtpCodecCapability(
                kind="video",
                mime_type="video/rtx",
                clock_rate=codec.clock_rate,
                preferred_payload_type=next(payload_types),
                parameters={"apt": payload_type},
            )
