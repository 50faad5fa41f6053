"""Is the line used too much? The trend against a threshold that follows it (GCC §5.4).

A fixed threshold starves beside TCP, whose queue makes every trend high: so it rises towards a trend that
stays above it, and falls behind one that stays below.
"""

from enum import Enum
from typing import Final

FIRST_THRESHOLD_MS: Final = 12.5
"""GCC table 1, del_var_th(0)."""

MIN_THRESHOLD_MS: Final = 6.0
MAX_THRESHOLD_MS: Final = 600.0
"""GCC §5.4: "clamp del_var_th(i) to the range [6, 600]"."""

OVERUSE_TIME_MS: Final = 10.0
"""GCC table 1, overuse_time_th: the trend has to stay above the threshold for so long."""

GAIN_UP: Final = 0.0087
GAIN_DOWN: Final = 0.039
"""K_u and K_d, a millisecond: libwebrtc's, which belong to its trendline, as the draft's to its filter."""

MAX_STEP_MS: Final = 15.0
"""GCC §5.4: the threshold is not updated when the trend is this far above it: a spike is no trend."""

MAX_INTERVAL_MS: Final = 100.0
"""Time that one update counts at most (libwebrtc): a silence is no evidence."""


class Usage(Enum):
    """What the detector says of the line: GCC's signals s(i)."""

    NORMAL = "normal"
    OVER = "over"
    UNDER = "under"


class OveruseDetector:
    """Compare each group's trend with the adaptive threshold.

    Attributes:
        usage: the signal of the latest group.
        threshold_ms: del_var_th(i).
    """

    __slots__ = ("_groups_over", "_over_ms", "_trend_before", "_updated_at_ms", "threshold_ms", "usage")

    def __init__(self) -> None:
        self.usage = Usage.NORMAL
        self.threshold_ms = FIRST_THRESHOLD_MS
        self._over_ms: float | None = None
        self._groups_over = 0
        self._trend_before = 0.0
        self._updated_at_ms: float | None = None

    def update(self, trend_ms: float, *, sent_ms: float, at_ms: float) -> Usage:
        """Judge one group.

        Args:
            trend_ms: m(i), from the trendline.
            sent_ms: time since the group before was sent, in milliseconds.
            at_ms: its arrival on the peer's clock, in milliseconds.
        """
        if trend_ms > self.threshold_ms:
            self._is_over(trend_ms, sent_ms)
        else:
            self._over_ms, self._groups_over = None, 0
            self.usage = Usage.UNDER if trend_ms < -self.threshold_ms else Usage.NORMAL
        self._trend_before = trend_ms
        self._adapt(trend_ms, at_ms)
        return self.usage

    def _is_over(self, trend_ms: float, sent_ms: float) -> None:
        """Signal once the trend is above for long enough, in more than one group, and not falling.

        When it began is unknown: half of the first interval is counted.
        """
        self._over_ms = sent_ms / 2 if self._over_ms is None else self._over_ms + sent_ms
        self._groups_over += 1
        if self._over_ms > OVERUSE_TIME_MS and self._groups_over > 1 and trend_ms >= self._trend_before:
            self._over_ms, self._groups_over = 0.0, 0
            self.usage = Usage.OVER

    def _adapt(self, trend_ms: float, at_ms: float) -> None:
        """Move the threshold: del_var_th(i−1) + (t(i) − t(i−1)) · K(i) · (|m(i)| − del_var_th(i−1))."""
        before = at_ms if self._updated_at_ms is None else self._updated_at_ms
        self._updated_at_ms = at_ms
        distance = abs(trend_ms) - self.threshold_ms
        if distance > MAX_STEP_MS:
            return
        gain = GAIN_DOWN if distance < 0 else GAIN_UP
        interval = min(max(at_ms - before, 0.0), MAX_INTERVAL_MS)
        moved = self.threshold_ms + interval * gain * distance
        self.threshold_ms = min(max(moved, MIN_THRESHOLD_MS), MAX_THRESHOLD_MS)
