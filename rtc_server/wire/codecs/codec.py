"""What the media plane knows of one codec: its capability entry and how to look into its payload."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

Payload = bytes | memoryview
"""An RTP payload, descriptor included, padding excluded."""

AUDIO_FEEDBACK: Final = (("nack", ""), ("transport-cc", ""))
VIDEO_FEEDBACK: Final = (
    ("nack", ""),
    ("nack", "pli"),
    ("ccm", "fir"),
    ("goog-remb", ""),
    ("transport-cc", ""),
)


@dataclass(frozen=True, slots=True)
class Codec:
    """One row of the codec table.

    Attributes:
        kind: "audio" or "video".
        mime_type: as mediasoup spells it, "video/VP8".
        clock_rate: RTP timestamp units a second.
        channels: of audio; None for video.
        parameter_sets: format parameters; one router capability is made of each.
        rtcp_feedback: (type, parameter) pairs we can handle.
        is_key_frame: whether a decoder can start at the packet with this payload; never raises.
        dimensions: (width, height) when this packet tells it cheaply, else None; never raises.
    """

    kind: str
    mime_type: str
    clock_rate: int
    channels: int | None
    parameter_sets: tuple[Mapping[str, str | int], ...]
    rtcp_feedback: tuple[tuple[str, str], ...]
    is_key_frame: Callable[[Payload], bool]
    dimensions: Callable[[Payload], tuple[int, int] | None]


def no_dimensions(payload: Payload) -> tuple[int, int] | None:
    """Return None: this codec's packets have no picture, or tell its size only at a price."""
    return None
