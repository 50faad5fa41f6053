"""Undo what a sender did to its wall clock in mid-call, and join what a queue tore apart (RECORDING 23, 24).

A report ties the sender's NTP time to RTP time without the network in between, so NTP − RTP of a track stands
still but for drift. Where it steps, either the sender's clock was set, and arrival − NTP steps the other way,
or the track's RTP clock stopped, and arrival − NTP does not. A clock that was set is put back, by the same
amount on every track of the sender, so lips stay in step; then one fit holds for the whole call.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from recording.assemble.readings import NEAR, Report, Stretch, tolerance
from recording.assemble.survey import Survey

UNSEEN_STEP_SECONDS: Final = 0.3
"""A step while no track ran shows in arrival − NTP only, which the network moves too."""
_WINDOW_SECONDS: Final = 30.0
_ENOUGH: Final = 3
_MOST_STEPS: Final = 50
"""Who sets a clock more often in a call is not believed."""


@dataclass(frozen=True, slots=True)
class _Step:
    """A change of NTP − RTP between two reports of a track, which came at `before` and `after`."""

    before: float
    after: float
    by: float


def settle(surveys: Sequence[Survey]) -> None:
    """Put the reports of one sender on one unbroken clock, in place."""
    for survey in surveys:
        _drop_outliers(survey)
    for _ in range(_MOST_STEPS):
        step = _clock_step([_reports(survey) for survey in surveys])
        if step is None:
            break
        _shift(surveys, step.before, -step.by)
    for before, after in _pauses(surveys):
        _settle_unseen(surveys, before, after)
    for survey in surveys:
        survey.stretches[:] = _joined(survey.stretches)


def runs(reports: Sequence[Report]) -> list[Sequence[Report]]:
    """Return settled reports cut where their track's RTP clock stopped, each run on one line.

    A device that stalls for a quarter of a second goes on with the next timestamp: too little for a stretch
    of its own (`JUMP_SECONDS`), too much for lips. A run of one report is not believed.
    """
    cuts = [step.after for step in _steps(reports)]
    found: list[list[Report]] = [[] for _ in range(len(cuts) + 1)]
    for report in reports:
        found[bisect_right(cuts, report.arrival)].append(report)
    believed = [run for run in found if len(run) > 1]
    return [*believed] if believed and cuts else [reports]


def _reports(survey: Survey) -> list[Report]:
    return [report for stretch in survey.stretches for report in stretch.reports]


def _differs(a: Report, level: float, reference: Report) -> bool:
    return abs(a.skew - level) > tolerance(reference.arrival, a.arrival)


def _drop_outliers(survey: Survey) -> None:
    """Drop single reports that neither the one before nor the one behind agrees with."""
    for stretch in survey.stretches:
        reports = stretch.reports
        stretch.reports = [
            report
            for index, report in enumerate(reports)
            if len(reports) < _ENOUGH
            or any(not _differs(other, report.skew, report) for other in _neighbours(reports, index))
        ]


def _neighbours(reports: Sequence[Report], index: int) -> Sequence[Report]:
    return [*reports[max(0, index - 1) : index], *reports[index + 1 : index + 2]]


def _steps(reports: Sequence[Report]) -> list[_Step]:
    found: list[_Step] = []
    begin = 0
    for index in range(1, len(reports)):
        level = median(report.skew for report in reports[max(begin, index - NEAR) : index])
        if not _differs(reports[index], level, reports[index - 1]):
            continue
        behind = [r for r in reports[index : index + NEAR] if not _differs(r, reports[index].skew, r)]
        by = median(report.skew for report in behind) - level
        found.append(_Step(reports[index - 1].arrival, reports[index].arrival, by))
        begin = index
    return found


def _clock_step(sequences: Sequence[Sequence[Report]]) -> _Step | None:
    """Return the step of the sender's clock that is known most exactly; None when there is none (left)."""
    steps = [step for reports in sequences for step in _steps(reports)]
    everything = sorted((r for reports in sequences for r in reports), key=lambda report: report.arrival)
    for step in sorted(steps, key=lambda step: step.after - step.before):
        others = [other for other in steps if other is not step]
        same = [other for other in others if _is_same(step, other)]
        if same or _is_clock(step, others, everything):
            # It lies where the tracks' intervals overlap: reports before it are nobody's to move.
            return _Step(max(one.before for one in (step, *same)), step.after, step.by)
    return None


