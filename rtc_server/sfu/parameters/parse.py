"""Read RTP capabilities and parameters from untrusted JSON (mediasoup's `validateAndNormalize…`).

Unknown fields are tolerated and forgotten, missing ones get mediasoup's defaults, wrong ones raise
MalformedError. Numbers are held to what fits on the wire, which mediasoup leaves to its worker.
"""

import re
from typing import Any, Final

from rtc_server.errors import MalformedError
from rtc_server.sfu.parameters.fields import (
    MAX_ENTRIES,
    MAX_TEXT_CHARS,
    as_integer,
    read_flag,
    read_integer,
    read_list,
    read_object,
    read_text,
    require_integer,
    require_text,
)
from rtc_server.sfu.parameters.types import (
    FormatParameters,
    RtcpFeedback,
    RtpCapabilities,
    RtpCodecCapability,
    RtpCodecParameters,
    RtpEncoding,
    RtpHeaderExtension,
    RtpHeaderExtensionParameters,
    RtpParameters,
)

_MIME_TYPE: Final = re.compile(r"(audio|video)/.+", re.IGNORECASE)
_MAX_UINT32: Final = 0xFFFF_FFFF
_MAX_MID_CHARS: Final = 32
_MAX_CHANNELS: Final = 32
_MAX_BITRATE: Final = 1_000_000_000


def parse_rtp_capabilities(value: object) -> RtpCapabilities:
    """Read a client's `recvRtpCapabilities`.

    Raises:
        MalformedError: with the field's name.
    """
    source = read_object(value, "rtpCapabilities")
    return RtpCapabilities(
        codecs=read_list(source, "codecs", _parse_codec_capability),
        header_extensions=read_list(source, "headerExtensions", _parse_header_extension),
    )


def parse_rtp_parameters(value: object) -> RtpParameters:
    """Read a producer's `rtpParameters`.

    Raises:
        MalformedError: with the field's name.
    """
    source = read_object(value, "rtpParameters")
    if source.get("codecs") is None:
        raise MalformedError("codecs is missing")
    rtcp = read_object(source.get("rtcp") or {}, "rtcp")
    return RtpParameters(
        codecs=read_list(source, "codecs", _parse_codec_parameters),
        header_extensions=read_list(source, "headerExtensions", _parse_extension_parameters),
        encodings=read_list(source, "encodings", _parse_encoding),
        cname=read_text(rtcp, "cname"),
        mid=read_text(source, "mid", max_chars=_MAX_MID_CHARS),
        msid=read_text(source, "msid"),
    )


def _parse_codec_capability(value: object) -> RtpCodecCapability:
    source = read_object(value, "codec")
    mime_type = _parse_mime_type(source)
    kind = mime_type.partition("/")[0].lower()
    return RtpCodecCapability(
        kind=kind,
        mime_type=mime_type,
        clock_rate=require_integer(source, "clockRate", 1, _MAX_UINT32),
        preferred_payload_type=read_integer(source, "preferredPayloadType", 0, 127),
        channels=_parse_channels(source, kind),
        parameters=_parse_format_parameters(source),
        rtcp_feedback=_parse_feedback(source),
    )


def _parse_codec_parameters(value: object) -> RtpCodecParameters:
    source = read_object(value, "codec")
    mime_type = _parse_mime_type(source)
    return RtpCodecParameters(
        mime_type=mime_type,
        payload_type=require_integer(source, "payloadType", 0, 127),
        clock_rate=require_integer(source, "clockRate", 1, _MAX_UINT32),
        channels=_parse_channels(source, mime_type.partition("/")[0].lower()),
        parameters=_parse_format_parameters(source),
        rtcp_feedback=_parse_feedback(source),
    )


def _parse_mime_type(source: Any) -> str:
    mime_type = require_text(source, "mimeType")
    if not _MIME_TYPE.fullmatch(mime_type):
        raise MalformedError("mimeType is not an audio or video type")
    return mime_type


def _parse_channels(source: Any, kind: str) -> int | None:
    if kind != "audio":
        return None
    channels = read_integer(source, "channels", 1, _MAX_CHANNELS)
    return 1 if channels is None else channels


def _parse_format_parameters(source: Any) -> FormatParameters:
    value = source.get("parameters")
    if isinstance(value, list):
        raise MalformedError("codec parameters are a list")
    if not isinstance(value, dict):
        return {}
    if len(value) > MAX_ENTRIES:
        raise MalformedError("codec has too many parameters")
    return {key: _parse_format_value(key, entry) for key, entry in value.items()}


def _parse_format_value(key: str, value: object) -> str | int:
    number = as_integer(value)
    if number is not None:
        return number
    if key == "apt" or not isinstance(value, str) or len(value) > MAX_TEXT_CHARS:
        raise MalformedError("codec parameter is neither a short string nor a whole number")
    return value


def _parse_feedback(source: Any) -> tuple[RtcpFeedback, ...]:
    if not isinstance(source.get("rtcpFeedback"), list):
        return ()
    return read_list(source, "rtcpFeedback", _parse_feedback_entry)


def _parse_feedback_entry(value: object) -> RtcpFeedback:
    source = read_object(value, "rtcpFeedback")
    parameter = source.get("parameter")
    if not isinstance(parameter, str):
        parameter = ""
    return RtcpFeedback(require_text(source, "type"), parameter[:MAX_TEXT_CHARS])


def _parse_header_extension(value: object) -> RtpHeaderExtension:
    source = read_object(value, "headerExtension")
    kind = source.get("kind")
    if kind not in ("audio", "video"):
        raise MalformedError("header extension's kind is neither audio nor video")
    return RtpHeaderExtension(
        kind=kind,
        uri=require_text(source, "uri"),
        preferred_id=require_integer(source, "preferredId", 0, 255),
        preferred_encrypt=bool(read_flag(source, "preferredEncrypt")),
        direction=read_text(source, "direction") or "sendrecv",
    )


def _parse_extension_parameters(value: object) -> RtpHeaderExtensionParameters:
    source = read_object(value, "headerExtension")
    return RtpHeaderExtensionParameters(
        uri=require_text(source, "uri"),
        id=require_integer(source, "id", 1, 255),
        encrypt=bool(read_flag(source, "encrypt")),
    )


def _parse_encoding(value: object) -> RtpEncoding:
    source = read_object(value, "encoding")
    rtx = source.get("rtx")
    rtx_ssrc = None if rtx is None else require_integer(read_object(rtx, "rtx"), "ssrc", 0, _MAX_UINT32)
    return RtpEncoding(
        ssrc=read_integer(source, "ssrc", 0, _MAX_UINT32),
        rid=read_text(source, "rid", max_chars=_MAX_MID_CHARS),
        rtx_ssrc=rtx_ssrc,
        dtx=source.get("dtx") is True,
        scalability_mode=read_text(source, "scalabilityMode"),
        max_bitrate=read_integer(source, "maxBitrate", 0, _MAX_BITRATE),
    )
