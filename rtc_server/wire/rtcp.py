"""RTCP compound packets (RFC 3550 §6, RFC 5506 reduced size): one datagram ↔ a list of packets.

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
    |V=2|P|  count  |      PT       |   length in words minus one   |
    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+

`parse_compound` reads, `serialize` writes; the packet types live in `rtcp_reports`, `rtcp_feedback` and
`rtcp_transport_cc` and are all importable from here. Deliberately not done: APP, XR and unknown feedback
formats; they come back as `UnknownPacket` and are to be ignored (RFC 3550 §6.1: "packets with unknown types
should be ignored").
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from struct import Struct
from typing import Final

from rtc_server.errors import WireError
from rtc_server.wire.rtcp_feedback import (
    PAYLOAD_FEEDBACK,
    TRANSPORT_FEEDBACK,
    FeedbackPacket,
    FullIntraRequest,
    FullIntraRequestEntry,
    Nack,
    PictureLossIndication,
    ReceiverEstimatedBitrate,
    parse_payload_feedback,
    parse_transport_layer_feedback,
)
from rtc_server.wire.rtcp_reports import (
    GOODBYE,
    RECEIVER_REPORT,
    SENDER_REPORT,
    SOURCE_DESCRIPTION,
    Goodbye,
    ReceiverReport,
    ReportBlock,
    SenderReport,
    SourceDescription,
    SourceDescriptionChunk,
    parse_goodbye,
    parse_receiver_report,
    parse_sender_report,
    parse_source_description,
)
from rtc_server.wire.rtcp_transport_cc import TransportWideFeedback

__all__ = [
    "FullIntraRequest",
    "FullIntraRequestEntry",
    "Goodbye",
    "Nack",
    "PictureLossIndication",
    "ReceiverEstimatedBitrate",
    "ReceiverReport",
    "ReportBlock",
    "RtcpPacket",
    "SenderReport",
    "SourceDescription",
    "SourceDescriptionChunk",
    "TransportWideFeedback",
    "UnknownPacket",
    "parse_compound",
    "serialize",
]

_HEADER: Final = Struct("!BBH")


@dataclass(slots=True)
class UnknownPacket:
    """A well-framed packet of a type or format this server does not read.

    Attributes:
        packet_type: 192–223.
        count: the five bits of the header (report count or feedback format).
        body: what follows the header, padding excluded.
    """

    packet_type: int
    count: int
    body: bytes

    def header_fields(self) -> tuple[int, int]:
        """Return packet type and count."""
        return self.packet_type, self.count

    def body_bytes(self) -> bytes:
        """Return what follows the common header."""
        return self.body


RtcpPacket = SenderReport | ReceiverReport | SourceDescription | Goodbye | FeedbackPacket | UnknownPacket

_REPORT_PARSERS: Final[dict[int, Callable[[int, bytes], RtcpPacket]]] = {
    SENDER_REPORT: parse_sender_report,
    RECEIVER_REPORT: parse_receiver_report,
    SOURCE_DESCRIPTION: parse_source_description,
    GOODBYE: parse_goodbye,
}

_FEEDBACK_PARSERS: Final[dict[int, Callable[[int, bytes], FeedbackPacket | None]]] = {
    TRANSPORT_FEEDBACK: parse_transport_layer_feedback,
    PAYLOAD_FEEDBACK: parse_payload_feedback,
}


def parse_compound(data: bytes) -> list[RtcpPacket]:
    """Read every packet of one datagram.

    Raises:
        WireError: one of them is broken; nothing of the datagram should be used.
    """
    packets: list[RtcpPacket] = []
    position, end = 0, len(data)
    if not end:
        raise WireError("RTCP datagram is empty")
    while position < end:
        if end - position < 4:
            raise WireError("RTCP header is truncated")
        first, packet_type, words = _HEADER.unpack_from(data, position)
        if first >> 6 != 2:
            raise WireError("RTCP version is not 2")
        after = position + 4 + (words << 2)
        if after > end:
            raise WireError("RTCP packet runs past the end")
        body = data[position + 4 : after]
        if first & 0x20:
            body = _without_padding(body)
        packets.append(_parse_one(packet_type, first & 0x1F, body))
        position = after
    return packets


def serialize(packets: Iterable[RtcpPacket]) -> bytes:
    """Write one compound datagram; the caller puts a report first where RFC 3550 §6.1 asks for it."""
    parts: list[bytes] = []
    for packet in packets:
        packet_type, count = packet.header_fields()
        body = packet.body_bytes()
        parts.append(_HEADER.pack(0x80 | count, packet_type, len(body) >> 2))
        parts.append(body)
    return b"".join(parts)


def _without_padding(body: bytes) -> bytes:
    # RFC 3550 §6.4.1 asks for a multiple of four; libwebrtc's transport-wide feedback is padded by 1–3.
    if not body or not 0 < body[-1] <= len(body):
        raise WireError("RTCP padding count is wrong")
    return body[: -body[-1]]


def _parse_one(packet_type: int, count: int, body: bytes) -> RtcpPacket:
    report = _REPORT_PARSERS.get(packet_type)
    if report is not None:
        return report(count, body)
    feedback = _FEEDBACK_PARSERS.get(packet_type)
    packet = feedback(count, body) if feedback is not None else None
    return packet if packet is not None else UnknownPacket(packet_type, count, body)
