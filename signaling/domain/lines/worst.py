"""Which line of a call is the worst now: what a wall has room for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from signaling.domain.ids import ParticipantId
from signaling.domain.lines.block import Lane
from signaling.domain.lines.e_model import mean_opinion
from signaling.domain.lines.sample import Sample, level_of, mean_rating, worst_of
from signaling.domain.session import Direction, Quality

LATELY: Final = 5
"""Samples that are looked at together: one that is bad by chance alarms nobody."""
FRESH_S: Final = 15.0
"""A line that was heard last before is no line now."""


@dataclass(frozen=True, slots=True)
class WorstLine:
    """The worst direction of a call, and the MOS of its sound, to a tenth; None without sound."""

    participant_id: ParticipantId
    name: str
    direction: Direction
    level: Quality
    opinion: float | None


def worst_line(lanes: Iterable[tuple[Lane, str, Sequence[Sample]]], now: float) -> WorstLine | None:
    """Return the worst of lanes, each with its person's name and samples in order; None: none is fresh."""
    found = [
        _of(lane, name, samples[-LATELY:])
        for lane, name, samples in lanes
        if samples and now - samples[-1].at <= FRESH_S
    ]
    return min(found, key=_goodness, default=None)


def _of(lane: Lane, name: str, lately: Sequence[Sample]) -> WorstLine:
    r = mean_rating(lately)
    level = level_of(r) if r is not None else worst_of(list(lately)).level
    opinion = None if r is None else round(mean_opinion(r), 1)
    return WorstLine(lane.participant_id, name, lane.direction, level, opinion)


def _goodness(line: WorstLine) -> tuple[int, float]:
    return -list(Quality).index(line.level), 4.5 if line.opinion is None else line.opinion
