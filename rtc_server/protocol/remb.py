"""Estimate what a client's uplink carries when the client has no transport-cc (pymediasoup), and say so by
REMB.

Loss decides, as in the loss-based half of Google congestion control (draft-ietf-rmcat-gcc-02 §6): below 2 %
up by 8 %, above 10 % down by half the loss, between them unchanged. The measured rate bounds both ways: an
estimate far above what is sent means nothing, and one below what demonstrably arrives would be wrong.
Generous on purpose: our clients cap themselves.

Deliberately not done: delay gradients. They need abs-send-time and a filter, and such clients are few.
"""

from typing import Final

INTERVAL_S: Final = 1.0
"""Between two REMB messages, and of the rate measurement."""

MIN_BPS: Final = 100_000
"""Enough for sound and a thumbnail; below it a client might give up video for ever."""

_GROWTH: Final = 1.08
_LOW_LOSS: Final = 0.02
_HIGH_LOSS: Final = 0.10
_MIN_EXPECTED: Final = 20
"""Fewer packets a second say nothing of loss: one lost of one is not a bad path."""

_HEADROOM: Final = 2.0
"""The estimate may be this many times the measured rate, so that a sender can ramp up."""


class UplinkEstimator:
    """Estimate one transport's uplink from loss and measured rate.

    Args:
        initial_bps: before anything is measured; also what an idle sender may always start with.
        max_bps: ceiling.
        now: seconds.
    """

    __slots__ = (
        "_bytes",
        "_deadline",
        "_estimate",
        "_expected",
        "_initial",
        "_interval_start",
        "_lost",
        "_max",
    )

    def __init__(self, *, initial_bps: int, max_bps: int, now: float) -> None:
        self._initial = initial_bps
        self._max = max_bps
        self._estimate = float(initial_bps)
        self._interval_start = now
        self._deadline = now + INTERVAL_S
        self._bytes = 0
        self._lost = 0
        self._expected = 0

    @property
    def estimate_bps(self) -> int:
        """What the next REMB will say."""
        return int(self._estimate)

    def receive(self, size: int) -> None:
        """Count one packet of `size` bytes; the hot path."""
        self._bytes += size

    def receive_report(self, lost: int, expected: int) -> None:
        """Add the loss of one stream since its last report.

        Args:
            lost: packets that did not come first hand; negative counts as 0.
            expected: packets that should have come.
        """
        self._lost += max(lost, 0)
        self._expected += max(expected, 0)

    def next_deadline(self) -> float:
        """Return when the next REMB is due."""
        return self._deadline

    def handle_timeout(self, now: float) -> int | None:
        """Advance time; return the bitrate to announce now, in bits a second, or None when it is not time
        yet.
        """
        if now < self._deadline:
            return None
        measured = self._bytes * 8 / max(now - self._interval_start, INTERVAL_S / 2)
        loss = min(self._lost / self._expected, 1.0) if self._expected >= _MIN_EXPECTED else 0.0
        self._estimate = self._next_estimate(loss, measured)
        self._interval_start = now
        self._deadline = now + INTERVAL_S
        self._bytes = self._lost = self._expected = 0
        return int(self._estimate)

    def _next_estimate(self, loss: float, measured: float) -> float:
        estimate = self._estimate
        if loss > _HIGH_LOSS:
            return max(min(estimate, max(measured, MIN_BPS)) * (1 - 0.5 * loss), MIN_BPS)
        if loss < _LOW_LOSS:
            # An idle sender's estimate falls back to what it may always start with.
            estimate = min(max(estimate * _GROWTH, measured), max(self._initial, _HEADROOM * measured))
        return min(max(estimate, MIN_BPS), self._max)
