"""The bad lines that calls are measured on; the line of the counter unless it says otherwise."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from tests.support.impairment import BLACKOUT, CLEAN, Impairment, Step

QUEUE_MS: Final = 300.0
"""What a village's access line holds before it drops."""
NEAR_MS: Final = 20.0
"""One way to a server in the province, which every line has."""


class Whose(Enum):
    """Whose line is bad."""

    CLERK = "clerk"
    SPECIALIST = "specialist"


@dataclass(frozen=True, slots=True)
class Row:
    """One line, and what is measured on it.

    Attributes:
        up, down: what the line does, from the moment both people see and hear each other.
        seconds: how long it is watched.
        from_s: when the figures begin, so long after the line became bad.
        steps_at_s, new_rate_bps: when the rate falls, and to what.
        heals_at_s: when a blackout ends.
        moves: what heals then is that the person's address changed: another one in UDP, and TCP was reset.
        wide_bps: a steady rate that is to be used.
    """

    name: str
    up: Sequence[Step]
    down: Sequence[Step]
    whose: Whose = Whose.CLERK
    seconds: float = 20.0
    from_s: float = 8.0
    steps_at_s: float | None = None
    new_rate_bps: float | None = None
    heals_at_s: float | None = None
    moves: bool = False
    wide_bps: float | None = None

    @property
    def is_busy(self) -> bool:
        """Whether the desktop must take what it can get, so that the rate can be used."""
        return self.wide_bps is not None


def line(rate_bps: float | None = None, delay_ms: float = NEAR_MS, loss: float = 0.0) -> Impairment:
    """Return a line as the rows name them; `delay_ms` is of one way."""
    return Impairment(rate_bps=rate_bps, delay_ms=delay_ms, loss=loss, queue_ms=QUEUE_MS)


def _steady(name: str, bad: Impairment, **more: float) -> Row:
    return Row(name, [Step(0, bad)], [Step(0, bad)], **more)  # type: ignore[arg-type]


def _blackout(name: str, seconds: float, watched_s: float) -> Row:
    steps = [Step(0, line()), Step(4, BLACKOUT), Step(4 + seconds, line())]
    return Row(name, steps, steps, seconds=4 + seconds + watched_s, from_s=0, heals_at_s=4 + seconds)


_BAD: Final = line(300_000, 150, 0.05)
_STEPS: Final = [Step(0, line(1_000_000)), Step(16, line(200_000)), Step(28, line(1_000_000))]

ROWS: Final = (
    _steady("clean", CLEAN, seconds=16, from_s=4),
    _steady("2M", line(2_000_000)),
    _steady("1M_100ms", line(1_000_000, 100), wide_bps=1_000_000),
    _steady("500k_2", line(500_000, loss=0.02)),
    _steady("300k_150ms_5", _BAD),
    _steady("150k_300ms_10", line(150_000, 300, 0.1)),
    _steady("bursts_20", Impairment(loss=0.2, burst_ms=200, delay_ms=NEAR_MS)),
    Row(
        "step_1M_200k",
        _STEPS,
        _STEPS,
        seconds=40,
        steps_at_s=16,
        new_rate_bps=200_000,
        wide_bps=1_000_000,
    ),
    Row("up_300k", [Step(0, _BAD)], [Step(0, line())]),
    Row("down_300k", [Step(0, line())], [Step(0, _BAD)], whose=Whose.SPECIALIST),
    _blackout("blackout_5s", 5, 8),
    _blackout("blackout_25s", 25, 12),
    Row("moved", [Step(0, line())], [Step(0, line())], seconds=16, from_s=0, heals_at_s=4, moves=True),
)
