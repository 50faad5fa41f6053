"""Keep what a first pass remembers bounded: a journal of days has no more clock readings than one of minutes.

Whenever there are too many, time is cut into equal cells and what lies in one is joined, so a call of hours
has coarser readings than a short one, all to the same degree. Reports become their mean, as late as the one
that was held up least: least squares and the lower envelope find the same lines. Where a clock steps, reports
stay as they came: between which two of them is what `recording.assemble.steps` asks.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from statistics import fmean
from typing import Final

from recording.assemble.readings import NEAR, Report, Stretch, tolerance

MOST: Final = 2048
"""Reports, and floors, of one journal; a fit of so many is exact to a tenth of a report's noise."""
MOST_STRETCHES: Final = 512
"""Whose clock jumps more often in a call is not believed."""
_CELLS: Final = MOST // 4
"""The rest is room for a hundred steps."""
_ENOUGH: Final = MOST * 3 // 4
"""So few are to be left, or thinning would be all that is done."""


def thin_reports(stretches: Sequence[Stretch]) -> int:
    """Make reports fewer, in place; return how many are left.

    Where the clocks never rest there is nothing to join: every second report goes.
    """
    cell = _cell([report.arrival for stretch in stretches for report in stretch.reports])
    for stretch in stretches:
        stretch.reports = list(_joined(stretch.reports, cell))
    while (left := sum(len(stretch.reports) for stretch in stretches)) > _ENOUGH:
        for stretch in stretches:
            stretch.reports = stretch.reports[::2]
    return left


def thin_floors(stretches: Sequence[Stretch]) -> int:
    """Make floors fewer, in place: of each cell the lowest one stays; return how many are left."""
    cell = _cell([sum(point) for stretch in stretches for point in stretch.floor])
    for stretch in stretches:
        cells = groupby(stretch.floor, key=lambda point: sum(point) // cell)
        stretch.floor = [min(points, key=lambda point: point[1]) for _, points in cells]
    while (left := sum(len(stretch.floor) for stretch in stretches)) > _ENOUGH:
        for stretch in stretches:
            stretch.floor = stretch.floor[::2]
    return left


def _cell(arrivals: Sequence[float]) -> float:
    """Return how long a cell is, in seconds."""
    return max(1e-6, (max(arrivals) - min(arrivals)) / _CELLS)


def _joined(reports: Sequence[Report], cell: float) -> Iterator[Report]:
    kept = _kept(reports)
    named = enumerate(reports)
    for _, found in groupby(named, key=lambda one: (kept[one[0]] and one[0], one[1].arrival // cell)):
        yield _mean([report for _, report in found])


def _kept(reports: Sequence[Report]) -> bytearray:
    """Return 1 for each report that stays as it is: around steps and at both ends."""
    count = len(reports)
    steps = [index for index, pair in enumerate(pairwise(reports), 1) if _is_step(*pair)]
    kept = bytearray(count)
    for step in (0, *steps, count):
        begin, end = max(0, step - NEAR), min(count, step + NEAR)
        kept[begin:end] = b"\1" * (end - begin)
    return kept


def _is_step(a: Report, b: Report) -> bool:
    changed = abs(b.skew - a.skew) > tolerance(a.arrival, b.arrival) / 2
    return changed or b.ntp < a.ntp or b.arrival < a.arrival


def _mean(reports: Sequence[Report]) -> Report:
    if len(reports) == 1:
        return reports[0]
    ntp = fmean(report.ntp for report in reports)
    least = min(reports, key=lambda report: report.arrival - report.ntp)
    arrival = ntp + least.arrival - least.ntp
    mean = Report(fmean(report.rtp for report in reports), ntp, arrival)
    return mean if reports[0].arrival <= arrival <= reports[-1].arrival else least
