"""One word about a line, from loss both ways and the round trip."""

from dataclasses import dataclass
from typing import Final

from rtc_server.owner_events import QualityLevel

NEVER: Final = float("inf")

INTERVAL: Final = 2.0
"""Seconds between judgements: two report intervals of video, and calm enough to be shown to a person."""

_WEAK_LOSS: Final = 0.03
"""Beyond this repair shows as delay."""
_BAD_LOSS: Final = 0.10
"""Beyond this speech suffers."""
_WEAK_RTT_MS: Final = 300.0
_BAD_RTT_MS: Final = 800.0


@dataclass(slots=True)
class LineReport:
    """Loss fractions 0–1 of what came in and went out, and the round trip in milliseconds if known."""

    loss_in: float
    loss_out: float
    rtt_ms: float | None


def judge(report: LineReport) -> QualityLevel:
    """Return the level of a line."""
    loss = max(report.loss_in, report.loss_out)
    rtt_ms = report.rtt_ms or 0.0
    if loss >= _BAD_LOSS or rtt_ms >= _BAD_RTT_MS:
        return QualityLevel.BAD
    if loss >= _WEAK_LOSS or rtt_ms >= _WEAK_RTT_MS:
        return QualityLevel.WEAK
    return QualityLevel.GOOD


class QualityWatch:
    """Say when the level changed, at most once each `INTERVAL`."""

    __slots__ = ("_at", "level")

    def __init__(self, now: float) -> None:
        self._at = now + INTERVAL
        self.level = QualityLevel.GOOD

    def next_deadline(self) -> float:
        """Return when `handle_timeout` is due, on the clock of `now`."""
        return self._at

    def handle_timeout(self, report: LineReport, now: float) -> bool:
        """Judge when due; return True when `level` changed."""
        if now < self._at:
            return False
        self._at = now + INTERVAL
        level = judge(report)
        changed = level is not self.level
        self.level = level
        return changed
