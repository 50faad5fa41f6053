"""The rate that loss allows (GCC §6): some is the nature of a line, much is a queue that is full."""

from typing import Final

from rtc_server.protocol.estimate.aimd import BETA

WINDOW_S: Final = 1.0
MIN_PACKETS: Final = 100
"""Between two judgements. On a line that loses 5 % by chance one in 13 judgements of 20 packets finds more
than 10 %, of 100 packets one in 90; and a bound once lowered stays where it is at 5 %."""

LOW_LOSS: Final = 0.02
HIGH_LOSS: Final = 0.10
"""GCC §6: below 2 % up, above 10 % down, between them unchanged."""

GROWTH: Final = 1.05
"""GCC §6: As_hat(i) = 1.05 · As_hat(i−1)."""

DECREASE: Final = 0.5
"""GCC §6: As_hat(i) = As_hat(i−1) · (1 − 0.5 · p)."""


class LossBound:
    """An upper bound of the estimate; none at first, so that a line that always loses a little is not held.

    Args:
        max_bps: the bound that is none.
        min_bps: it does not fall below this.

    Attributes:
        bps: As_hat(i).
        fraction: packets lost of those sent in the last window, 0–1.
    """

    __slots__ = ("_judged_at", "_lost", "_max_bps", "_min_bps", "_packets", "bps", "fraction")

    def __init__(self, *, max_bps: float, min_bps: float) -> None:
        self.bps = float(max_bps)
        self.fraction = 0.0
        self._max_bps = max_bps
        self._min_bps = min_bps
        self._lost = 0
        self._packets = 0
        self._judged_at: float | None = None

    def add(
        self,
        *,
        received: int,
        lost: int,
        estimate_bps: float,
        acknowledged_bps: float | None,
        now: float,
    ) -> None:
        """Add one report.

        Args:
            lost: negative when packets came that were taken for lost.
            estimate_bps: what is allowed now; a decrease begins there.
        acknowledged_bps: what arrives; what arrives without loss is allowed, as in `aimd`. None: unknown.
        """
        self._lost += lost
        self._packets += received + lost
        if self._judged_at is None:
            self._judged_at = now
        if now - self._judged_at < WINDOW_S or self._packets < MIN_PACKETS:
            return
        self.fraction = min(max(self._lost / self._packets, 0.0), 1.0)
        self._judged_at = now
        self._lost = self._packets = 0
        self.bps = self._judge(estimate_bps, acknowledged_bps or 0.0)

    def raise_to(self, rate_bps: float) -> None:
        """A probe has shown that the line carries this."""
        self.bps = min(max(self.bps, rate_bps), self._max_bps)

    def _judge(self, estimate_bps: float, acknowledged_bps: float) -> float:
        if self.fraction > HIGH_LOSS:
            return max(min(self.bps, estimate_bps) * (1 - DECREASE * self.fraction), self._min_bps)
        if self.fraction < LOW_LOSS:
            return min(max(self.bps * GROWTH, BETA * acknowledged_bps), self._max_bps)
        return self.bps
