"""One probe: for a moment so much is sent as the line is hoped to carry, and what arrives is measured.

Whatever leaves meanwhile belongs to it, media too; padding only fills up. A shell that ticks sends bursts, so
the rate is that of all bursts after the first, from the end of the first to the end of the last.
"""

from collections.abc import Iterable
from typing import Final

from rtc_server.protocol.estimate.feedback import ReceivedPacket
from rtc_server.protocol.estimate.groups import BURST_S
from rtc_server.protocol.estimate.history import CAPACITY, SentHistory

DURATION_S: Final = 0.06
"""Long enough for six bursts of a 10 ms tick; libwebrtc, with a pacer, needs 15 ms."""

PACE_S: Final = 0.01
"""Between two bursts."""

PATIENCE_S: Final = 1.0
"""After the last packet until the probe is judged by what was told (libwebrtc)."""

MIN_BURSTS: Final = 3
MIN_RECEIVED: Final = 0.8
"""Part of the bytes that has to arrive, else the probe says nothing (libwebrtc)."""

MAX_GAIN: Final = 2.0
"""A probe that arrives so much faster than it was sent was held up on its way (libwebrtc)."""

SATURATED: Final = 0.9
TARGET: Final = 0.95
"""What arrives slower than this part of the sent rate shows the line's own, of which so much is taken
(libwebrtc)."""


class ProbeCluster:
    """Pace one probe and measure it.

    Args:
        rate_bps: hoped for.
        history: of the transport; packets from its next one on belong to the probe.
        now: seconds.

    Attributes:
        padding_bytes: asked for so far.
    """

    def __init__(self, rate_bps: float, history: SentHistory, now: float) -> None:
        self.rate_bps = rate_bps
        self.padding_bytes = 0
        self._history = history
        self._begun_at = now
        self._first = history.next_number
        self._end: int | None = None
        """The number after its last packet, once that is sent."""
        self._received: list[ReceivedPacket] = []
        self._deadline = now

    def next_deadline(self) -> float:
        """Return when `pace` or `is_over` is to be asked."""
        return self._deadline

    def pace(self, now: float) -> int:
        """Return the bytes of padding to send now, 0 for none; ends the sending when its time is over."""
        if self._end is not None:
            return 0
        elapsed = now - self._begun_at
        if elapsed > DURATION_S - PACE_S / 2:
            self._end = self._history.next_number
            self._deadline = now + PATIENCE_S
            return 0
        self._deadline = now + PACE_S
        owed = int(self.rate_bps * (elapsed + PACE_S) / 8) - self._sent_bytes()
        self.padding_bytes += max(owed, 0)
        return max(owed, 0)

    def receive(self, packets: Iterable[ReceivedPacket]) -> None:
        """Take what one report told."""
        end = self._history.next_number if self._end is None else self._end
        self._received += [packet for packet in packets if self._first <= packet[0] < end]

    def is_over(self, now: float) -> bool:
        """Return whether all of it arrived, or its patience is over."""
        if self._end is None:
            return False
        return now >= self._deadline or len(self._received) >= self._end - self._first

    def measured_bps(self) -> float | None:
        """Return the rate that the line carried; None when too little is known."""
        if self._end is None or len(self._received) < MIN_RECEIVED * (self._end - self._first):
            return None
        bursts = _bursts(sorted(self._received))
        if len(bursts) < MIN_BURSTS:
            return None
        (sent_first, arrived_first, _), *later = bursts
        sent_span = later[-1][0] - sent_first
        arrived_span = max(arrived for _, arrived, _ in later) - arrived_first
        bits = 8 * sum(size for _, _, size in later)
        if sent_span <= 0 or arrived_span <= 0:
            return None
        sent, arrived = bits / sent_span, bits / arrived_span
        if arrived > MAX_GAIN * sent:
            return None
        found = TARGET * arrived if arrived < SATURATED * sent else min(sent, arrived)
        return min(found, self.rate_bps)  # ticks that come late make bursts seem nearer than they were

    def _sent_bytes(self) -> int:
        history = self._history
        first = max(self._first, history.oldest)
        return sum(history.sizes[number % CAPACITY] for number in range(first, history.next_number))


def _bursts(packets: Iterable[ReceivedPacket]) -> list[tuple[float, float, int]]:
    """Return for each burst its last sending, its last arrival and its bytes."""
    bursts: list[tuple[float, float, int]] = []
    for _, sent, arrived, size in packets:
        if bursts and sent - bursts[-1][0] <= BURST_S:
            _, before, total = bursts[-1]
            bursts[-1] = (sent, max(before, arrived), total + size)
        else:
            bursts.append((sent, arrived, size))
    return bursts
