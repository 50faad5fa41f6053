"""RTCP reports: SR, RR, SDES and BYE (RFC 3550 §6.4–6.6)."""

from dataclasses import dataclass
from struct import Struct
from typing import Final

from rtc_server.errors import WireError

SENDER_REPORT: Final = 200
RECEIVER_REPORT: Final = 201
SOURCE_DESCRIPTION: Final = 202
GOODBYE: Final = 203

CNAME: Final = 1
"""SDES item type of the canonical name (RFC 3550 §6.5.1)."""

_BLOCK: Final = Struct("!IIIIII")
_SENDER_INFO: Final = Struct("!IQIII")
_SSRC: Final = Struct("!I")


@dataclass(slots=True)
class ReportBlock:
    """What a receiver says of one stream (RFC 3550 §6.4.1).

    Attributes:
        ssrc: the stream spoken of.
        fraction_lost: loss since the last report, in 1/256.
        packets_lost: cumulative, −2²³…2²³−1.
        highest_sequence: extended highest sequence number, 32 bit.
        jitter: in timestamp units.
        last_sr: middle 32 bits of the last SR's NTP time; 0 when there was none.
        delay_since_last_sr: in 1/65536 s.
    """

    ssrc: int
    fraction_lost: int
    packets_lost: int
    highest_sequence: int
    jitter: int
    last_sr: int
    delay_since_last_sr: int


@dataclass(slots=True)
class SenderReport:
    """A sender's clock pair and counters.

    Attributes:
        ntp: 64-bit NTP time.
        rtp: the same moment in the stream's timestamp units, 32 bit.
        packet_count, octet_count: 32 bit, payload octets only.
        report_blocks: at most 31.
    """

    ssrc: int
    ntp: int
    rtp: int
    packet_count: int
    octet_count: int
    report_blocks: tuple[ReportBlock, ...] = ()

    def header_fields(self) -> tuple[int, int]:
        """Return packet type and count."""
        return SENDER_REPORT, len(self.report_blocks)

    def body_bytes(self) -> bytes:
        """Return what follows the common header."""
        info = _SENDER_INFO.pack(self.ssrc, self.ntp, self.rtp, self.packet_count, self.octet_count)
        return info + _serialize_blocks(self.report_blocks)


@dataclass(slots=True)
class ReceiverReport:
    """Report blocks of somebody who sent nothing; an empty one opens a compound."""

    ssrc: int
    report_blocks: tuple[ReportBlock, ...] = ()

    def header_fields(self) -> tuple[int, int]:
        """Return packet type and count."""
        return RECEIVER_REPORT, len(self.report_blocks)

    def body_bytes(self) -> bytes:
        """Return what follows the common header."""
        return _SSRC.pack(self.ssrc) + _serialize_blocks(self.report_blocks)


@dataclass(slots=True)
class SourceDescriptionChunk:
    """Items of one source: (item type, value of at most 255 bytes)."""

    ssrc: int
    items: tuple[tuple[int, bytes], ...]

    @property
    def cname(self) -> str | None:
        """The canonical name, if it is there and readable."""
        for item_type, value in self.items:
            if item_type == CNAME:
                return value.decode(errors="replace")
        return None


@dataclass(slots=True)
class SourceDescription:
    """SDES; at most 31 chunks."""

    chunks: tuple[SourceDescriptionChunk, ...]

    @classmethod
    def of_cname(cls, ssrc: int, cname: str) -> "SourceDescription":
        """Make the SDES that must go with every report: one source, its CNAME."""
        return cls((SourceDescriptionChunk(ssrc, ((CNAME, cname.encode()[:255]),)),))

    def header_fields(self) -> tuple[int, int]:
        """Return packet type and count."""
        return SOURCE_DESCRIPTION, len(self.chunks)

    def body_bytes(self) -> bytes:
        """Return what follows the common header."""
        body = b""
        for chunk in self.chunks:
            body += _SSRC.pack(chunk.ssrc)
            for item_type, value in chunk.items:
                body += bytes((item_type, len(value))) + value
            # RFC 3550 §6.5: "terminated by one or more null octets ... to pad until the next 32-bit boundary"
            body += bytes(4 - len(body) % 4)
        return body


