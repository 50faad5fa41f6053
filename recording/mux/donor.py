"""Streams for PyAV without an encoder: a Matroska header made in memory lends its stream's parameters.

`add_stream_from_template(..., opaque=True)` copies the codec parameters of an input's stream; the smallest
input that has them is a header with one track and an empty cluster. Matroska: RFC 9559; EBML: RFC 8794.
"""

from io import BytesIO
from struct import pack
from typing import Any, Final

import av

OPUS_HEAD_PREFIX: Final = b"OpusHead\x01"


def opus_head(channels: int) -> bytes:
    """Return the identification header (RFC 7845 §5.1) of a 48 kHz stream without pre-skip."""
    return OPUS_HEAD_PREFIX + bytes((channels,)) + pack("<HIhB", 0, 48000, 0, 0)


def audio_donor(codec_id: str, channels: int) -> Any:
    """Return an open input whose only stream is sound of that Matroska codec."""
    settings = _element(0xB5, pack("!d", 48000.0)) + _number(0x9F, channels)
    return _open(codec_id, opus_head(channels), 2, _element(0xE1, settings))


def video_donor(codec_id: str, private: bytes, width: int, height: int) -> Any:
    """Return an open input whose only stream is a picture of that Matroska codec and size (pixels)."""
    return _open(codec_id, private, 1, _element(0xE0, _number(0xB0, width) + _number(0xBA, height)))


def _open(codec_id: str, private: bytes, track_type: int, settings: bytes) -> Any:
    track = (
        _number(0xD7, 1)  # TrackNumber
        + _number(0x73C5, 1)  # TrackUID
        + _number(0x83, track_type)
        + _element(0x86, codec_id.encode())
        + (_element(0x63A2, private) if private else b"")
        + settings
    )
    head = _element(0x4282, b"matroska") + _number(0x4287, 4) + _number(0x4285, 2)
    info = _number(0x2AD7B1, 1_000_000) + _element(0x4D80, b"bangban") + _element(0x5741, b"bangban")
    segment = (
        _element(0x1549A966, info)
        + _element(0x1654AE6B, _element(0xAE, track))
        + _element(0x1F43B675, _number(0xE7, 0))  # the demuxer reads on until a cluster
    )
    return av.open(BytesIO(_element(0x1A45DFA3, head) + _element(0x18538067, segment)), format="matroska")


def _element(identifier: int, data: bytes) -> bytes:
    name = identifier.to_bytes((identifier.bit_length() + 7) // 8)
    return name + (1 << 56 | len(data)).to_bytes(8) + data


def _number(identifier: int, value: int) -> bytes:
    return _element(identifier, value.to_bytes(max(1, (value.bit_length() + 7) // 8)))
