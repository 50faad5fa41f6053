"""Bits a second of something that is counted, over a window; asked now and then, at no price per packet."""

from collections import deque
from collections.abc import Sequence
from typing import Final

WINDOW_S: Final = 3.0
"""Seconds that are averaged: a key frame does not count for a rate, a change of scene does."""

LEAST_S: Final = 1.5
"""Seconds that are averaged at least: what begins does so with a key frame."""

INTERVAL_S: Final = 0.25
"""Least time between two samples; who asks sooner gets the answer of before."""

QUIET_S: Final = 1.5
"""A stream without anything for so long does not flow: cameras send at least two pictures a second."""


class RateMeter:
    """The rates of several counts that only grow, such as one for each temporal layer.

    Attributes:
        bps: bits a second of each count.
        grew_at: when anything was seen to grow last; None before.
    """

    __slots__ = ("_samples", "bps", "grew_at")

    def __init__(self, counts: int) -> None:
        self.bps = (0.0,) * counts
        self.grew_at: float | None = None
        self._samples: deque[tuple[float, tuple[int, ...]]] = deque()

    def sample(self, totals: Sequence[int], now: float) -> None:
        """Take bytes so far, of each count."""
        samples = self._samples
        if samples and now - samples[-1][0] < INTERVAL_S:
            return
        newest = tuple(totals)
        if sum(newest) > (sum(samples[-1][1]) if samples else 0):
            self.grew_at = now
        samples.append((now, newest))
        while len(samples) > 2 and now - samples[1][0] >= WINDOW_S:
            samples.popleft()
        since, oldest = samples[0]
        passed = max(now - since, LEAST_S)
        self.bps = tuple(8 * (new - old) / passed for new, old in zip(newest, oldest, strict=True))

    def flows(self, now: float) -> bool:
        """Return whether something came lately."""
        return self.grew_at is not None and now - self.grew_at < QUIET_S
