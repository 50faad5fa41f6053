"""A line in virtual time, and a sender that sends what is estimated: the loop closed without sockets.

video frames ─► queue of a bottleneck ─► delay, jitter, loss ─► recorder ─► feedback ─► estimator ─┐
     ▲                                                                                             │
     └─────────────────────────────────────────────────────────────────────────────────────────────┘
"""

import heapq
import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from rtc_server.protocol.estimate.estimator import DownlinkEstimator
from rtc_server.protocol.estimate.feedback import FeedbackReader
from rtc_server.protocol.estimate.history import SentHistory
from rtc_server.protocol.estimate.probe import Prober
from rtc_server.protocol.transport_wide import TransportWideRecorder

PACKET_BYTES = 1200
PADDING_BYTES = 280
FRAME_S = 1 / 30
STEP_S = 0.005


@dataclass
class Line:
    """What a line does to packets; fields may be changed while it runs.

    Attributes:
        rate_bps, queue_s: of the bottleneck; what would wait longer is lost.
        delay_s, jitter_s, loss: behind it; a packet may overtake within its jitter.
        cross_bps: other traffic through the same queue.
    """

    rate_bps: float = 1e6
    queue_s: float = 0.5
    delay_s: float = 0.03
    jitter_s: float = 0.0
    loss: float = 0.0
    cross_bps: float = 0.0
    seed: int = 1
    free_at: float = 0.0

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def arrival(self, size: int, now: float) -> float | None:
        """Return when a packet of `size` bytes arrives that is sent now, None when it is lost."""
        if not self._enqueue(size, now) or self._random.random() < self.loss:
            return None
        return self.free_at + self.delay_s + self._random.random() * self.jitter_s

    def cross(self, now: float, seconds: float) -> None:
        """Let the other traffic of `seconds` into the queue."""
        if self.cross_bps:
            self._enqueue(self.cross_bps * seconds / 8, now)

    def _enqueue(self, size: float, now: float) -> bool:
        starts = max(self.free_at, now)
        if starts - now > self.queue_s:
            return False
        self.free_at = starts + size * 8 / self.rate_bps
        return True


@dataclass
class Loop:
    """Sender, line and receiver.

    Attributes:
        wanted_bps: what the sender has to send at most; None: as much as is estimated.
        hears, can_pad: whether feedback comes through, and padding can be sent; changed while it runs.
        estimates: (time, estimate) of each step.
        padded: bytes of padding so far.
    """

    line: Line = field(default_factory=Line)
    wanted_bps: float | None = None
    max_bps: int = 20_000_000
    feedback_s: float = 0.1
    hears: bool = True
    can_pad: bool = True
    now: float = 1000.0
    estimates: list[tuple[float, int]] = field(default_factory=list)
    padded: int = 0

    def __post_init__(self) -> None:
        self.estimator = DownlinkEstimator(max_bps=self.max_bps)
        self.history = SentHistory()
        self._reader = FeedbackReader(self.history)
        self._recorder = TransportWideRecorder(1, interval=self.feedback_s)
        self.prober = Prober(self.history, self.estimator)
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._frame_at = self.now
        self._owed_bits = 0.0

    def run(self, seconds: float) -> None:
        """Let time pass."""
        end = self.now + seconds
        while self.now < end:
            self.step()

    def step(self) -> None:
        """Let `STEP_S` pass."""
        self.now += STEP_S
        self.line.cross(self.now, STEP_S)
        if self.now >= self._frame_at:
            self._frame_at += FRAME_S
            self._send_frame()
        if self.now >= self.prober.next_deadline():
            self.pad(self.prober.handle_timeout(self.now, can_pad=self.can_pad))
        while self._events and self._events[0][0] <= self.now:
            heapq.heappop(self._events)[2]()
        self._report()
        self.estimates.append((self.now, self.estimator.estimate_bps))

    def begin_at(self, now: float) -> None:
        """Begin beside another one."""
        self.now = self._frame_at = now

    def send(self, size: int, now: float) -> None:
        """Send one packet at `now`."""
        number = self.history.remember(size, now)
        arrival = self.line.arrival(size, now)
        if arrival is not None:
            self._at(arrival, lambda: self._recorder.record(number, 1, arrival))

    def pad(self, size: int) -> None:
        """Send padding alone, as little packets."""
        self.padded += size
        while size > 0:
            self.send(min(PADDING_BYTES, size), self.now)
            size -= PADDING_BYTES

    def _send_frame(self) -> None:
        rate = self.estimator.estimate_bps
        self._owed_bits += FRAME_S * (rate if self.wanted_bps is None else min(rate, self.wanted_bps))
        while self._owed_bits > 0:
            size = min(PACKET_BYTES, max(int(self._owed_bits / 8), 100))
            self._owed_bits -= size * 8
            self.send(size, self.now)

    def _report(self) -> None:
        if self.now < self._recorder.next_deadline():
            return
        for report in self._recorder.handle_timeout(self.now):
            if self.hears:
                self._at(self.now + self.line.delay_s, lambda report=report: self._hear(report))  # type: ignore[misc]

    def _hear(self, report: object) -> None:
        acknowledgement = self._reader.read(report, self.now)  # type: ignore[arg-type]
        assert acknowledgement is not None, "an honest peer is never refused"
        self.estimator.receive(acknowledgement, self.now)
        self.prober.receive(acknowledgement.received, self.now)

    def _at(self, time: float, act: Callable[[], None]) -> None:
        heapq.heappush(self._events, (time, next(self._order), act))

    # --- what came of it

    def since(self, seconds: float) -> list[int]:
        """Return the estimates of the last seconds."""
        return [estimate for time, estimate in self.estimates if time > self.now - seconds]

    def longest_above(self, rate_bps: float) -> float:
        """Return the longest time in seconds in which the estimate stayed above a rate."""
        runs = itertools.groupby(self.estimates, lambda entry: entry[1] > rate_bps)
        return max((len(list(run)) * STEP_S for above, run in runs if above), default=0.0)


def mean(values: list[int]) -> float:
    return sum(values) / len(values)
