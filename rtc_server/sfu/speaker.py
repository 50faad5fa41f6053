"""Who of a router's producers speaks, from the audio levels their packets carry (RFC 6464).

The loudest packets of an interval are averaged, smoothed, and compared with a margin, so that the answer
does not flicker between two people or in the pauses of one.
"""

from dataclasses import dataclass, field
from typing import Final

NEVER: Final = float("inf")

INTERVAL: Final = 0.3
"""Seconds between decisions: quick enough for a highlight, slow enough for a syllable."""
SPEAKING: Final = 72
"""Smoothed loudness (127 − level in −dBov) from which somebody speaks: −55 dBov."""
MARGIN: Final = 6
"""Decibels by which another one must be louder to take over."""
LOUDEST: Final = 5
"""Packets of an interval that count: 100 ms of sound are a syllable, pauses between them are speech too."""
ATTACK: Final = 0.8
DECAY: Final = 0.3
"""Weights of the newest interval when it is louder, and when it is not."""
MAX_LEVELS: Final = 256
"""Levels kept of one interval; audio brings 15, a flood must not bring more."""


@dataclass(slots=True)
class _Loudness:
    levels: list[int] = field(default_factory=list)
    smooth: float = 0.0

    def finish_interval(self) -> None:
        loudest = sorted(self.levels, reverse=True)[:LOUDEST]
        mean = sum(loudest) / LOUDEST
        self.smooth += (ATTACK if mean > self.smooth else DECAY) * (mean - self.smooth)
        self.levels.clear()


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
        if loudness is not None and len(loudness.levels) < MAX_LEVELS:
            loudness.levels.append(127 - level)

    def next_deadline(self) -> float:
        """Return when `handle_timeout` is due, on the clock of `now`."""
        return self._at

    def handle_timeout(self, now: float) -> bool:
        """Decide when due; return True when `speaker` changed."""
        if now < self._at:
            return False
        self._at = now + INTERVAL if self._loudness else NEVER
        for loudness in self._loudness.values():
            loudness.finish_interval()
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