@dataclass(slots=True)
class Goodbye:
    """BYE: these streams end."""

    ssrcs: tuple[int, ...]
    reason: bytes = b""

    def header_fields(self) -> tuple[int, int]:
        """Return packet type and count."""
        return GOODBYE, len(self.ssrcs)

    def body_bytes(self) -> bytes:
        """Return what follows the common header."""
        body = b"".join(_SSRC.pack(ssrc) for ssrc in self.ssrcs)
        if self.reason:
            body += bytes((len(self.reason),)) + self.reason
            body += bytes(-len(body) % 4)
        return body


def parse_sender_report(count: int, body: bytes) -> SenderReport:
    """Read an SR's body; profile-specific extensions behind the blocks are ignored.

    Raises:
        WireError: truncated.
    """
    if len(body) < _SENDER_INFO.size:
        raise WireError("sender report is truncated")
    ssrc, ntp, rtp, packet_count, octet_count = _SENDER_INFO.unpack_from(body)
    return SenderReport(
        ssrc, ntp, rtp, packet_count, octet_count, _parse_blocks(count, body, _SENDER_INFO.size)
    )


def parse_receiver_report(count: int, body: bytes) -> ReceiverReport:
    """Read an RR's body.

    Raises:
        WireError: truncated.
    """
    if len(body) < 4:
        raise WireError("receiver report is truncated")
    (ssrc,) = _SSRC.unpack_from(body)
    return ReceiverReport(ssrc, _parse_blocks(count, body, 4))


def parse_source_description(count: int, body: bytes) -> SourceDescription:
    """Read an SDES body.

    Raises:
        WireError: truncated.
    """
    chunks: list[SourceDescriptionChunk] = []
    position = 0
    for _ in range(count):
        if position + 4 > len(body):
            raise WireError("SDES chunk is truncated")
        (ssrc,) = _SSRC.unpack_from(body, position)
        items, position = _parse_items(body, position + 4)
        chunks.append(SourceDescriptionChunk(ssrc, items))
    return SourceDescription(tuple(chunks))


def parse_goodbye(count: int, body: bytes) -> Goodbye:
    """Read a BYE's body.

    Raises:
        WireError: truncated.
    """
    after = 4 * count
    if len(body) < after:
        raise WireError("BYE is truncated")
    ssrcs = tuple(_SSRC.unpack_from(body, position)[0] for position in range(0, after, 4))
    if len(body) == after:
        return Goodbye(ssrcs)
    reason = body[after + 1 : after + 1 + body[after]]
    if len(reason) != body[after]:
        raise WireError("BYE reason is truncated")
    return Goodbye(ssrcs, reason)


def _parse_items(body: bytes, position: int) -> tuple[tuple[tuple[int, bytes], ...], int]:
    """Return the items of a chunk and the position of the next chunk."""
    items: list[tuple[int, bytes]] = []
    while position < len(body):
        item_type = body[position]
        if item_type == 0:
            return tuple(items), (position // 4 + 1) * 4
        if position + 1 >= len(body):
            break
        after = position + 2 + body[position + 1]
        if after > len(body):
            break
        items.append((item_type, body[position + 2 : after]))
        position = after
    raise WireError("SDES items are truncated")


def _parse_blocks(count: int, body: bytes, position: int) -> tuple[ReportBlock, ...]:
    if len(body) < position + count * _BLOCK.size:
        raise WireError("report blocks are truncated")
    blocks = []
    for start in range(position, position + count * _BLOCK.size, _BLOCK.size):
        ssrc, loss, highest, jitter, last_sr, delay = _BLOCK.unpack_from(body, start)
        lost = loss & 0xFF_FFFF
        signed = lost - 0x100_0000 if lost & 0x80_0000 else lost
        blocks.append(ReportBlock(ssrc, loss >> 24, signed, highest, jitter, last_sr, delay))
    return tuple(blocks)


def _serialize_blocks(blocks: tuple[ReportBlock, ...]) -> bytes:
    return b"".join(
        _BLOCK.pack(
            block.ssrc,
            block.fraction_lost << 24 | block.packets_lost & 0xFF_FFFF,
            block.highest_sequence,
            block.jitter,
            block.last_sr,
            block.delay_since_last_sr,
        )
        for block in blocks
    )
