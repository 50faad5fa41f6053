"""What is kept of a journal's clocks: the sender reports, and how little the packets were held up."""

from dataclasses import dataclass, field
from typing import Final, NamedTuple

STEP_SECONDS: Final = 0.04
"""A smaller change of NTP − RTP is the noise of reports (±8 ms for sound)."""
DRIFT: Final = 300e-6
"""How fast NTP and RTP clocks may part: ±100 ppm each, and room."""
NEAR: Final = 5
"""Reports whose median is taken for the level before and behind a step."""


class Report(NamedTuple):
    """A sender report, all in seconds: RTP time, NTP time of the same moment, arrival here."""

    rtp: float
    ntp: float
    arrival: float

    @property
    def skew(self) -> float:
        """Return NTP − RTP."""
        return self.ntp - self.rtp


@dataclass(slots=True)
class Stretch:
    """A part of a journal with one relation between RTP time and arrival.

    Attributes:
        first_sequence: unwrapped; the stretch holds packets from this one on.
        floor: (RTP seconds, least arrival − RTP seconds) of each few seconds.
        reports: the sender reports.
    """

    first_sequence: int
    floor: list[tuple[float, float]] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)


def tolerance(earlier: float, later: float) -> float:
    """Return by how much NTP − RTP may differ between two arrivals without a step, seconds."""
    return STEP_SECONDS + DRIFT * abs(later - earlier)
