"""Send published streams at a fixed rate, receive what comes out, and measure loss and added latency."""

import contextlib
import select
import struct
import time
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tests.bench._peer import Peer
from tests.bench._statistics import percentile
from tests.bench.forward.feedback import EVERY_SECONDS, Feedback, number_at
from tests.bench.forward.mmsg import Incoming, Outgoing, stamp_arrivals
from tests.bench.forward.stream import PACKETS_PER_FRAME, StreamPlan, sequence_of

WARM_UP_SECONDS = 1.5
TAIL_SECONDS = 0.4
BATCH = 64
CONSENT_SECONDS = 4.0
REPORT_SECONDS = 1.0
SAMPLE_EVERY = 101
"""One packet in so many is decrypted to prove that it is what was sent."""


@dataclass(slots=True)
class Pair:
    """A publisher and the subscriber of its stream."""

    publisher: Peer
    subscriber: Peer
    plan: StreamPlan
    outgoing: Outgoing = field(init=False)
    sent: int = 0
    offset: int | None = None
    newest: int = 0
    sent_at: array = field(init=False)
    latency_ns: array = field(init=False)
    wrong: int = 0
    received: int = 0
    feedback: Feedback = field(default_factory=Feedback)
    number_at: int | None = None
    """Where its packets have their transport-wide number, once one was seen."""

    def prepare(self) -> None:
        """Protect every packet ahead of time."""
        plan = self.plan
        self.outgoing = Outgoing([self.publisher.tx.protect(plan.packet(i)) for i in range(plan.count)])
        self.sent_at = array("q", bytes(8 * plan.count))
        self.latency_ns = array("q", b"\xff" * (8 * plan.count))
        stamp_arrivals(self.subscriber.socket)


@dataclass(frozen=True, slots=True)
class LoadResult:
    """Figures of one run; latencies in milliseconds, `cpu_seconds` left to the caller."""

    sent: int
    received: int
    loss: float
    latency_p50_ms: float
    latency_p99_ms: float
    seconds: float
    wrong: int


@dataclass(frozen=True, slots=True)
class Window:
    """A measured part of a run.

    Attributes:
        start, stop: called around it by the thread that sends (to read CPU times): must be quick.
    """

    seconds: float
    start: Callable[[], None] = lambda: None
    stop: Callable[[], None] = lambda: None


