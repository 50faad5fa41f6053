"""What the line carried when it was full: the mean of the rates at which it was used too much (GCC §5.5)."""

import math
from typing import Final

WEIGHT: Final = 0.05
"""Of a new rate in the mean; GCC §5.5: "an exponential moving average … with smoothing factor 0.95"."""

DEVIATIONS: Final = 3.0
"""GCC §5.5: a rate within three standard deviations of the mean is close to it."""

MIN_VARIANCE_KBPS: Final = 0.4
MAX_VARIANCE_KBPS: Final = 2.5
"""Bounds of variance over mean, in kbit/s (libwebrtc): three deviations at 500 kbit/s are 42 to 106."""


class LineMaximum:
    """Remember the rate of the full line until a rate does not fit it any more."""

    __slots__ = ("_mean_kbps", "_variance_kbps")

    def __init__(self) -> None:
        self._mean_kbps: float | None = None
        self._variance_kbps = MIN_VARIANCE_KBPS

    @property
    def mean_bps(self) -> float | None:
        """Return the mean; None while nothing is known."""
        return None if self._mean_kbps is None else self._mean_kbps * 1000

    def add(self, rate_bps: float) -> None:
        """Note the rate at which the line was used too much; one far below the mean begins anew."""
        rate = rate_bps / 1000
        if self._mean_kbps is not None and rate < self._mean_kbps - self._reach():
            self._mean_kbps = None
        if self._mean_kbps is None:
            self._mean_kbps, self._variance_kbps = rate, MIN_VARIANCE_KBPS
            return
        mean = (1 - WEIGHT) * self._mean_kbps + WEIGHT * rate
        normed = (mean - rate) ** 2 / max(mean, 1.0)
        variance = (1 - WEIGHT) * self._variance_kbps + WEIGHT * normed
        self._mean_kbps = mean
        self._variance_kbps = min(max(variance, MIN_VARIANCE_KBPS), MAX_VARIANCE_KBPS)

    def outgrown_by(self, rate_bps: float) -> bool:
        """Forget the mean when the line carries more; return whether it did."""
        if self._mean_kbps is None or rate_bps / 1000 <= self._mean_kbps + self._reach():
            return False
        self._mean_kbps = None
        return True

    def _reach(self) -> float:
        return DEVIATIONS * math.sqrt(self._variance_kbps * (self._mean_kbps or 0.0))