def _is_same(a: _Step, b: _Step) -> bool:
    overlap = a.before < b.after and b.before < a.after
    return overlap and abs(a.by - b.by) < tolerance(min(a.before, b.before), max(a.after, b.after))


def _is_clock(step: _Step, others: Sequence[_Step], everything: Sequence[Report]) -> bool:
    """Return whether arrival − NTP went the other way: nobody but a clock that was set does that."""
    begin = max((other.after for other in others if other.after <= step.before), default=float("-inf"))
    end = min((other.before for other in others if other.before >= step.after), default=float("inf"))
    begin, end = max(begin, step.before - _WINDOW_SECONDS), min(end, step.after + _WINDOW_SECONDS)
    earlier = [report for report in everything if begin <= report.arrival <= step.before]
    later = [report for report in everything if step.after <= report.arrival <= end]
    moved = _least(later) - _least(earlier)
    return abs(moved + step.by) < abs(moved)


def _least(reports: Sequence[Report]) -> float:
    return min(report.arrival - report.ntp for report in reports)


def _shift(surveys: Sequence[Survey], behind: float, by: float) -> None:
    """Move the NTP times of all reports that came after `behind`."""
    for survey in surveys:
        for stretch in survey.stretches:
            stretch.reports = [
                report._replace(ntp=report.ntp + by) if report.arrival > behind else report
                for report in stretch.reports
            ]


def _pauses(surveys: Sequence[Survey]) -> list[tuple[float, float]]:
    """Return (end, begin) of the times between reports over which no track of the sender ran."""
    spans = sorted(
        (reports[0].arrival, reports[-1].arrival) for survey in surveys if (reports := _reports(survey))
    )
    found: list[tuple[float, float]] = []
    end = spans[0][1] if spans else 0.0
    for first, last in spans:
        if first > end:
            found.append((end, first))
        end = max(end, last)
    return found


def _settle_unseen(surveys: Sequence[Survey], before: float, after: float) -> None:
    reports = [report for survey in surveys for report in _reports(survey)]
    earlier = [r for r in reports if r.arrival <= before]
    later = [r for r in reports if r.arrival >= after]
    if min(len(earlier), len(later)) < _ENOUGH:
        return
    moved = _least(later) - _least(earlier)
    if abs(moved) > UNSEEN_STEP_SECONDS:
        _shift(surveys, before, moved)


def _joined(stretches: Sequence[Stretch]) -> list[Stretch]:
    """Join stretches whose reports agree, and what lies between: a queue held packets up."""
    found: list[Stretch] = []
    reported: int | None = None
    for stretch in stretches:
        found.append(stretch)
        if not stretch.reports:
            continue
        if reported is not None and _agree(found[reported].reports, stretch.reports):
            found[reported:] = [_merged(found[reported:])]
        reported = len(found) - 1
    return found


def _agree(earlier: Sequence[Report], later: Sequence[Report]) -> bool:
    a = median(report.skew for report in earlier[-NEAR:])
    b = median(report.skew for report in later[:NEAR])
    return abs(b - a) <= tolerance(earlier[-1].arrival, later[0].arrival)


def _merged(stretches: Sequence[Stretch]) -> Stretch:
    return Stretch(
        stretches[0].first_sequence,
        [point for stretch in stretches for point in stretch.floor],
        [report for stretch in stretches for report in stretch.reports],
    )
