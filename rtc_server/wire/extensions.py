"""RTP header extensions we know: their URIs and how to read or write their values."""

from typing import Final

from rtc_server.errors import WireError

MID: Final = "urn:ietf:params:rtp-hdrext:sdes:mid"
RTP_STREAM_ID: Final = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
REPAIRED_RTP_STREAM_ID: Final = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"
ABS_SEND_TIME: Final = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
TRANSPORT_CC: Final = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
AUDIO_LEVEL: Final = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
DEPENDENCY_DESCRIPTOR: Final = (
    "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension"
)
VIDEO_ORIENTATION: Final = "urn:3gpp:video-orientation"
TIMESTAMP_OFFSET: Final = "urn:ietf:params:rtp-hdrext:toffset"
ABS_CAPTURE_TIME: Final = "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time"
PLAYOUT_DELAY: Final = "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay"


def parse_audio_level(value: bytes) -> int:
    """Return the level of `ssrc-audio-level` in −dBov, 0 (loudest) to 127 (silence); RFC 6464 §3.

    The highest bit, whether the encoder heard speech, is left out: not every sender has it.

    Raises:
        WireError: an empty value.
    """
    if not value:
        raise WireError("audio level is empty")
    return value[0] & 0x7F


def parse_transport_sequence_number(value: bytes) -> int:
    """Read transport-cc's 16-bit transport-wide sequence number (draft-holmer-rmcat-transport-wide-cc-01 §2).

    Raises:
        WireError: not two bytes.
    """
    if len(value) != 2:
        raise WireError("transport sequence number is not two bytes")
    return value[0] << 8 | value[1]


def build_abs_send_time(seconds: float) -> bytes:
    """Write `abs-send-time`, 24 bits of 6.18 fixed point, for any time: its value modulo 64 s is kept."""
    return (int(seconds * (1 << 18)) & 0xFF_FFFF).to_bytes(3)


def parse_text(value: bytes) -> str:
    """Read an SDES item (MID, RID, RRID; RFC 7941 §4.1); what is no UTF-8 is replaced and names nothing."""
    return value.decode(errors="replace")


def build_text(text: str) -> bytes:
    """Write an SDES item."""
    return text.encode()