class Load:
    """Drive all pairs from one thread.

    Args:
        rate: packets a second, of all pairs.
        number_id: of the extension by which subscribers tell what they got; None to tell nothing.
    """

    def __init__(self, pairs: list[Pair], rate: int, *, number_id: int | None) -> None:
        self._pairs = pairs
        self._number_id = number_id
        self._per_pair = rate / len(pairs)
        self._ring = Incoming()
        self._poll = select.epoll()
        self._by_fd = {}
        for pair in pairs:
            pair.prepare()
            self._by_fd[pair.subscriber.socket.fileno()] = pair
            self._poll.register(pair.subscriber.socket.fileno(), select.EPOLLIN)
            self._poll.register(pair.publisher.socket.fileno(), select.EPOLLIN)
        self._kept_at = 0.0
        self._reported_at = 0.0
        self._told_at = 0.0

    def run(self, windows: Sequence[Window]) -> list[LoadResult]:
        """Warm up, go through the windows without a pause, and count each.

        The plans must hold enough packets for the warm-up and all windows.
        """
        edges = [int(self._per_pair * WARM_UP_SECONDS) // PACKETS_PER_FRAME * PACKETS_PER_FRAME]
        self._send_until(edges[0])
        self._drain_for(0.2)
        seconds = []
        for window in windows:
            window.start()
            began = time.perf_counter()
            edges.append(edges[-1] + int(self._per_pair * window.seconds))
            self._send_until(edges[-1])
            seconds.append(time.perf_counter() - began)
            if window is windows[-1]:
                self._drain_for(TAIL_SECONDS)
            window.stop()
        return [self._count(*part) for part in zip(edges[:-1], edges[1:], seconds, strict=True)]

    def _send_until(self, last: int) -> None:
        first = self._pairs[0].sent
        began = time.perf_counter()
        while any(pair.sent < last for pair in self._pairs):
            due = min(last, first + int((time.perf_counter() - began) * self._per_pair))
            for pair in self._pairs:
                self._send(pair, due)
            self._receive(0.0002)
            self._keep_alive()

    def _send(self, pair: Pair, due: int) -> None:
        count = min(due - pair.sent, BATCH)
        if count <= 0:
            return
        now = time.time_ns()
        taken = pair.outgoing.send(pair.publisher.socket.fileno(), pair.sent, count)
        for index in range(pair.sent, pair.sent + taken):
            pair.sent_at[index] = now
        pair.sent += taken

    def _drain_for(self, seconds: float) -> None:
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            self._receive(0.005)

    def _receive(self, timeout: float) -> None:
        for fd, _ in self._poll.poll(timeout):
            count = self._ring.receive(fd)
            pair = self._by_fd.get(fd)
            if pair is not None:
                for slot in range(count):
                    self._take(pair, slot)

    def _take(self, pair: Pair, slot: int) -> None:
        data = self._ring.data[slot]
        first, second, sequence = struct.unpack_from("!BBH", data)
        if not 128 <= first <= 191 or 192 <= second <= 223:
            return
        if pair.offset is None or pair.received % SAMPLE_EVERY == 0:
            self._verify(pair, slot, sequence)
        if pair.offset is None:
            return
        pair.received += 1
        if pair.number_at is not None:
            pair.feedback.note(
                int.from_bytes(data[pair.number_at : pair.number_at + 2]), self._ring.arrived_ns(slot)
            )
        step = (sequence - pair.offset - sequence_of(pair.newest)) & 0xFFFF
        index = pair.newest + (step - 0x10000 if step >= 0x8000 else step)
        if 0 <= index < len(pair.sent_at) and pair.sent_at[index]:
            pair.newest = max(pair.newest, index)
            if pair.latency_ns[index] < 0:
                pair.latency_ns[index] = self._ring.arrived_ns(slot) - pair.sent_at[index]

    def _verify(self, pair: Pair, slot: int, sequence: int) -> None:
        protected = bytes(self._ring.data[slot][: self._ring.length(slot)])
        try:
            clear = pair.subscriber.rx.unprotect(protected)
        except Exception:
            pair.wrong += 1
            return
        (index,) = struct.unpack("!I", clear[-4:])
        offset = (sequence - sequence_of(index)) & 0xFFFF
        if pair.offset is None:
            pair.offset, pair.newest = offset, index
            if self._number_id is not None:
                pair.number_at = number_at(clear, self._number_id)
        elif offset != pair.offset:
            pair.wrong += 1

    def _keep_alive(self) -> None:
        now = time.perf_counter()
        if now - self._kept_at > CONSENT_SECONDS:
            self._kept_at = now
            for pair in self._pairs:
                for peer in (pair.publisher, pair.subscriber):
                    with contextlib.suppress(OSError):
                        peer.socket.send(peer.check())
        if now - self._reported_at > REPORT_SECONDS:
            self._reported_at = now
            for pair in self._pairs:
                with contextlib.suppress(OSError):
                    pair.subscriber.socket.send(pair.subscriber.tx.protect_rtcp(EMPTY_REPORT))

        if now - self._told_at > EVERY_SECONDS:
            self._told_at = now
            for pair in self._pairs:
                self._tell(pair)

    def _tell(self, pair: Pair) -> None:
        report = pair.feedback.take()
        if report is not None:
            with contextlib.suppress(OSError):
                pair.subscriber.socket.send(pair.subscriber.tx.protect_rtcp(report))

    def _count(self, first: int, end: int, seconds: float) -> LoadResult:
        latencies = [value for pair in self._pairs for value in pair.latency_ns[first:end] if value >= 0]
        sent = (end - first) * len(self._pairs)
        received = len(latencies)
        return LoadResult(
            sent=sent,
            received=received,
            loss=1 - received / sent,
            latency_p50_ms=percentile(latencies, 0.50) / 1e6,
            latency_p99_ms=percentile(latencies, 0.99) / 1e6,
            seconds=seconds,
            wrong=sum(pair.wrong for pair in self._pairs),
        )


EMPTY_REPORT = struct.pack("!BBHI", 0x80, 201, 1, 0x10AD)
