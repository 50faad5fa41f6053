"""An honest wait: a range from what really happened, or nothing at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

LEAST_SAMPLES: Final = 5
"""Below five answered calls a range would be a guess."""


@dataclass(frozen=True, slots=True)
class Wait:
    """What a waiting call is told; low and high are seconds from now, both None for "not enough data"."""

    position: int
    low_s: float | None
    high_s: float | None
    eligible: int
    available: int
    ends_at: float | None


def _quantile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def wait_range(
    *,
    position: int,
    waited_s: float,
    recent_waits_s: Sequence[float],
    recent_handling_s: Sequence[float],
    eligible: int,
) -> tuple[float, float] | None:
    """Return (low, high) seconds from now, or None when there is not enough data.

    Args:
        position: 1 for the next call.
        waited_s: how long this call waits already; the range shrinks by it, so it never grows while nothing
        happened.
        recent_waits_s: waits of recently answered calls of the same department.
        recent_handling_s: handling times of the same; one such time per call ahead and specialist is added.
        eligible: how many specialists could take the call, were they free.
    """
    if len(recent_waits_s) < LEAST_SAMPLES or eligible == 0:
        return None
    waits = sorted(recent_waits_s)
    ahead = 0.0
    if position > 1 and recent_handling_s:
        ahead = (position - 1) * _quantile(sorted(recent_handling_s), 0.5) / eligible
    low = max(0.0, _quantile(waits, 0.25) + ahead - waited_s)
    high = max(0.0, _quantile(waits, 0.8) + ahead - waited_s)
    if high <= 0.0:
        return None
    return low, high
