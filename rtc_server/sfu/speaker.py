"""Who of a router's producers speaks, from the audio levels their packets carry (RFC 6464).

A level every 20 ms is averaged over an interval, smoothed, and compared with a margin, so that the answer does not
flicker between two people or at a cough.
"""

from dataclasses import dataclass
from typing import Final

NEVER: Final = float("inf")

INTERVAL: Final = 0.3
"""Seconds between decisions: quick enough for a highlight, slow enough for a syllable."""
SPEAKING: Final = 72
"""Smoothed loudness (127 − level in −dBov) from which somebody speaks: −55 dBov."""
MARGIN: Final = 6
"""Decibels by which another one must be louder to take over."""
SMOOTHING: Final = 0.6
"""Weight of the newest interval."""


@dataclass(slots=True)
class _Loudness:
    total: int = 0
    count: int = 0
    smooth: float = 0.0


class SpeakerDetector:
    """Decide the one who speaks; pure, driven by `handle_timeout`."""

    __slots__ = ("_at", "_loudness", "speaker")

    def __init__(self) -> None:
        self._loudness: dict[str, _Loudness] = {}
        self._at = NEVER
        self.speaker: str | None = None

    def add(self, producer_id: str, now: float) -> None:
        """Listen to one more producer."""
        self._loudness[producer_id] = _Loudness()
        self._at = min(self._at, now + INTERVAL)

    def remove(self, producer_id: str) -> None:
        """Forget a producer; the next decision names somebody else."""
        self._loudness.pop(producer_id, None)
        if not self._loudness:
            self._at = NEVER if self.speaker is None else self._at

    def hear(self, producer_id: str, level: int) -> None:
        """Take the level of one packet: 0 (loudest) to 127 (silence)."""
        loudness = self._loudness.get(producer_id)
        if loudness is not None:
            loudness.total += 127 - level
            loudness.count += 1

    def next_deadline(self) -> float:
        """Return when `handle_timeout` is due, on the clock of `now`."""
        return self._at

    def handle_timeout(self, now: float) -> bool:
        """Decide when due; return True when `speaker` changed."""
        if now < self._at:
            return False
        self._at = now + INTERVAL if self._loudness else NEVER
        for loudness in self._loudness.values():
            mean = loudness.total / loudness.count if loudness.count else 0.0
            loudness.smooth += SMOOTHING * (mean - loudness.smooth)
            loudness.total = loudness.count = 0
        chosen = self._choose()
        changed = chosen != self.speaker
        self.speaker = chosen
        return changed

    def _choose(self) -> str | None:
        best, best_loudness = None, float(SPEAKING)
        for producer_id, loudness in self._loudness.items():
            if loudness.smooth >= best_loudness:
                best, best_loudness = producer_id, loudness.smooth
        current = self._loudness.get(self.speaker or "")
        if current is not None and current.smooth >= SPEAKING and current.smooth + MARGIN > best_loudness:
            return self.speaker
        return best
