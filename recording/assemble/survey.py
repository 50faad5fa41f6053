"""First pass over a journal: what it is, how long, where its clock jumps, what was left out.

Looks at headers only, so that an hour of it takes a second or two; the second pass
(`recording.assemble.samples`) needs to know the clocks before it can time a single packet.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from recording.assemble.numbering import Numbering, read_view
from recording.assemble.readings import Report, Stretch
from recording.assemble.thinning import MOST, MOST_STRETCHES, thin_floors, thin_reports
from recording.errors import DamagedError
from recording.format import Anchor, Description, Record, RecordKind, SenderReport, reason_of
from rtc_server.wire.ntp import unix_from_ntp

JUMP_SECONDS: Final = 0.3
"""A larger change of (arrival − RTP) that stays is another clock: `replaceTrack(null)` stops the sound's."""
JUMP_CONFIRMED_AFTER: Final = 2.0
"""A network hold-up comes back down within this time, a stopped clock does not."""
MAX_QUEUE_SECONDS: Final = 5.0
"""No network holds packets up for longer."""
STEADY_SECONDS: Final = 0.2
"""A journal that ends before a jump is confirmed has jumped if so much of it kept its distance."""
BUCKET_SECONDS: Final = 5.0
SILENCE_SECONDS: Final = 3.0
"""Longer without a sound packet is listed as a gap."""
STILL_SECONDS: Final = 10.0
"""The same for pictures: a still desktop sends one when it is asked for a key frame, each 4 s."""
_RTP: Final = int(RecordKind.RTP)
LATE_SECONDS: Final = 2.0
"""A packet that comes so long after a pause began was sent after its end."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that is not there on purpose or by misfortune; seconds on the journal's monotonic clock."""

    start: float
    end: float
    reason: str


@dataclass(slots=True)
class Survey:
    """What the first pass found; times in seconds on the journal's clock, `first_timestamp` in RTP units.

    A journal that is not `ended` was cut off: a kill, a power cut, a full disk.

    Attributes:
        anchors: the earliest of each boot.
    """

    description: Description
    anchors: list[Anchor] = field(default_factory=list)
    stretches: list[Stretch] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    packets: int = 0
    first_arrival: float = 0.0
    first_timestamp: int = 0
    last_arrival: float = 0.0
    ended: bool = False


