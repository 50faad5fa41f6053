"""What a producer's parameters mean to the router (MEDIA_CONTRACT 22–28).

Several encodings (simulcast) are one producer with several streams, told apart by RID or SSRC.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from rtc_server.errors import MalformedError, UnsupportedError
from rtc_server.sfu.parameters.h264_profile import answer_profile_level_id
from rtc_server.sfu.parameters.matching import codecs_match
from rtc_server.sfu.parameters.types import (
    EncodingMapping,
    RtpCapabilities,
    RtpCodecCapability,
    RtpCodecParameters,
    RtpEncoding,
    RtpHeaderExtensionParameters,
    RtpMapping,
    RtpParameters,
)
from rtc_server.wire.extensions import ABS_CAPTURE_TIME

MAX_ENCODINGS: Final = 4
"""Three are what browsers send."""
_SIMULCAST: Final = ("video/vp8", "video/h264")
"""Codecs whose encodings can be switched between (MEDIA_CONTRACT 27)."""

_SCALABILITY_MODE: Final = re.compile(r"[LS]([1-9]\d?)T([1-9]\d?)")


def check_producer_parameters(kind: str, parameters: RtpParameters) -> RtpParameters:
    """Return parameters fit for a producer: one kind, a media codec first, at least one encoding, each of
    which can be found.

    Args:
        kind: "audio" or "video", as the client says.
        parameters: from `parse_rtp_parameters`.

    Raises:
        MalformedError: wrong kind, no media codec, doubled payload types, header extension ids, SSRCs or
        RIDs, too many encodings, nothing to find a stream by.
        UnsupportedError: several encodings of a codec that we do not switch between.
    """
    if kind not in ("audio", "video"):
        raise MalformedError("kind is neither audio nor video")
    if not parameters.codecs or parameters.codecs[0].is_rtx:
        raise MalformedError("rtpParameters name no media codec")
    if any(codec.mime_type.partition("/")[0].lower() != kind for codec in parameters.codecs):
        raise MalformedError(f"a codec is not of kind {kind}")
    _refuse_doubles([codec.payload_type for codec in parameters.codecs], "payload type")
    _refuse_doubles([extension.id for extension in parameters.header_extensions], "header extension id")
    encodings = parameters.encodings or (RtpEncoding(),)
    _check_encodings(encodings, parameters)
    return replace(parameters, encodings=encodings)


def _check_encodings(encodings: tuple[RtpEncoding, ...], parameters: RtpParameters) -> None:
    if len(encodings) > MAX_ENCODINGS:
        raise MalformedError(f"there are more than {MAX_ENCODINGS} encodings")
    if len(encodings) > 1 and parameters.media_codec.mime_type.lower() not in _SIMULCAST:
        raise UnsupportedError("several encodings (simulcast) are supported with VP8 and H264 only")
    # MEDIA_CONTRACT 27: the MID is enough for one encoding, not to tell several apart.
    found_by_mid = parameters.mid is not None and len(encodings) == 1
    for encoding in encodings:
        if encoding.ssrc is None and encoding.rid is None and not found_by_mid:
            raise MalformedError("an encoding has neither ssrc nor rid, nor a mid of its own")
        if encoding.rtx_ssrc is not None and encoding.rtx_ssrc == encoding.ssrc:
            raise MalformedError("an encoding's rtx has the ssrc of the media")
    declared = [ssrc for encoding in encodings for ssrc in (encoding.ssrc, encoding.rtx_ssrc)]
    _refuse_doubles([ssrc for ssrc in declared if ssrc is not None], "ssrc")
    _refuse_doubles([encoding.rid for encoding in encodings if encoding.rid is not None], "rid")


def map_producer(
    parameters: RtpParameters, capabilities: RtpCapabilities, first_mapped_ssrc: int
) -> tuple[RtpParameters, RtpMapping]:
    """Match a producer's codecs to the router's (mediasoup's `getProducerRtpParametersMapping`).

    Args:
        parameters: of the producer.
        capabilities: of the router.
        first_mapped_ssrc: random; the encodings get it and those after it.

    Returns:
        The parameters, H264 with the profile-level-id of our answer, and the mapping.

    Raises:
        UnsupportedError: a codec the router does not have.
        MalformedError: RTX without its media codec.
    """
    matched: dict[int, RtpCodecCapability] = {}
    codecs: dict[int, RtpCodecParameters] = {codec.payload_type: codec for codec in parameters.codecs}
    for codec in parameters.codecs:
        if not codec.is_rtx:
            capability = _match(codec, capabilities)
            matched[codec.payload_type] = capability
            codecs[codec.payload_type] = _with_answered_profile(codec, capability)
    media = dict(matched)
    for codec in parameters.codecs:
        if codec.is_rtx:
            matched[codec.payload_type] = _match_rtx(codec, media, capabilities)
    mapping = RtpMapping(
        payload_types={
            payload_type: _payload_type(capability) for payload_type, capability in matched.items()
        },
        encodings=tuple(
            EncodingMapping(encoding.ssrc, encoding.rid, first_mapped_ssrc + index)
            for index, encoding in enumerate(parameters.encodings)
        ),
    )
    return replace(parameters, codecs=tuple(codecs.values())), mapping


def producer_type(parameters: RtpParameters) -> str:
    """Return "simulcast" for several encodings, "svc" for one with several spatial or temporal layers, else
    "simple" (MEDIA_CONTRACT 27).
    """
    if len(parameters.encodings) > 1:
        return "simulcast"
    spatial, temporal = parse_scalability_mode(parameters.encodings[0].scalability_mode)
    return "svc" if spatial > 1 or temporal > 1 else "simple"


def parse_scalability_mode(mode: str | None) -> tuple[int, int]:
    """Return (spatial, temporal) layers of a mode like "L1T3"; (1, 1) when absent or not understood."""
    match = _SCALABILITY_MODE.match(mode or "")
    return (int(match[1]), int(match[2])) if match else (1, 1)


def consumable_parameters(
    kind: str, parameters: RtpParameters, capabilities: RtpCapabilities, mapping: RtpMapping
) -> RtpParameters:
    """Return the producer as consumers may see it (mediasoup's `getConsumableRtpParameters`).

    The router's numbers and feedback, the producer's format parameters; the router's RTX whether or not the
    producer repeats.

    Call once with what `map_producer` returned; consumers' own parameters come from `consumer_parameters`.
    """
    codecs: list[RtpCodecParameters] = []
    for codec in parameters.codecs:
        if codec.is_rtx:
            continue
        payload_type = mapping.payload_types[codec.payload_type]
        capability = next(
            entry for entry in capabilities.codecs if entry.preferred_payload_type == payload_type
        )
        codecs.append(_consumable(capability, codec))
        rtx = _rtx_of(capability, capabilities)
        if rtx is not None:
            codecs.append(_consumable(rtx, rtx))
    negotiated = {extension.uri for extension in parameters.header_extensions}
    return RtpParameters(
        codecs=tuple(codecs),
        header_extensions=tuple(
            RtpHeaderExtensionParameters(extension.uri, extension.preferred_id, extension.preferred_encrypt)
            for extension in capabilities.header_extensions
            if extension.kind == kind
            and extension.direction in ("sendrecv", "sendonly")
            and (extension.uri != ABS_CAPTURE_TIME or extension.uri in negotiated)
        ),
        encodings=tuple(
            replace(encoding, ssrc=mapped.mapped_ssrc, rid=None, rtx_ssrc=None)
            for encoding, mapped in zip(parameters.encodings, mapping.encodings, strict=True)
        ),
        cname=parameters.cname,
        msid=parameters.msid,
    )


def _refuse_doubles(values: Sequence[int | str], name: str) -> None:
    if len(set(values)) != len(values):
        raise MalformedError(f"a {name} is used twice")


def _match(codec: RtpCodecParameters, capabilities: RtpCapabilities) -> RtpCodecCapability:
    for capability in capabilities.codecs:
        if codecs_match(codec, capability):
            return capability
    raise UnsupportedError(f"codec {codec.mime_type} with these parameters is not supported")


def _match_rtx(
    codec: RtpCodecParameters, media: dict[int, RtpCodecCapability], capabilities: RtpCapabilities
) -> RtpCodecCapability:
    apt = codec.parameters.get("apt")
    capability = media.get(apt) if isinstance(apt, int) else None
    if capability is None:
        raise MalformedError(f"no media codec for RTX payload type {codec.payload_type}")
    rtx = _rtx_of(capability, capabilities)
    if rtx is None:
        raise UnsupportedError(f"codec {capability.mime_type} has no RTX here")
    return rtx


def _rtx_of(capability: RtpCodecCapability, capabilities: RtpCapabilities) -> RtpCodecCapability | None:
    for entry in capabilities.codecs:
        if entry.is_rtx and entry.parameters.get("apt") == capability.preferred_payload_type:
            return entry
    return None


def _with_answered_profile(codec: RtpCodecParameters, capability: RtpCodecCapability) -> RtpCodecParameters:
    if codec.mime_type.lower() != "video/h264":
        return codec
    parameters = dict(codec.parameters)
    answer = answer_profile_level_id(codec.parameters, capability.parameters)
    if answer is None:
        parameters.pop("profile-level-id", None)
    else:
        parameters["profile-level-id"] = answer
    return replace(codec, parameters=parameters)


def _payload_type(capability: RtpCodecCapability) -> int:
    assert capability.preferred_payload_type is not None  # the router gives one to each of its codecs
    return capability.preferred_payload_type


def _consumable(
    capability: RtpCodecCapability, source: RtpCodecParameters | RtpCodecCapability
) -> RtpCodecParameters:
    return RtpCodecParameters(
        mime_type=capability.mime_type,
        payload_type=_payload_type(capability),
        clock_rate=capability.clock_rate,
        channels=capability.channels,
        parameters=source.parameters,
        rtcp_feedback=capability.rtcp_feedback,
    )
