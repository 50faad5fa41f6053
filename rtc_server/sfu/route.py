"""A route: how the packets of one received stream are written for one consumer, as plain data.

`sent_stream` applies routes. Nothing here decides, so whatever applies them can be replaced.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

from rtc_server.sfu.parameters import RtpMapping, RtpParameters
from rtc_server.wire.extensions import ABS_SEND_TIME, MID, TRANSPORT_CC, VIDEO_ORIENTATION, build_text
from rtc_server.wire.rtp import HEADER_BYTES, build_extensions, extension_offset

_STAMP_BYTES: Final = {TRANSPORT_CC: 2, ABS_SEND_TIME: 3}


class ExtensionSlot(NamedTuple):
    """Where a header has room for what is known only when the packet leaves.

    Attributes:
        transport_cc, abs_send_time: offset of the value from the beginning of the header; 0 for none.
    """

    transport_cc: int
    abs_send_time: int


@dataclass(frozen=True, slots=True)
class Route:
    """Everything constant that differs between a packet as it came and as one consumer gets it.

    Attributes:
        ssrc: of the consumer's media stream.
        source_payload_type: the producer's payload type that is forwarded.
        payload_type: what the consumer gets instead.
        clock_rate: timestamp units a second.
        needs_key_frame: whether nothing can be shown before one.
        extension_block: of every packet (the consumer's MID), ready to write.
        slot: the room in every block that is filled on leaving; None for none.
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
    slot: ExtensionSlot | None = None
    rtx_ssrc: int | None = None
    rtx_payload_type: int | None = None
    orientation_source_id: int | None = None
    orientation_blocks: tuple[bytes, ...] = ()


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
    stamp = _stamp(parameters)
    room = {} if stamp is None else {stamp: parameters.extension_id(stamp) or 0}
    values |= {found: bytes(_STAMP_BYTES[uri]) for uri, found in room.items()}
    block = build_extensions(values)
    theirs, ours = source.extension_id(VIDEO_ORIENTATION), parameters.extension_id(VIDEO_ORIENTATION)
    turned: tuple[bytes, ...] = ()
    if theirs is not None and ours is not None:
        # Camera, flip and two bits of rotation are all there is in the byte.
        turned = tuple(build_extensions({**values, ours: bytes([rotation])}) for rotation in range(16))
    slot = _slot(block, room)
    assert all(_slot(each, room) == slot for each in turned), "what comes last moves nothing"
    return Route(
        ssrc=encoding.ssrc,
        source_payload_type=next(
            theirs for theirs, mapped in mapping.payload_types.items() if mapped == media.payload_type
        ),
        payload_type=media.payload_type,
        clock_rate=source.media_codec.clock_rate,
        needs_key_frame=kind == "video",
        extension_block=block,
        slot=slot,
        rtx_ssrc=encoding.rtx_ssrc,
        rtx_payload_type=rtx.payload_type if rtx is not None else None,
        orientation_source_id=theirs if turned else None,
        orientation_blocks=turned,
    )


def _stamp(parameters: RtpParameters) -> str | None:
    """Return the extension by which the line to a consumer is estimated, None when it cannot be.

    A stamped packet cannot be sent again as it was, so without a repair stream repeats are worth more.
    """
    media = parameters.media_codec
    if parameters.rtx_codec is None and media.has_feedback("nack"):
        return None
    for uri, feedback in ((TRANSPORT_CC, "transport-cc"), (ABS_SEND_TIME, "goog-remb")):
        if parameters.extension_id(uri) is not None and media.has_feedback(feedback):
            return uri
    return None


def _slot(block: bytes, room: dict[str, int]) -> ExtensionSlot | None:
    if not room:
        return None
    at = {uri: HEADER_BYTES + extension_offset(block, found) for uri, found in room.items()}
    return ExtensionSlot(at.get(TRANSPORT_CC, 0), at.get(ABS_SEND_TIME, 0))
