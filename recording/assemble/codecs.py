"""What recording can do with each codec of the router: one row a codec.

A codec that is added to `rtc_server.wire.codecs` fails a test until it has a row here, or a line of why not.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Final

from recording.assemble import av1, h264, opus, vp8, vp9
from recording.assemble.frames import Depacketizer
from recording.errors import UnrecordableError


class Container(Enum):
    """File formats written; the value is the name of PyAV's muxer."""

    WEBM = "webm"
    MP4 = "mp4"


@dataclass(frozen=True, slots=True)
class RecordedCodec:
    """One row.

    Attributes:
        make: returns a depacketiser for one stream.
        matroska_id: CodecID of the donor header.
        video_in: the container a picture of this codec needs; None for sound, which goes into any.
    """

    make: Callable[[], Depacketizer]
    matroska_id: str
    video_in: Container | None


RECORDED: Final[Mapping[str, RecordedCodec]] = MappingProxyType(
    {
        "audio/opus": RecordedCodec(opus.OpusDepacketizer, "A_OPUS", None),
        "video/vp8": RecordedCodec(vp8.make, "V_VP8", Container.WEBM),
        "video/h264": RecordedCodec(h264.make, "V_MPEG4/ISO/AVC", Container.MP4),
        "video/vp9": RecordedCodec(vp9.make, "V_VP9", Container.WEBM),
        "video/av1": RecordedCodec(av1.make, "V_AV1", Container.WEBM),
    }
)
"""By MIME type in lower case."""

UNRECORDABLE: Final[Mapping[str, str]] = MappingProxyType({})
"""MIME type in lower case → why no file can hold it; a lane of it is listed as a gap."""


def recorded_codec(mime_type: str) -> RecordedCodec:
    """Return the row of a MIME type in any case.

    Raises:
        UnrecordableError: no row.
    """
    name = mime_type.lower()
    codec = RECORDED.get(name)
    if codec is None:
        raise UnrecordableError(UNRECORDABLE.get(name, "No file of ours holds this codec."))
    return codec
