"""One clock for all tracks of a call (RECORDING 22–24): RTP time → the server's wall clock.

    RTP ──(sender reports: regression)──► NTP of the sender ──(lower envelope of arrival − NTP)──► monotonic
    monotonic ──(anchors of the boot)──► wall

A participant's tracks share the NTP clock of the sender, put back where it was set (see `steps`): their
reports make one envelope, lips stay in step. A track without reports, or whose reports cannot be true, falls
back to the lower envelope of (arrival − RTP): nothing arrives before it was captured, nor is it held up for
longer than queues are. Not known here and left in: the shortest one-way delay, half a round trip on
symmetric paths.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from recording.assemble.envelope import Line, least_squares, lower_envelope
from recording.assemble.readings import Report, Stretch
from recording.assemble.steps import runs
from recording.assemble.survey import MAX_QUEUE_SECONDS, Survey
from recording.format import Anchor

MAX_EARLY_SECONDS: Final = 0.3
"""What by its reports was captured so long after it arrived was not: they are wrong.
The same holds when even the least held-up packet was in a queue for longer than queues are."""
_MIN_REPORT_SPAN: Final = 20.0


class StretchClock:
    """RTP seconds → monotonic seconds for one stretch of a journal.

    Args:
        arrival: of what was sent → arrival − sent.
        ntp: (RTP seconds from which on it holds, RTP seconds → NTP − RTP), in order; none without reports.
    """

    __slots__ = ("_arrival", "_firsts", "_ntp")

    def __init__(self, arrival: Line, ntp: Sequence[tuple[float, Line]] = ()) -> None:
        self._arrival = arrival
        self._firsts = [first for first, _ in ntp[1:]]
        self._ntp = [line for _, line in ntp]

    def monotonic(self, rtp_seconds: float) -> float:
        """Return when the sender captured this, on the server's monotonic clock plus the shortest delay."""
        sent = rtp_seconds
        if self._ntp:
            sent += self._ntp[bisect_right(self._firsts, rtp_seconds)].at(rtp_seconds)
        return sent + self._arrival.at(sent)


class TrackClock:
    """RTP numbers → wall seconds for one journal.

    Args:
        stretches: (first sequence number, clock), at least one.
        clock_rate: RTP units per second.
        wall_offset: wall − monotonic, seconds.
    """

    def __init__(
        self, stretches: Sequence[tuple[int, StretchClock]], clock_rate: int, wall_offset: float
    ) -> None:
        self._firsts = [first_sequence for first_sequence, _ in stretches]
        self._clocks = [clock for _, clock in stretches]
        self._clock_rate = clock_rate
        self._wall_offset = wall_offset

    def time(self, sequence: int, timestamp: int) -> float:
        """Return the wall time of a packet by its unwrapped numbers."""
        clock = self._clocks[max(0, bisect_right(self._firsts, sequence) - 1)]
        return clock.monotonic(timestamp / self._clock_rate) + self._wall_offset

    def wall(self, monotonic: float) -> float:
        """Return the wall time of an arrival."""
        return monotonic + self._wall_offset


def wall_offsets(anchors: Iterable[Anchor]) -> Mapping[str, float]:
    """Return wall − monotonic (seconds) by boot id.

    The earliest anchor of a boot decides for all journals: a wall clock that is set during the call must not
    move tracks against each other.
    """
    offsets: dict[str, float] = {}
    for anchor in sorted(anchors, key=lambda anchor: anchor.monotonic_ns):
        offsets.setdefault(anchor.boot_id, (anchor.wall_ns - anchor.monotonic_ns) / 1e9)
    return offsets


def sender_envelope(surveys: Iterable[Survey]) -> Line | None:
    """Return NTP seconds → (arrival − NTP) of the sender of these journals; None without reports."""
    return lower_envelope(
        (ntp, arrival - ntp)
        for survey in surveys
        for stretch in survey.stretches
        for _, ntp, arrival in stretch.reports
    )


def stretch_clock(stretch: Stretch, envelope: Line | None) -> StretchClock:
    """Return the clock of one stretch, by its sender's reports if they can be trusted."""
    floor = lower_envelope(stretch.floor) or Line(0.0, 0.0, 0.0)
    by_arrival = StretchClock(floor)
    if not stretch.reports or envelope is None:
        return by_arrival
    by_reports = StretchClock(envelope, _regressions(stretch.reports))
    probe = floor.origin
    held_up = by_arrival.monotonic(probe) - by_reports.monotonic(probe)
    return by_reports if -MAX_EARLY_SECONDS <= held_up <= MAX_QUEUE_SECONDS else by_arrival


def _regressions(reports: Sequence[Report]) -> list[tuple[float, Line]]:
    """Return NTP − RTP by RTP time; it changes half way between two runs, the packets say no more."""
    found: list[tuple[float, Line]] = []
    last = reports[0].rtp
    for run in runs(reports):
        line = least_squares([(rtp, ntp - rtp) for rtp, ntp, _ in run], min_span=_MIN_REPORT_SPAN)
        if line is not None:
            found.append(((last + run[0].rtp) / 2, line))
            last = run[-1].rtp
    return found


def track_clock(survey: Survey, envelope: Line | None, offsets: Mapping[str, float]) -> TrackClock | None:
    """Return the clock of a journal; None when it has no packet or nothing says which wall time it is."""
    boot_ids = {anchor.boot_id for anchor in survey.anchors} or set(offsets)
    if not survey.stretches or len(boot_ids) != 1:
        return None
    stretches = [(stretch.first_sequence, stretch_clock(stretch, envelope)) for stretch in survey.stretches]
    stretches.sort(key=lambda stretch: stretch[0])  # a jump can begin with a packet that came late
    return TrackClock(stretches, survey.description.clock_rate, offsets[boot_ids.pop()])
