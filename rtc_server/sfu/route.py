"""A route: how the packets of one received stream are written for one consumer, as plain data.

`sent_stream` applies routes. Nothing here decides, so whatever applies them can be replaced.
"""

from dataclasses import dataclass
from enum import IntEnum

from rtc_server.sfu.parameters import RtpMapping, RtpParameters
from rtc_server.sfu.parameters.producer import parse_scalability_mode
from rtc_server.wire.codecs.vp8_layers import TEMPORAL_LAYERS
from rtc_server.wire.extensions import ABS_SEND_TIME, MID, TRANSPORT_CC, VIDEO_ORIENTATION, build_text
from rtc_server.wire.rtp import build_extensions, build_open_extensions


class Stamp(IntEnum):
    """What ends a header and is known only when its packet leaves; the value is its bytes."""

    NUMBER = 2
    """The transport-wide number of transport-cc."""
    TIME = 3
    """abs-send-time."""


_STAMPS = (
    (Stamp.NUMBER, TRANSPORT_CC, "transport-cc"),
    (Stamp.TIME, ABS_SEND_TIME, "goog-remb"),
)
"""Each stamp with its extension and the feedback that it serves, the better one first."""


@dataclass(frozen=True, slots=True)
class Route:
    """Everything constant that differs between a packet as it came and as one consumer gets it.

    Attributes:
        ssrc: of the consumer's media stream.
        source_payload_type: the producer's payload type that is forwarded.
        payload_type: what the consumer gets instead.
        clock_rate: timestamp units a second.
        needs_key_frame: whether nothing can be shown before one.
        extension_block: of every packet (the consumer's MID), ready to write but for the stamp.
        stamp: what is to be appended to every block on leaving; None for nothing.
        numbers_pictures: whether its pictures have numbers that must go on where encodings are switched or
            temporal layers left out (VP8).
        orientation_source_id: where the producer writes its camera's rotation (3GPP TS 26.114 §7.4.5), on the
            last packet of a frame; None when one of the two did not negotiate it.
        orientation_blocks: the byte's low four bits → the extension block that carries it too.
        rtx_ssrc, rtx_payload_type: of the repair stream; None without one.
    """

    ssrc: int
    source_payload_type: int
    payload_type: int
    clock_rate: int
    needs_key_frame: bool
    extension_block: bytes
    stamp: Stamp | None = None
    rtx_ssrc: int | None = None
    rtx_payload_type: int | None = None
    orientation_source_id: int | None = None
    orientation_blocks: tuple[bytes, ...] = ()
    numbers_pictures: bool = False


def make_route(
    kind: str,
    source: RtpParameters,
    mapping: RtpMapping,
    parameters: RtpParameters,
) -> Route:
    """Derive the route from both ends' parameters.

    Args:
        kind: "audio" or "video".
        source: the producer's own parameters.
        mapping: the producer's payload types → the router's.
        parameters: the consumer's, which name an SSRC.
    """
    encoding = parameters.encodings[0]
    assert encoding.ssrc is not None, "consumer parameters always name an SSRC"
    media, rtx = parameters.media_codec, parameters.rtx_codec
    values: dict[int, bytes] = {}
    mid_id = parameters.extension_id(MID)
    if mid_id is not None and parameters.mid is not None:
        values[mid_id] = build_text(parameters.mid)
    stamp, stamp_id = _stamp(parameters)
    block = _block(values, stamp, stamp_id)
    theirs, ours = source.extension_id(VIDEO_ORIENTATION), parameters.extension_id(VIDEO_ORIENTATION)
    turned: tuple[bytes, ...] = ()
    if theirs is not None and ours is not None:
        # Camera, flip and two bits of rotation are all there is in the byte.
        turned = tuple(_block({**values, ours: bytes([rotation])}, stamp, stamp_id) for rotation in range(16))
    return Route(
        ssrc=encoding.ssrc,
        source_payload_type=next(
            theirs for theirs, mapped in mapping.payload_types.items() if mapped == media.payload_type
        ),
        payload_type=media.payload_type,
        clock_rate=source.media_codec.clock_rate,
        needs_key_frame=kind == "video",
        extension_block=block,
        stamp=stamp,
        rtx_ssrc=encoding.rtx_ssrc,
        rtx_payload_type=rtx.payload_type if rtx is not None else None,
        orientation_source_id=theirs if turned else None,
        orientation_blocks=turned,
        numbers_pictures=_is_vp8(source) and (len(source.encodings) > 1 or temporal_layers(source) > 1),
    )


def temporal_layers(source: RtpParameters) -> int:
    """Return how many temporal layers of a producer can be told apart and left out: VP8's, as it says."""
    modes = [parse_scalability_mode(encoding.scalability_mode)[1] for encoding in source.encodings]
    return min(max(modes, default=1), TEMPORAL_LAYERS) if _is_vp8(source) else 1


def _is_vp8(source: RtpParameters) -> bool:
    return source.media_codec.mime_type.lower() == "video/vp8"


def _stamp(parameters: RtpParameters) -> tuple[Stamp | None, int]:
    """Return what the line to a consumer is estimated by, and its extension's id; None when it cannot be.

    A stamped packet cannot be sent again as it was, so without a repair stream repeats are worth more.
    """
    media = parameters.media_codec
    if parameters.rtx_codec is not None or not media.has_feedback("nack"):
        for stamp, uri, feedback in _STAMPS:
            found = parameters.extension_id(uri)
            if found is not None and media.has_feedback(feedback):
                return stamp, found
    return None, 0


def _block(values: dict[int, bytes], stamp: Stamp | None, stamp_id: int) -> bytes:
    return build_extensions(values) if stamp is None else build_open_extensions(values, stamp_id, stamp)
