"""Straight lines through clouds of clock readings: least squares, and the lower envelope.

A delay is never negative, so among (time, arrival − time) the lowest points are the ones the network did
not hold up: the line under all points that lies closest to them is the relation of the two clocks (Moon,
Skelly and Towsley, "Estimation and removal of clock skew from network delay measurements", 1999).
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

MAX_SKEW: Final = 500e-6
"""Clocks drift by less (quartz: 100 ppm); a steeper line is a queue that fills, not a clock."""
MIN_SPAN_FOR_SKEW: Final = 60.0
"""Seconds; below, delay variation would be taken for drift."""


class Line(NamedTuple):
    """y = offset + slope · (x − origin); `origin` keeps large times precise."""

    origin: float
    offset: float
    slope: float

    def at(self, x: float) -> float:
        """Return y at x."""
        return self.offset + self.slope * (x - self.origin)


def lower_envelope(points: Iterable[tuple[float, float]]) -> Line | None:
    """Return the line under `points` (seconds, seconds) closest to them; None without points.

    Its slope is 0 when the points span less than a minute or the slope would be more than `MAX_SKEW`.
    """
    ordered = sorted(points)
    if not ordered:
        return None
    origin = ordered[0][0]
    flat = Line(origin, min(y for _, y in ordered), 0.0)
    if ordered[-1][0] - origin < MIN_SPAN_FOR_SKEW:
        return flat
    middle = sum(x for x, _ in ordered) / len(ordered)
    left, right = _edge_over(_lower_hull(ordered), middle)
    slope = (right[1] - left[1]) / (right[0] - left[0])
    if abs(slope) > MAX_SKEW:
        return flat
    return Line(origin, left[1] - slope * (left[0] - origin), slope)


def _lower_hull(ordered: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    hull: list[tuple[float, float]] = []
    for point in ordered:
        if hull and hull[-1][0] == point[0]:
            continue  # same x, sorted by y: the first one is the lowest
        while len(hull) >= 2 and _turns_down(hull[-2], hull[-1], point):
            hull.pop()
        hull.append(point)
    return hull


def _turns_down(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> bool:
    return (b[0] - a[0]) * (c[1] - a[1]) <= (b[1] - a[1]) * (c[0] - a[0])


def _edge_over(
    hull: Sequence[tuple[float, float]], middle: float
) -> tuple[tuple[float, float], tuple[float, float]]:
    for left, right in pairwise(hull):
        if right[0] >= middle:
            return left, right
    return hull[-2], hull[-1]


def least_squares(points: Sequence[tuple[float, float]], *, min_span: float) -> Line | None:
    """Return the line through `points` with slope 0 below `min_span` (of x); None without points.

    The slope is taken as 0 too when it is more than `MAX_SKEW`.
    """
    if not points:
        return None
    count = len(points)
    mean_x = sum(x for x, _ in points) / count
    mean_y = sum(y for _, y in points) / count
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    xs = [x for x, _ in points]
    slope = 0.0
    if count >= 4 and max(xs) - min(xs) >= min_span and spread > 0:
        slope = sum((x - mean_x) * (y - mean_y) for x, y in points) / spread
    return Line(mean_x, mean_y, slope if abs(slope) <= MAX_SKEW else 0.0)
