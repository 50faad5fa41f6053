"""RTCP feedback: NACK, PLI (RFC 4585 §6), FIR (RFC 5104 §4.3.1) and REMB (draft-alvestrand-rmcat-remb-03).

0                   1                   2                   3
+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
|V=2|P|   FMT   |       PT      |          length               |
|                  SSRC of packet sender                        |
|                  SSRC of media source                         |
:            Feedback Control Information (FCI)                 :
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from struct import Struct
from typing import Final

from rtc_server.errors import WireError
from rtc_server.wire.rtcp_transport_cc import FORMAT as TRANSPORT_CC
from rtc_server.wire.rtcp_transport_cc import TransportWideFeedback, parse_transport_wide

TRANSPORT_FEEDBACK: Final = 205
"""RTPFB, transport layer feedback."""

PAYLOAD_FEEDBACK: Final = 206
"""PSFB, payload-specific feedback."""


class _Format(IntEnum):
    """Feedback formats of PSFB (RFC 4585 §6.3, RFC 5104 §4.3)."""

    PLI = 1
    FIR = 4
    APPLICATION = 15


_NACK_FORMAT: Final = 1
"""Of RTPFB (RFC 4585 §6.2.1)."""

_COMMON: Final = Struct("!II")
_NACK_ENTRY: Final = Struct("!HH")
_FIR_ENTRY: Final = Struct("!IB3x")
_REMB_HEAD: Final = Struct("!4sI")
_REMB_MAX_MANTISSA: Final = 0x3FFFF


@dataclass(slots=True)
class Nack:
    """Generic NACK: these packets are missing.

    Attributes:
        sequence_numbers: 16 bit, in the order of the wire.
    """

    sender_ssrc: int
    media_ssrc: int
    sequence_numbers: tuple[int, ...]

    def header_fields(self) -> tuple[int, int]:
        """Return packet type and format."""
        return TRANSPORT_FEEDBACK, _NACK_FORMAT

    def body_bytes(self) -> bytes:
        """Return what follows the common header."""
        entries = b"".join(_NACK_ENTRY.pack(pid, mask) for pid, mask in _nack_entries(self.sequence_numbers))
        return _COMMON.pack(self.sender_ssrc, self.media_ssrc) + entries


@dataclass(slots=True)
class PictureLossIndication:
    """PLI: a key frame is needed."""

    sender_ssrc: int
    media_ssrc: int

    def header_fields(self) -> tuple[int, int]:
        """Return packet type and format."""
        return PAYLOAD_FEEDBACK, _Format.PLI

    def body_bytes(self) -> bytes:
        """Return what follows the common header."""
        return _COMMON.pack(self.sender_ssrc, self.media_ssrc)


@dataclass(slots=True)
class FullIntraRequestEntry:
    """One stream of which a key frame is wanted; a repeated `sequence_number` (8 bit) is the same request."""

    ssrc: int
    sequence_number: int


@dataclass(slots=True)
class FullIntraRequest:
    """FIR; `media_ssrc` is 0 on the wire (RFC 5104 §4.3.1.2), the streams are in the entries."""

    sender_ssrc: int
    media_ssrc: int
    entries: tuple[FullIntraRequestEntry, ...]

    def header_fields(self) -> tuple[int, int]:
        """Return packet type and format."""
        return PAYLOAD_FEEDBACK, _Format.FIR

    def body_bytes(self) -> bytes:
        """Return what follows the common header."""
        entries = b"".join(_FIR_ENTRY.pack(entry.ssrc, entry.sequence_number) for entry in self.entries)
        return _COMMON.pack(self.sender_ssrc, self.media_ssrc) + entries


@dataclass(slots=True)
class ReceiverEstimatedBitrate:
    """REMB: send no more than this, all streams together.

    Attributes:
        bitrate_bps: written with 18 bits of precision.
        ssrcs: the streams spoken of, at most 255.
    """

    sender_ssrc: int
    bitrate_bps: int
    ssrcs: tuple[int, ...]

    def header_fields(self) -> tuple[int, int]:
        """Return packet type and format."""
        return PAYLOAD_FEEDBACK, _Format.APPLICATION

    def body_bytes(self) -> bytes:
        """Return what follows the common header."""
        exponent = max(self.bitrate_bps.bit_length() - 18, 0)
        mantissa = self.bitrate_bps >> exponent
        word = len(self.ssrcs) << 24 | exponent << 18 | mantissa
        ssrcs = b"".join(ssrc.to_bytes(4) for ssrc in self.ssrcs)
        return _COMMON.pack(self.sender_ssrc, 0) + _REMB_HEAD.pack(b"REMB", word) + ssrcs


FeedbackPacket = (
    Nack | PictureLossIndication | FullIntraRequest | ReceiverEstimatedBitrate | TransportWideFeedback
)


def parse_transport_layer_feedback(feedback_format: int, body: bytes) -> FeedbackPacket | None:
    """Read an RTPFB body; None for a format this server does not read.

    Raises:
        WireError: truncated.
    """
    if feedback_format == _NACK_FORMAT:
        return _parse_nack(body)
    if feedback_format == TRANSPORT_CC:
        return parse_transport_wide(body)
    return None


def parse_payload_feedback(feedback_format: int, body: bytes) -> FeedbackPacket | None:
    """Read a PSFB body; None for a format this server does not read.

    Raises:
        WireError: truncated.
    """
    match feedback_format:
        case _Format.PLI:
            return PictureLossIndication(*_parse_common(body))
        case _Format.FIR:
            return _parse_fir(body)
        case _Format.APPLICATION if body[8:12] == b"REMB":
            return _parse_remb(body)
        case _:
            return None


def _parse_common(body: bytes) -> tuple[int, int]:
    if len(body) < _COMMON.size:
        raise WireError("RTCP feedback is truncated")
    sender_ssrc, media_ssrc = _COMMON.unpack_from(body)
    return sender_ssrc, media_ssrc


def _parse_nack(body: bytes) -> Nack:
    sender_ssrc, media_ssrc = _parse_common(body)
    if len(body) % 4:
        raise WireError("NACK entry is truncated")
    lost: list[int] = []
    for position in range(_COMMON.size, len(body), _NACK_ENTRY.size):
        pid, mask = _NACK_ENTRY.unpack_from(body, position)
        lost.append(pid)
        while mask:
            low = mask & -mask
            lost.append((pid + low.bit_length()) & 0xFFFF)
            mask ^= low
    return Nack(sender_ssrc, media_ssrc, tuple(lost))


def _nack_entries(sequence_numbers: Iterable[int]) -> Iterable[tuple[int, int]]:
    """Pack numbers into (PID, BLP) pairs: BLP's bit i−1 says that PID + i is lost too (RFC 4585 §6.2.1)."""
    pid: int | None = None
    mask = 0
    for number in sequence_numbers:
        if pid is not None:
            step = (number - pid) & 0xFFFF
            # Only upwards, so that the order of the numbers survives the wire.
            if 1 <= step <= 16 and not mask >> (step - 1):
                mask |= 1 << (step - 1)
                continue
            yield pid, mask
        pid, mask = number, 0
    if pid is not None:
        yield pid, mask


def _parse_fir(body: bytes) -> FullIntraRequest:
    sender_ssrc, media_ssrc = _parse_common(body)
    if (len(body) - _COMMON.size) % _FIR_ENTRY.size:
        raise WireError("FIR entry is truncated")
    entries = _FIR_ENTRY.iter_unpack(body[_COMMON.size :])
    return FullIntraRequest(
        sender_ssrc, media_ssrc, tuple(FullIntraRequestEntry(ssrc, number) for ssrc, number in entries)
    )


def _parse_remb(body: bytes) -> ReceiverEstimatedBitrate:
    sender_ssrc, _ = _parse_common(body)
    if len(body) < 16:
        raise WireError("REMB is truncated")
    _, word = _REMB_HEAD.unpack_from(body, 8)
    count = word >> 24
    if len(body) < 16 + 4 * count:
        raise WireError("REMB names more streams than it holds")
    bitrate = (word & _REMB_MAX_MANTISSA) << (word >> 18 & 0x3F)
    ssrcs = tuple(int.from_bytes(body[at : at + 4]) for at in range(16, 16 + 4 * count, 4))
    return ReceiverEstimatedBitrate(sender_ssrc, bitrate, ssrcs)
