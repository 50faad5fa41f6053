"""Whether two codec descriptions mean the same codec (mediasoup's `matchCodecs`, MEDIA_CONTRACT 2 and 26)."""

from typing import Protocol

from rtc_server.sfu.parameters.h264_profile import is_same_profile
from rtc_server.sfu.parameters.types import FormatParameters


class CodecDescription(Protocol):
    """What capabilities and parameters have in common."""

    @property
    def mime_type(self) -> str: ...
    @property
    def clock_rate(self) -> int: ...
    @property
    def channels(self) -> int | None: ...
    @property
    def parameters(self) -> FormatParameters: ...


def codecs_match(first: CodecDescription, second: CodecDescription) -> bool:
    """Return whether a decoder of one understands the other.

    Beyond MIME type, clock and channels: H264 needs the same packetization-mode (default 0, RFC 6184 §8.1)
    and profile, VP9 the same profile-id (default 0, RFC 9628 §6).
    """
    mime_type = first.mime_type.lower()
    if (mime_type, first.clock_rate, first.channels) != (
        second.mime_type.lower(),
        second.clock_rate,
        second.channels,
    ):
        return False
    if mime_type == "video/h264":
        return _same(first, second, "packetization-mode") and is_same_profile(
            first.parameters, second.parameters
        )
    if mime_type == "video/vp9":
        return _same(first, second, "profile-id")
    return True


def _same(first: CodecDescription, second: CodecDescription, name: str) -> bool:
    """Compare a parameter whose absence means 0; the string "1" is not the number 1, as in mediasoup."""
    one, other = first.parameters.get(name) or 0, second.parameters.get(name) or 0
    return one == other
