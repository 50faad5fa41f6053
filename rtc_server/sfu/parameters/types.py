"""RTP capabilities and parameters as values (mediasoup's dictionaries, ORTC §9); `to_json` writes what
clients read.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

FormatParameters = Mapping[str, str | int]
"""Codec parameters of an `a=fmtp` line."""

JsonObject = dict[str, Any]


class RtcpFeedback(NamedTuple):
    """One `a=rtcp-fb` entry; `parameter` is empty when there is none."""

    type: str
    parameter: str = ""


@dataclass(frozen=True, slots=True)
class RtpCodecCapability:
    """A codec that somebody can send or receive.

    Attributes:
        kind: "audio" or "video".
        preferred_payload_type: 0–127; None when the owner leaves it open.
        channels: of audio, 1 by default; None for video.
    """

    kind: str
    mime_type: str
    clock_rate: int
    preferred_payload_type: int | None = None
    channels: int | None = None
    parameters: FormatParameters = field(default_factory=dict)
    rtcp_feedback: tuple[RtcpFeedback, ...] = ()

    @property
    def is_rtx(self) -> bool:
        """Whether it repeats another codec's packets (RFC 4588)."""
        return is_rtx(self.mime_type)

    def to_json(self) -> JsonObject:
        """Return mediasoup's `RtpCodecCapability`."""
        json: JsonObject = {"kind": self.kind, "mimeType": self.mime_type, "clockRate": self.clock_rate}
        if self.preferred_payload_type is not None:
            json["preferredPayloadType"] = self.preferred_payload_type
        if self.channels is not None:
            json["channels"] = self.channels
        return json | _codec_tail(self.parameters, self.rtcp_feedback)


@dataclass(frozen=True, slots=True)
class RtpHeaderExtension:
    """A header extension somebody can send or receive; `direction` is seen from its owner."""

    kind: str
    uri: str
    preferred_id: int
    preferred_encrypt: bool = False
    direction: str = "sendrecv"

    def to_json(self) -> JsonObject:
        """Return mediasoup's `RtpHeaderExtension`."""
        return {
            "kind": self.kind,
            "uri": self.uri,
            "preferredId": self.preferred_id,
            "preferredEncrypt": self.preferred_encrypt,
            "direction": self.direction,
        }


@dataclass(frozen=True, slots=True)
class RtpCapabilities:
    """What a router or an endpoint can send and receive."""

    codecs: tuple[RtpCodecCapability, ...]
    header_extensions: tuple[RtpHeaderExtension, ...]

    def to_json(self) -> JsonObject:
        """Return mediasoup's `RtpCapabilities`."""
        return {
            "codecs": [codec.to_json() for codec in self.codecs],
            "headerExtensions": [extension.to_json() for extension in self.header_extensions],
        }


@dataclass(frozen=True, slots=True)
class RtpCodecParameters:
    """A codec in use."""

    mime_type: str
    payload_type: int
    clock_rate: int
    channels: int | None = None
    parameters: FormatParameters = field(default_factory=dict)
    rtcp_feedback: tuple[RtcpFeedback, ...] = ()

    @property
    def is_rtx(self) -> bool:
        """Whether it repeats another codec's packets (RFC 4588)."""
        return is_rtx(self.mime_type)

    def has_feedback(self, feedback_type: str, parameter: str = "") -> bool:
        """Return whether this feedback was negotiated; plain `nack` has an empty parameter."""
        return RtcpFeedback(feedback_type, parameter) in self.rtcp_feedback

    def to_json(self) -> JsonObject:
        """Return mediasoup's `RtpCodecParameters`."""
        json: JsonObject = {
            "mimeType": self.mime_type,
            "payloadType": self.payload_type,
            "clockRate": self.clock_rate,
        }
        if self.channels is not None:
            json["channels"] = self.channels
        return json | _codec_tail(self.parameters, self.rtcp_feedback)


@dataclass(frozen=True, slots=True)
class RtpHeaderExtensionParameters:
    """A header extension in use: `id` 1–255."""

    uri: str
    id: int
    encrypt: bool = False

    def to_json(self) -> JsonObject:
        """Return mediasoup's `RtpHeaderExtensionParameters`."""
        return {"uri": self.uri, "id": self.id, "encrypt": self.encrypt, "parameters": {}}


