"""What a consumer gets of a producer (MEDIA_CONTRACT 34–36)."""

from dataclasses import replace

from rtc_server.errors import UnsupportedError
from rtc_server.sfu.parameters.matching import codecs_match
from rtc_server.sfu.parameters.producer import parse_scalability_mode
from rtc_server.sfu.parameters.types import (
    RtpCapabilities,
    RtpCodecCapability,
    RtpCodecParameters,
    RtpEncoding,
    RtpHeaderExtensionParameters,
    RtpParameters,
)
from rtc_server.wire.extensions import ABS_SEND_TIME, TRANSPORT_CC


def can_consume(consumable: RtpParameters, capabilities: RtpCapabilities) -> bool:
    """Return whether an endpoint understands at least one media codec of a producer.

    Args:
        consumable: from `consumable_parameters`.
        capabilities: the endpoint's, from `parse_rtp_capabilities`.
    """
    matching = [codec for codec in consumable.codecs if _match(codec, capabilities) is not None]
    return bool(matching) and not matching[0].is_rtx


def consumer_parameters(
    consumable: RtpParameters,
    capabilities: RtpCapabilities,
    *,
    ssrc: int,
    enable_rtx: bool,
    mid: str | None = None,
) -> RtpParameters:
    """Return the parameters of a new consumer (mediasoup's `getConsumerRtpParameters`).

    Args:
        consumable: from `consumable_parameters`.
        capabilities: the consuming endpoint's.
        ssrc: random, free on the transport together with `ssrc + 1`, which RTX takes.
        enable_rtx: whether what is lost may be asked for again; of sound mediasoup asks to be told.
        mid: unique for ever on the transport, at most 8 characters (MEDIA_CONTRACT 37).

    Raises:
        UnsupportedError: no codec in common.
    """
    codecs = _without_lone_rtx(
        [
            _with_feedback(codec, capability, enable_rtx)
            for codec in consumable.codecs
            if (enable_rtx or not codec.is_rtx) and (capability := _match(codec, capabilities)) is not None
        ]
    )
    if not codecs or codecs[0].is_rtx:
        raise UnsupportedError("the endpoint understands none of the producer's codecs")
    # By identifier and URI, never by kind: mediasoup-client collapses audio and video entries.
    known = {(extension.preferred_id, extension.uri) for extension in capabilities.header_extensions}
    extensions = tuple(entry for entry in consumable.header_extensions if (entry.id, entry.uri) in known)
    rtx_ssrc = ssrc + 1 if any(codec.is_rtx for codec in codecs) else None
    return RtpParameters(
        codecs=tuple(_without_unused_estimation(codec, extensions) for codec in codecs),
        header_extensions=extensions,
        encodings=(_consumer_encoding(consumable.encodings, ssrc, rtx_ssrc),),
        cname=consumable.cname,
        mid=mid,
        msid=consumable.msid,
    )


def _match(codec: RtpCodecParameters, capabilities: RtpCapabilities) -> RtpCodecCapability | None:
    for capability in capabilities.codecs:
        if codecs_match(capability, codec):
            return capability
    return None


def _with_feedback(
    codec: RtpCodecParameters, capability: RtpCodecCapability, enable_rtx: bool
) -> RtpCodecParameters:
    """Take the endpoint's feedback; without RTX there is nothing to answer a plain NACK with."""
    feedback = tuple(
        entry for entry in capability.rtcp_feedback if enable_rtx or entry.type != "nack" or entry.parameter
    )
    return replace(codec, rtcp_feedback=feedback)


def _without_lone_rtx(codecs: list[RtpCodecParameters]) -> list[RtpCodecParameters]:
    payload_types = {codec.payload_type for codec in codecs}
    return [codec for codec in codecs if not codec.is_rtx or codec.parameters.get("apt") in payload_types]


def _without_unused_estimation(
    codec: RtpCodecParameters, extensions: tuple[RtpHeaderExtensionParameters, ...]
) -> RtpCodecParameters:
    """Keep one kind of bandwidth estimation: transport-cc if its extension is there, else REMB, else none."""
    uris = {extension.uri for extension in extensions}
    unused = {"transport-cc", "goog-remb"}
    if TRANSPORT_CC in uris:
        unused.remove("transport-cc")
    elif ABS_SEND_TIME in uris:
        unused.remove("goog-remb")
    feedback = tuple(entry for entry in codec.rtcp_feedback if entry.type not in unused)
    return replace(codec, rtcp_feedback=feedback)


def _consumer_encoding(encodings: tuple[RtpEncoding, ...], ssrc: int, rtx_ssrc: int | None) -> RtpEncoding:
    """Fold the producer's encodings into the one a consumer gets."""
    mode = next((entry.scalability_mode for entry in encodings if entry.scalability_mode), None)
    if len(encodings) > 1:
        mode = f"L{len(encodings)}T{parse_scalability_mode(mode)[1]}"
    return RtpEncoding(
        ssrc=ssrc,
        rtx_ssrc=rtx_ssrc,
        scalability_mode=mode,
        max_bitrate=max((entry.max_bitrate or 0 for entry in encodings), default=0) or None,
    )
