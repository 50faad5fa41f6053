"""The codec table. A new codec is one file here and one line in `CODECS`."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from rtc_server.wire.codecs import av1, h264, opus, vp8, vp9
from rtc_server.wire.codecs.codec import Codec, Payload

__all__ = ["CODECS", "Codec", "Payload", "codec_for_mime_type"]

CODECS: Final[Mapping[str, Codec]] = MappingProxyType(
    {
        "opus": opus.CODEC,
        "VP8": vp8.CODEC,
        "H264": h264.CODEC,
        "VP9": vp9.CODEC,
        "AV1": av1.CODEC,
    }
)
"""Codecs by the name used in `MediaConfig.codecs`."""

_BY_MIME_TYPE: Final = {codec.mime_type.lower(): codec for codec in CODECS.values()}


def codec_for_mime_type(mime_type: str) -> Codec | None:
    """Return the codec of a MIME type in any case, None for RTX and unknown ones."""
    return _BY_MIME_TYPE.get(mime_type.lower())