class Surveyor:
    """Take the records of one journal in order; then ask for `result`."""

    def __init__(self, description: Description) -> None:
        self._survey = Survey(description)
        self._numbering = Numbering()
        self._clock_rate = description.clock_rate
        self._patience = STILL_SECONDS if description.kind == "video" else SILENCE_SECONDS
        self._bucket_end = 0.0
        self._recent: list[float] = []
        self._jump: _Jump | None = None
        self._pause: tuple[float, str] | None = None
        self._last_seen = 0.0
        self._reports = 0
        self._floors = 0

    def feed(self, records: Iterable[Record]) -> None:
        """Take records."""
        for record in records:
            self.take(record)

    def take(self, record: Record) -> None:
        """Take a record; an entry that does not decode is passed over."""
        now = record.arrival_ns / 1e9
        if record.kind == _RTP:  # nearly all are
            self._last_seen = now
            self._rtp(self._survey, record.payload, now)
            return
        with suppress(DamagedError):
            self._take(record, now)

    def result(self) -> Survey:
        """Return what was found."""
        survey = self._survey
        if self._jump is not None and self._jump.is_certain(min(self._recent)):
            self._confirm(survey)
        if self._pause is not None:
            self._end_pause(survey, self._last_seen)
        return survey

    def _take(self, record: Record, now: float) -> None:
        survey = self._survey
        if record.kind != RecordKind.DESCRIPTION:
            self._last_seen = now
        match record.kind:
            case RecordKind.SENDER_REPORT:
                self._report(survey, SenderReport.decode(record.payload), now)
            case RecordKind.ANCHOR:
                _note_anchor(survey, Anchor.decode(record.payload))
            case RecordKind.PAUSE:
                self._pause = self._pause or (now, reason_of(record.payload))
            case RecordKind.END:
                survey.ended = True
            case RecordKind.RESUME:
                self._numbering.interrupt()
                self._end_pause(survey, now)

    def _end_pause(self, survey: Survey, now: float) -> None:
        if self._pause is not None:
            start, reason = self._pause
            survey.gaps.append(Gap(start, now, reason))
            self._pause = None
            survey.last_arrival = max(survey.last_arrival, now)

    def _rtp(self, survey: Survey, packet: bytes, now: float) -> None:
        numbers = self._numbering.number(packet, now)
        if numbers is None:
            return
        if packet[0] & 0x20 and not _has_payload(packet):
            return  # a probe repeats the timestamp of the last picture, however old
        if self._pause is not None and now - self._pause[0] > LATE_SECONDS:
            self._end_pause(survey, now)  # the record of the resume was damaged
        sequence, timestamp = numbers
        seconds = timestamp / self._clock_rate
        if survey.packets == 0:
            survey.first_arrival, survey.first_timestamp = now, timestamp
            self._begin_stretch(survey, sequence)
        elif now - survey.last_arrival > self._patience:
            survey.gaps.append(Gap(survey.last_arrival, now, "silence"))
        survey.packets += 1
        survey.last_arrival = now
        self._follow_clock(survey, sequence, seconds, now)

    def _follow_clock(self, survey: Survey, sequence: int, seconds: float, now: float) -> None:
        difference = now - seconds
        if self._recent:
            change = difference - min(self._recent)
            if change < -JUMP_SECONDS:
                self._begin_stretch(survey, sequence)
            elif change > JUMP_SECONDS:
                self._suspect(survey, sequence, seconds, now)
                return
        self._dismiss(survey)
        self._note_floor(survey.stretches[-1], seconds, difference, now)

    def _suspect(self, survey: Survey, sequence: int, seconds: float, now: float) -> None:
        if self._jump is not None and self._jump.is_left_behind(now - seconds):
            self._confirm(survey)
        if self._jump is None:
            self._jump = _Jump(now, sequence)
        self._jump.points.append((seconds, now))
        if now - self._jump.since >= JUMP_CONFIRMED_AFTER:
            self._confirm(survey)

    def _confirm(self, survey: Survey) -> None:
        jump, self._jump = self._jump, None
        assert jump is not None
        self._begin_stretch(survey, jump.sequence)
        self._keep_reports(survey, jump.reports)
        stretch = survey.stretches[-1]
        for earlier_seconds, earlier in jump.points:
            self._note_floor(stretch, earlier_seconds, earlier - earlier_seconds, earlier)

    def _dismiss(self, survey: Survey) -> None:
        if self._jump is not None:
            jump, self._jump = self._jump, None
            self._keep_reports(survey, jump.reports)

    def _begin_stretch(self, survey: Survey, sequence: int) -> None:
        if len(survey.stretches) < MOST_STRETCHES:
            survey.stretches.append(Stretch(sequence))
        self._recent.clear()
        self._bucket_end = 0.0

    def _note_floor(self, stretch: Stretch, seconds: float, difference: float, now: float) -> None:
        if now >= self._bucket_end:
            self._bucket_end = now + BUCKET_SECONDS
            if self._floors >= MOST:
                self._floors = thin_floors(self._survey.stretches)
            self._floors += 1
            stretch.floor.append((seconds, difference))
            self._recent = [*self._recent[-1:], difference]
        elif difference < self._recent[-1]:
            stretch.floor[-1] = (seconds, difference)
            self._recent[-1] = difference

    def _report(self, survey: Survey, report: SenderReport, now: float) -> None:
        if not survey.stretches or report.ssrc != survey.description.ssrc:
            return
        point = Report(
            self._numbering.peek_timestamp(report.rtp) / self._clock_rate,
            unix_from_ntp(report.ntp),
            now,
        )
        if self._jump is None:
            self._keep_reports(survey, [point])
        elif len(self._jump.reports) < MOST:
            self._jump.reports.append(point)

    def _keep_reports(self, survey: Survey, reports: Sequence[Report]) -> None:
        survey.stretches[-1].reports += reports
        self._reports += len(reports)
        if self._reports > MOST:
            self._reports = thin_reports(survey.stretches)


def _note_anchor(survey: Survey, anchor: Anchor) -> None:
    """Keep the earliest of each boot: it decides (see `wall_offsets`)."""
    for index, known in enumerate(survey.anchors):
        if known.boot_id == anchor.boot_id:
            survey.anchors[index] = min(known, anchor, key=lambda one: one.monotonic_ns)
            return
    survey.anchors.append(anchor)


def _has_payload(packet: bytes) -> bool:
    view = read_view(packet)
    return view is not None and view.payload_bytes > 0


@dataclass(slots=True)
class _Jump:
    """A clock that seems to have stopped; not sure yet.

    Attributes:
        points: (RTP seconds, arrival seconds) of its packets.
    """

    since: float
    sequence: int
    points: list[tuple[float, float]] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)

    def is_certain(self, difference: float) -> bool:
        """Whether it is no queue although too little came to tell by its time.

        Args:
            difference: arrival − RTP before it, seconds.
        """
        first, last = self.points[0], self.points[-1]
        if first[1] - first[0] - difference > MAX_QUEUE_SECONDS:
            return True
        drained = (first[1] - first[0]) - (last[1] - last[0])
        return drained < JUMP_SECONDS / 2 and last[0] - first[0] >= STEADY_SECONDS

    def is_left_behind(self, difference: float) -> bool:
        """Whether arrival − RTP has jumped again, as far above this jump."""
        return difference - min(now - seconds for seconds, now in self.points) > JUMP_SECONDS
