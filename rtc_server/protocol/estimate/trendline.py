"""The slope of the queueing delay over time: a line through the last groups (libwebrtc's trendline).

It stands where the draft has a Kalman filter (GCC §5.3) and answers the same question: does the queue grow?
"""

from collections import deque
from operator import mul
from typing import Final

from rtc_server.protocol.estimate.groups import GroupDelta

WINDOW: Final = 20
"""Groups on the line."""

SMOOTHING: Final = 0.9
"""Weight of the smoothed delay before in the next one."""

GAIN: Final = 4.0
"""Factor that makes a slope comparable with the detector's threshold."""

MAX_GROUPS: Final = 60
"""Groups that count into the trend: the more were seen, the surer it is, up to here."""


class Trendline:
    """Fit a line through accumulated delay over arrival time."""

    __slots__ = ("_accumulated_ms", "_began_at", "_groups", "_points", "_slope", "_smoothed_ms")

    def __init__(self) -> None:
        self._points: deque[tuple[float, float]] = deque(maxlen=WINDOW)
        self._groups = 0
        self._began_at = 0.0
        self._accumulated_ms = 0.0
        self._smoothed_ms = 0.0
        self._slope = 0.0

    @property
    def slope(self) -> float:
        """Milliseconds of delay that a millisecond adds; 0 until the window is full."""
        return self._slope

    def update(self, delta: GroupDelta) -> float:
        """Add one group; return the trend m(i) in milliseconds, to be compared with the threshold."""
        if not self._groups:
            self._began_at = delta.arrived_at
        self._groups = min(self._groups + 1, MAX_GROUPS)
        self._accumulated_ms += delta.variation_ms
        self._smoothed_ms = SMOOTHING * self._smoothed_ms + (1 - SMOOTHING) * self._accumulated_ms
        self._points.append(((delta.arrived_at - self._began_at) * 1000, self._smoothed_ms))
        if len(self._points) == WINDOW:
            self._slope = _fit(self._points, self._slope)
        return self._groups * self._slope * GAIN


def _fit(points: deque[tuple[float, float]], otherwise: float) -> float:
    """Return the slope of least squares; `otherwise` when all points stand at one time."""
    first = points[0][0]  # from there on numbers are small, and their squares exact enough
    xs, ys = [x - first for x, _ in points], [y for _, y in points]
    mean_x = sum(xs) / len(points)
    above = sum(map(mul, xs, ys)) - mean_x * sum(ys)
    below = sum(map(mul, xs, xs)) - mean_x * sum(xs)
    return above / below if below > 0 else otherwise
