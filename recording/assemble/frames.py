"""The values that pass through assembly, and the interface of a depacketiser."""

from typing import Final, NamedTuple, Protocol

from rtc_server.wire.rtp import RtpView

UNKNOWN_LEVEL: Final = -1
NO_LEVEL: Final = 127
"""As in RFC 6464."""


class OrderedPacket(NamedTuple):
    """A packet in sequence order.

    Attributes:
        view: the packet.
        sequence: unwrapped sequence number.
        timestamp: unwrapped RTP timestamp.
        after_hole: packets before this one are missing for good.
    """

    view: RtpView
    sequence: int
    timestamp: int
    after_hole: bool


class Frame(NamedTuple):
    """One coded picture or sound packet, whole.

    Attributes:
        sequence: unwrapped sequence number of its first packet.
        timestamp: unwrapped RTP timestamp.
        data: as the container wants it.
        key: decodable without others.
        width, height: of a key frame, pixels; 0 otherwise.
        codec_private: decoder configuration a key frame brings along (avcC), else empty.
        codec_string: RFC 6381 name a key frame shows (`avc1.42E01F`), else empty.
        damaged_before: frames before this one are missing.
        level: of a sound packet, decibels below full scale as its sender measured it; `UNKNOWN_LEVEL`
            when it did not say, `NO_LEVEL` for silence.
        rotation: degrees clockwise that the picture is to be turned by.
    """

    sequence: int
    timestamp: int
    data: bytes
    key: bool
    width: int = 0
    height: int = 0
    codec_private: bytes = b""
    codec_string: str = ""
    damaged_before: bool = False
    level: int = UNKNOWN_LEVEL
    rotation: int = 0


MAX_PICTURE_SIDE: Final = 8192
"""Pixels; a key frame that says more (or nothing) is rubbish that a decoder would only spend memory on."""


def is_picture_size(width: int, height: int) -> bool:
    """Return whether a picture can have this size."""
    return 0 < width <= MAX_PICTURE_SIDE and 0 < height <= MAX_PICTURE_SIDE


class Depacketizer(Protocol):
    """Turn ordered packets of one stream into frames."""

    def push(self, packet: OrderedPacket) -> Frame | None:
        """Take the next packet; return the frame it completes."""


class Sample(NamedTuple):
    """One packet of a track for the container.

    Attributes:
        time: seconds on the server's wall clock.
        duration: seconds; 0 when it lasts until the next one.
    """

    time: float
    duration: float
    frame: Frame
