"""RTP parameters of the load, as a browser would say them through mediasoup-client, and VP8's first bytes."""

import struct
from typing import Any, Literal

Kind = Literal["audio", "video"]
PAYLOAD_TYPES: dict[Kind, int] = {"video": 96, "audio": 111}
TRANSPORT_CC_ID = 3
TRANSPORT_CC = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
_CODECS: dict[Kind, dict[str, Any]] = {
    "video": {"mimeType": "video/VP8", "clockRate": 90000},
    "audio": {"mimeType": "audio/opus", "clockRate": 48000, "channels": 2},
}
_FEEDBACK: dict[Kind, list[dict[str, str]]] = {
    "video": [
        {"type": "nack", "parameter": ""},
        {"type": "nack", "parameter": "pli"},
        {"type": "ccm", "parameter": "fir"},
        {"type": "transport-cc", "parameter": ""},
    ],
    "audio": [{"type": "nack", "parameter": ""}, {"type": "transport-cc", "parameter": ""}],
}


def sent_parameters(kind: Kind, ssrc: int, mid: str = "0") -> dict[str, Any]:
    """Return what a client says of a stream it sends: VP8 or Opus with a transport-wide number."""
    more = {"payloadType": PAYLOAD_TYPES[kind], "parameters": {}, "rtcpFeedback": _FEEDBACK[kind]}
    return {
        "mid": mid,
        "codecs": [_CODECS[kind] | more],
        "headerExtensions": [
            {"uri": TRANSPORT_CC, "id": TRANSPORT_CC_ID, "encrypt": False, "parameters": {}}
        ],
        "encodings": [{"ssrc": ssrc}],
        "rtcp": {"cname": "load", "reducedSize": True},
    }


def receivable(router: dict[str, Any]) -> dict[str, Any]:
    """Return what a browser would say it can receive: Opus, and VP8 with its RTX."""
    chosen = [codec for codec in router["codecs"] if codec["mimeType"].lower() in ("audio/opus", "video/vp8")]
    types = {codec["preferredPayloadType"] for codec in chosen}
    resent = [codec for codec in router["codecs"] if codec.get("parameters", {}).get("apt") in types]
    return {"codecs": chosen + resent, "headerExtensions": router["headerExtensions"]}


def vp8_payload(frame: int, *, first: bool, key: bool) -> bytes:
    """Return payload descriptor (RFC 7741 §4.2) and, in the first packet, the frame's header (§4.3)."""
    descriptor = struct.pack("!BBH", 0x80 | (0x10 if first else 0), 0x80, 0x8000 | (frame & 0x7FFF))
    if not first:
        return descriptor
    if key:
        return descriptor + bytes([0x10, 0, 0, 0x9D, 0x01, 0x2A]) + struct.pack("<HH", 640, 360)
    return descriptor + bytes([0x11, 0, 0])
