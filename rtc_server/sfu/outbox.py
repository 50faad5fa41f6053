"""What one transport has to send, in the order of its kinds, until the shell takes it after the batch.

Sound and RTCP leave with the next drain, pictures and what repeats them as the pacer lets them. Media packets
are held in parts and finished when they leave (`finish`): numbers that belong to a transport and not to a
stream are given in the order of leaving, whatever waited, was reordered or dropped before.
"""

from collections.abc import Callable, Iterable
from math import inf
from typing import Final, NamedTuple

from rtc_server.protocol.estimate.history import SentHistory
from rtc_server.protocol.pacer import Lane, Pacer
from rtc_server.sfu.drops import Drop, DropCounter
from rtc_server.sfu.parameters import SctpStreamParameters
from rtc_server.sfu.route import Stamp
from rtc_server.wire.extensions import build_abs_send_time
from rtc_server.wire.rtcp import RtcpPacket, serialize

MESSAGES_HELD: Final = 256
"""Data messages waiting for the next drain; resets of streams are as few as the streams."""

MAX_WAITING_BYTES: Final = 2 * 1024 * 1024
"""Pictures that wait for the line of one peer; payloads are shared with other peers and the cache."""

NUMBER: Final = Stamp.NUMBER
NUMBER_BYTES: Final = int(NUMBER)

Packet = tuple[bytes, bytes, Stamp | None]
"""Header, payload (shared with others), and what ends the header on leaving."""

Message = tuple[SctpStreamParameters, int, bytes | None]
"""Stream, payload protocol id and data; no data: the stream is to be reset."""


SSRC: Final = slice(8, 12)
"""Of an RTP header."""


class Output(NamedTuple):
    """What leaves now.

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


def _nobody(ssrcs: set[int], now: float) -> None:
    """Stand in for `on_skip` until the transport sets it."""


class Outbox:
    """Bounded; what finds it full is dropped and counted.

    Args:
        drops: of the transport.
        max_packets: RTP packets of one kind, and apart from them RTCP datagrams, between two drains.
        max_bytes: of pictures that wait for the line.

    Attributes:
        on_output: called when the outbox has something to take; set by the shell.
        on_skip: told whose pictures were given up, and when; set by the transport.
        pacer: of this peer.
        history: the packets that left with a transport-wide number; None before the first one.
    """

    def __init__(self, drops: DropCounter, *, max_packets: int, max_bytes: int = MAX_WAITING_BYTES) -> None:
        self.on_output: Callable[[], None] = _nothing
        self.on_skip: Callable[[set[int], float], None] = _nobody
        self.pacer: Pacer[Packet] = Pacer(max_bytes=max_bytes)
        self._drops = drops
        self._max_packets = max_packets
        self._fresh: tuple[list[Packet], ...] = tuple([] for _ in Lane)
        """By their lanes."""
        self._fresh_bytes = 0
        """Of those that are paced."""
        self.history: SentHistory | None = None
        self._reports: list[bytes] = []
        self._messages: list[Message] = []
        self._released: list[int] = []
        self._retired: list[int] = []

    def send_rtp(self, header: bytes, payload: bytes, stamp: Stamp | None, lane: Lane = Lane.SOUND) -> None:
        """Put one media packet in; the hot path.

        Args:
            payload: shared with everybody it is sent to, never altered.
            stamp: what `header` lacks at its end, None for nothing.
        """
        packets = self._fresh[lane]
        if len(packets) >= self._max_packets:
            self._drops.count(Drop.OUTBOX_FULL)
            return
        if not packets:
            self.on_output()
        packets.append((header, payload, stamp))
        if lane:
            self._fresh_bytes += len(header) + len(payload)

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

    def give_up(self, ssrcs: Iterable[int | None]) -> None:
        """Forget what waits for the line of some streams of ours."""
        if self.pacer.waiting_bytes:
            unwanted = frozenset(ssrcs)
            self._drops.count(Drop.LINE_FULL, self.pacer.discard(lambda packet: _ssrc(packet) in unwanted))

    def take(self, now: float | None = None, room: float = inf) -> Output:
        """Return and forget what leaves now.

        Args:
            now: seconds; None for everything, whatever the pacer says.
            room: bytes of pictures that the path takes.
        """
        packets = self._take_packets(now, room)
        if self._retired:  # what still waits would be sealed after SRTP has forgotten its stream
            retired = frozenset(self._retired)
            self.pacer.discard(lambda packet: _ssrc(packet) in retired)
        output = Output(packets, self._reports, self._messages, self._released, self._retired)
        self._reports, self._messages, self._released, self._retired = [], [], [], []
        return output

    def _take_packets(self, now: float | None, room: float) -> list[Packet]:
        sound, repairs, pictures, padding = self._fresh
        pacer, size = self.pacer, self._fresh_bytes
        if now is None:
            packets = [*sound, *pacer.take_all(), *repairs, *pictures, *padding]
        elif not (size or pacer.waiting_bytes):
            packets = sound[:]
        elif pacer.passes(size, now, room):
            packets = [*sound, *repairs, *pictures, *padding]
        else:
            packets = self._take_paced(now, room)
        for lane in self._fresh:
            lane.clear()
        self._fresh_bytes = 0
        return packets

    def _take_paced(self, now: float, room: float) -> list[Packet]:
        """Queue what came and return what may leave; padding never waits, and goes where nothing does."""
        sound, repairs, pictures, padding = self._fresh
        pacer = self.pacer
        for lane, packets in ((Lane.REPAIR, repairs), (Lane.PICTURE, pictures)):
            for packet in packets:
                if not pacer.put(lane, packet, _size(packet), now):
                    self._drops.count(Drop.RTX_RATE)
        taken = pacer.take(now, room)
        if taken.given_up:
            self._drops.count(Drop.LINE_FULL, len(taken.given_up))
            self.on_skip({_ssrc(packet) for packet in taken.given_up}, now)
        if pacer.waiting_bytes or sum(map(_size, padding)) > room:
            padding = []
        return [*sound, *taken.items, *padding]

    def give_up_pictures(self) -> None:
        """Drop and count what waits for the line: nothing of it can be shown any more."""
        self._drops.count(Drop.LINE_FULL, len(self.pacer.take_all()))

    def next_deadline(self) -> float:
        """Return when there is something to take again though nothing was put in."""
        return self.pacer.next_deadline()

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


def _size(packet: Packet) -> int:
    return len(packet[0]) + len(packet[1])


def _ssrc(packet: Packet) -> int:
    return int.from_bytes(packet[0][SSRC])
