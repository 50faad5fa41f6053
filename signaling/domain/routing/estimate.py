"""An honest wait: a range from what really happened, or nothing at all.

A range is a pair of moments, not of seconds from now: what was told once comes nearer by itself and never
grows while nothing happened, whenever and wherever it is told again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

LEAST_SAMPLES: Final = 5
"""Below five answered calls a range would be a guess."""


@dataclass(frozen=True, slots=True)
class Wait:
    """What a waiting call is told: when it will be answered, both None for "not enough data"."""

    position: int
    low_at: float | None
    high_at: float | None
    eligible: int
    available: int
    ends_at: float | None

    def range_s(self, now: float) -> tuple[float, float] | None:
        """Return least and most seconds from now; None without data, or when it takes longer than told."""
        if self.low_at is None or self.high_at is None or self.high_at <= now:
            return None
        return max(0.0, self.low_at - now), self.high_at - now


@dataclass(frozen=True, slots=True)
class Usual:
    """How long calls of one bureau usually wait and are handled, seconds."""

    low_s: float
    high_s: float
    handling_s: float


def usual(waits_s: Sequence[float], handling_s: Sequence[float]) -> Usual | None:
    """Return what is usual, from recently answered calls; None when there is not enough data."""
    if len(waits_s) < LEAST_SAMPLES:
        return None
    waits = sorted(waits_s)
    handling = _quantile(sorted(handling_s), 0.5) if handling_s else 0.0
    return Usual(_quantile(waits, 0.25), _quantile(waits, 0.8), handling)


def expected(
    usually: Usual | None, *, position: int, requested_at: float, eligible: int, now: float
) -> tuple[float, float] | None:
    """Return between which moments a call will be answered; None when nobody can honestly say.

    Args:
        usually: what is usual for its bureau.
        position: 1 for the next call; one handling time per call ahead and specialist is added.
        requested_at: when the call was requested.
        eligible: how many specialists could take the call, were they free.
        now: a range that is over by now was wrong: it is not told.
    """
    if usually is None or eligible == 0:
        return None
    ahead = (position - 1) * usually.handling_s / eligible
    high_at = requested_at + usually.high_s + ahead
    return (requested_at + usually.low_s + ahead, high_at) if high_at > now else None


def _quantile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
