"""What one transport has to send, in the order of its kinds, until the shell takes it after the batch.

Media packets are held in parts and finished when they leave (`finish`): numbers that belong to a transport
and not to a stream are given in the order of leaving, whatever waited, was reordered or dropped before.
"""

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from rtc_server.protocol.estimate.history import SentHistory
from rtc_server.sfu.drops import Drop, DropCounter
from rtc_server.sfu.parameters import SctpStreamParameters
from rtc_server.sfu.route import Stamp
from rtc_server.wire.extensions import build_abs_send_time
from rtc_server.wire.rtcp import RtcpPacket, serialize

MESSAGES_HELD: Final = 256
"""Data messages waiting for the next drain; resets of streams are as few as the streams."""

NUMBER: Final = Stamp.NUMBER
NUMBER_BYTES: Final = int(NUMBER)

Packet = tuple[bytes, bytes, Stamp | None]
"""Header, payload (shared with others), and what ends the header on leaving."""

Message = tuple[SctpStreamParameters, int, bytes | None]
"""Stream, payload protocol id and data; no data: the stream is to be reset."""


class Output(NamedTuple):
    """Everything that waited.

    Attributes:
        packets: RTP in parts, to be finished and protected.
        reports: RTCP datagrams, to be protected.
        messages: for data channels.
        released: the peer's SSRCs that SRTP need not remember any more.
        retired: our SSRCs that SRTP need not remember once `packets` are sealed.
    """

    packets: list[Packet]
    reports: list[bytes]
    messages: list[Message]
    released: list[int]
    retired: list[int]


def _nothing() -> None:
    """Stand in for `on_output` until the shell sets it."""


class Outbox:
    """Bounded; what finds it full is dropped and counted.

    Args:
        drops: of the transport.
        max_packets: RTP packets, and apart from them RTCP datagrams, between two drains.

    Attributes:
        on_output: called when the outbox has something to take; set by the shell.
        history: the packets that left with a transport-wide number; None before the first one.
    """

    def __init__(self, drops: DropCounter, *, max_packets: int) -> None:
        self.on_output: Callable[[], None] = _nothing
        self._drops = drops
        self._max_packets = max_packets
        self._packets: list[Packet] = []
        self.history: SentHistory | None = None
        self._reports: list[bytes] = []
        self._messages: list[Message] = []
        self._released: list[int] = []
        self._retired: list[int] = []

    def send_rtp(self, header: bytes, payload: bytes, stamp: Stamp | None) -> None:
        """Put one media packet in; the hot path.

        Args:
            payload: shared with everybody it is sent to, never altered.
            stamp: what `header` lacks at its end, None for nothing.
        """
        packets = self._packets
        if len(packets) >= self._max_packets:
            self._drops.count(Drop.OUTBOX_FULL)
            return
        if not packets:
            self.on_output()
        packets.append((header, payload, stamp))

    def send_rtcp(self, *packets: RtcpPacket) -> None:
        """Put one RTCP datagram in."""
        if len(self._reports) >= self._max_packets:
            self._drops.count(Drop.OUTBOX_FULL)
            return
        self._reports.append(serialize(packets))
        self.on_output()

    def send_message(self, stream: SctpStreamParameters, protocol_id: int, data: bytes | None) -> None:
        """Put one data message in, or with no data the reset of its stream, which is never dropped."""
        if data is not None and len(self._messages) >= MESSAGES_HELD:
            self._drops.count(Drop.SCTP_BACKLOG)
            return
        self._messages.append((stream, protocol_id, data))
        self.on_output()

    def release(self, ssrcs: Iterable[int]) -> None:
        """The peer's streams ended."""
        self._released.extend(ssrcs)
        self.on_output()

    def retire(self, ssrcs: Iterable[int]) -> None:
        """Streams of ours ended; their last packets may still wait here."""
        self._retired.extend(ssrcs)
        self.on_output()

    def take(self) -> Output:
        """Return and forget everything."""
        output = Output(self._packets, self._reports, self._messages, self._released, self._retired)
        self._packets, self._reports, self._messages, self._released, self._retired = [], [], [], [], []
        return output

    def finish(self, packets: Iterable[Packet], clock: Callable[[], float]) -> list[bytes]:
        """Return packets whole, as they leave now and in this order; what is finished is sent or lost.

        Args:
            clock: seconds, read once; abs-send-time keeps its value modulo 64.
        """
        now, history = clock(), self.history
        whole: list[bytes] = []
        for header, payload, stamp in packets:
            if stamp is None:
                whole.append(header + payload)
            elif stamp is NUMBER:
                if history is None:
                    history = self.history = SentHistory()
                number = history.remember(len(header) + NUMBER_BYTES + len(payload), now)
                whole.append(header + number.to_bytes(NUMBER_BYTES) + payload)
            else:
                whole.append(header + build_abs_send_time(now) + payload)
        return whole