@dataclass(frozen=True, slots=True)
class RtpEncoding:
    """One stream of a producer or consumer.

    Attributes:
        ssrc: 32 bit, or None when the stream is found by `rid` or MID.
        rtx_ssrc: of the stream that repeats it.
        max_bitrate: bits a second.
    """

    ssrc: int | None = None
    rid: str | None = None
    rtx_ssrc: int | None = None
    dtx: bool = False
    scalability_mode: str | None = None
    max_bitrate: int | None = None

    def to_json(self) -> JsonObject:
        """Return mediasoup's `RtpEncodingParameters`."""
        json: JsonObject = {}
        if self.ssrc is not None:
            json["ssrc"] = self.ssrc
        if self.rid is not None:
            json["rid"] = self.rid
        if self.rtx_ssrc is not None:
            json["rtx"] = {"ssrc": self.rtx_ssrc}
        if self.dtx:
            json["dtx"] = True
        if self.scalability_mode is not None:
            json["scalabilityMode"] = self.scalability_mode
        if self.max_bitrate is not None:
            json["maxBitrate"] = self.max_bitrate
        return json


@dataclass(frozen=True, slots=True)
class RtpParameters:
    """What a producer sends or a consumer gets.

    Attributes:
        mid: media identification (RFC 9143); None when nobody gave one.
        cname: RTCP canonical name; None until somebody gives one.
        msid: media stream identification, opaque.
    """

    codecs: tuple[RtpCodecParameters, ...]
    header_extensions: tuple[RtpHeaderExtensionParameters, ...] = ()
    encodings: tuple[RtpEncoding, ...] = ()
    cname: str | None = None
    reduced_size: bool = True
    mid: str | None = None
    msid: str | None = None

    @property
    def media_codec(self) -> RtpCodecParameters:
        """The first codec; never RTX in checked parameters."""
        return self.codecs[0]

    @property
    def rtx_codec(self) -> RtpCodecParameters | None:
        """The codec that repeats the first one, if negotiated."""
        for codec in self.codecs:
            if codec.is_rtx and codec.parameters.get("apt") == self.codecs[0].payload_type:
                return codec
        return None

    @property
    def rids(self) -> tuple[str | None, ...]:
        """The RTP stream ids of the encodings, in their order (RFC 8851); None for one without."""
        return tuple(encoding.rid for encoding in self.encodings)

    def extension_id(self, uri: str) -> int | None:
        """Return the local identifier of a header extension, None when it is not in use."""
        for extension in self.header_extensions:
            if extension.uri == uri:
                return extension.id
        return None

    def to_json(self) -> JsonObject:
        """Return mediasoup's `RtpParameters`."""
        rtcp: JsonObject = {"reducedSize": self.reduced_size}
        if self.cname is not None:
            rtcp["cname"] = self.cname
        json: JsonObject = {
            "codecs": [codec.to_json() for codec in self.codecs],
            "headerExtensions": [extension.to_json() for extension in self.header_extensions],
            "encodings": [encoding.to_json() for encoding in self.encodings],
            "rtcp": rtcp,
        }
        if self.mid is not None:
            json["mid"] = self.mid
        if self.msid is not None:
            json["msid"] = self.msid
        return json


class EncodingMapping(NamedTuple):
    """How one encoding of a producer is known inside the router."""

    ssrc: int | None
    rid: str | None
    mapped_ssrc: int


@dataclass(frozen=True, slots=True)
class RtpMapping:
    """Translation of a producer's numbers to the router's.

    Attributes:
        payload_types: producer's payload type → router's preferred payload type, RTX included.
        encodings: one per encoding, same order.
    """

    payload_types: Mapping[int, int]
    encodings: tuple[EncodingMapping, ...]


def is_rtx(mime_type: str) -> bool:
    """Return whether a MIME type names retransmission."""
    return mime_type.lower().endswith("/rtx")


def _codec_tail(parameters: FormatParameters, feedback: tuple[RtcpFeedback, ...]) -> JsonObject:
    return {
        "parameters": dict(parameters),
        "rtcpFeedback": [{"type": entry.type, "parameter": entry.parameter} for entry in feedback],
    }
