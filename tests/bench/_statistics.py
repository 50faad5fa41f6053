"""Percentiles and verdicts of benchmarks."""

import math
from collections.abc import Sequence


def percentile(values: Sequence[float], share: float) -> float:
    """Return the least value that at least `share` (0–1) of the values do not exceed; NaN of none."""
    if not values:
        return float("nan")
    ordered = sorted(values)
    return float(ordered[max(0, math.ceil(share * len(ordered)) - 1)])


def broken(limits: dict[str, tuple[float | None, float]]) -> list[str]:
    """Return a line for each figure that is missing or not below its limit.

    Args:
        limits: what → (figure, limit).
    """
    return [
        f"{what}: {figure} is not below {limit:g}"
        for what, (figure, limit) in limits.items()
        if figure is None or not figure < limit
    ]
