"""Mux a whole call: survey its journals, put them on one clock, write its files and previews.

Every journal is read twice, first for its clock, then for its media. Nothing is written into the journals'
directory; the output directory can be thrown away and made again.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from errno import EDQUOT, EIO, ENOSPC, EROFS
from heapq import merge
from itertools import chain
from pathlib import Path
from typing import Final

import av

from recording.assemble.clock import TrackClock, sender_envelope, track_clock, wall_offsets
from recording.assemble.codecs import RECORDED, UNRECORDABLE
from recording.assemble.envelope import Line
from recording.assemble.frames import Sample
from recording.assemble.plan import LaneFile, Source, Span, plan_files
from recording.assemble.samples import DAMAGED, VideoSamples, audio_samples
from recording.assemble.steps import settle
from recording.assemble.survey import Gap, Survey
from recording.config import file_digest
from recording.format import Description
from recording.format.names import LANE_KINDS, PERSON, participant_of
from recording.mux.index import IndexedGap, LaneSegment, RecordingIndex, Rotation, Thumbnail
from recording.mux.journals import Examined, JournalFile, JournalNote, Progress, journals_in
from recording.mux.loudness import STEP_MS
from recording.mux.previews import Picture, read_back
from recording.mux.writer import AudioTrack, VideoTrack, WrittenFile, write_files

_log: Final = logging.getLogger(__name__)

_DISK_ERRORS: Final = frozenset({ENOSPC, EDQUOT, EIO, EROFS})
"""Not the media's fault: the job fails and is tried again."""

INTERRUPTED: Final = "interrupted"
"""Reason of a gap: the media process died, or its disk refused for good."""
_SHORTEST_CUT: Final = 1.0
_WRITTEN_VALUES: Final = 600


@dataclass(frozen=True, slots=True)
class MuxOptions:
    """What mux_call is told.

    Attributes:
        call_id: prefix of the object keys.
        suite: names the digest.
        thumbnail_interval: seconds.
        tag: part of every file name, so that what another disk or an earlier job made is not replaced.
    """

    call_id: str
    suite: str = "international"
    thumbnail_interval: float = 10.0
    tag: str = ""


@dataclass(frozen=True, slots=True)
class _Journal:
    file: JournalFile
    survey: Survey
    clock: TrackClock


def mux_call(
    directory: Path, output: Path, options: MuxOptions, progress: Callable[[float], None]
) -> RecordingIndex:
    """Mux every journal in `directory`, see `mux_journals`."""
    return mux_journals(journals_in(directory), output, options, progress)


def mux_journals(
    journals: Sequence[JournalFile], output: Path, options: MuxOptions, progress: Callable[[float], None]
) -> RecordingIndex:
    """Write the files of a call into `output`; return their index, keys being `<call_id>/<file name>`.

    Args:
        progress: told the part done, 0 to 1; what it raises stops the work.
    """
    return _CallMux(journals, output, options, progress).run()


class _CallMux:
    def __init__(
        self,
        files: Sequence[JournalFile],
        output: Path,
        options: MuxOptions,
        progress: Callable[[float], None],
    ) -> None:
        self._files = files
        self._output = output
        self._options = options
        self._read = _counted(sum(file.size for file in self._files) * 2, progress)
        self._gaps: list[IndexedGap] = []
        self._artefacts: list[str] = []
        self._notes: dict[JournalFile, int] = {}
        self._segment_of: dict[str, int] = {}

    def run(self) -> RecordingIndex:
        journals = self._survey()
        spans = [
            _span(key, journal)
            for key, journal in enumerate(journals)
            if journal.survey.description.mime_type.lower() in RECORDED
        ]
        segments = [segment for file in plan_files(spans) for segment in self._try_segments(file, journals)]
        return RecordingIndex(
            self._options.call_id,
            self._options.suite,
            tuple(segments),
            tuple(sorted(self._gaps, key=lambda gap: (gap.start_ms, gap.lane, gap.track))),
            tuple(self._artefacts),
            tuple(
                JournalNote(str(file.name), file.size, file.mark, damaged)
                for file, damaged in self._notes.items()
            ),
        )

    def _survey(self) -> list[_Journal]:
        examined = [file.examine(self._read) for file in self._files]
        surveys = [found.survey for found in examined if found.survey is not None]
        offsets = wall_offsets(anchor for survey in surveys for anchor in survey.anchors)
        envelopes = _envelopes(surveys)
        journals: list[_Journal] = []
        for found in examined:
            self._notes[found.file] = found.damaged_bytes
            survey = found.survey
            clock = track_clock(survey, envelopes[_sender(survey)], offsets) if survey is not None else None
            if survey is not None and clock is not None:
                journals.append(_Journal(found.file, survey, clock))
                self._note_gaps(journals[-1])
            elif (survey is None and found.file.size) or (survey is not None and survey.stretches):
                self._note_unreadable(found, offsets)
        self._note_cut_off(journals)
        return journals

    def _note_cut_off(self, journals: list[_Journal]) -> None:
        """What followed a journal's torn end is missing, until its track's next journal or the call's end."""
        ends = [journal.clock.wall(journal.survey.last_arrival) for journal in journals]
        for journal, end in zip(journals, ends, strict=True):
            if journal.survey.ended:
                continue
            later = [_begin(other) for other in journals if _is_later(other, journal)]
            gap = Gap(end, min(later, default=max(ends)), INTERRUPTED)
            if gap.end - gap.start > _SHORTEST_CUT and not self._overlaps(journal, gap):
                self._note(journal, gap)

    def _overlaps(self, journal: _Journal, gap: Gap) -> bool:
        description = journal.survey.description
        return any(
            (known.lane, known.track) == (description.lane, description.track)
            and known.start_ms < gap.end * 1000
            and gap.start * 1000 < known.start_ms + known.duration_ms
            for known in self._gaps
        )

    def _note_unreadable(self, found: Examined, offsets: Mapping[str, float]) -> None:
        """Nothing says what this journal holds, or when: its file name does, and the other journals."""
        name = found.file.name
        _log.error("journal %s holds media that cannot be read", name)
        self._notes[found.file] = found.file.size
        if len(offsets) == 1 and found.last_arrival > found.first_arrival:
            (offset,) = offsets.values()
            gap = Gap(found.first_arrival + offset, found.last_arrival + offset, DAMAGED)
            self._add_gap(name.lane, participant_of(name.lane, name.track), name.track, gap)

    def _note_gaps(self, journal: _Journal) -> None:
        survey, clock = journal.survey, journal.clock
        for gap in survey.gaps:
            self._note(journal, Gap(clock.wall(gap.start), clock.wall(gap.end), gap.reason))
        mime_type = survey.description.mime_type.lower()
        if mime_type not in RECORDED:
            _log.warning("journal %s: %s", journal.file.name, UNRECORDABLE.get(mime_type, "unknown codec"))
            whole = Gap(clock.wall(survey.first_arrival), clock.wall(survey.last_arrival), "unrecordable")
            self._note(journal, whole)

    def _note(self, journal: _Journal, gap: Gap) -> None:
        description = journal.survey.description
        self._add_gap(description.lane, description.participant, description.track, gap)

    def _add_gap(self, lane: str, participant: str, track: str, gap: Gap) -> None:
        start_ms, duration_ms = round(gap.start * 1000), round((gap.end - gap.start) * 1000)
        kind = LANE_KINDS.get(track, PERSON)
        self._gaps.append(IndexedGap(lane, participant, kind, track, start_ms, duration_ms, gap.reason))

    def _try_segments(self, file: LaneFile, journals: list[_Journal]) -> Iterator[LaneSegment]:
        """Yield a lane's segments; one that FFmpeg refuses is listed as missing and costs no other lane."""
        try:
            yield from self._segments(file, journals)
            return
        except av.error.FFmpegError as problem:
            if problem.errno in _DISK_ERRORS:
                raise
            _log.exception("lane %s, segment %d cannot be muxed", file.lane, file.segment)
        for source in file.sources:
            survey, clock = journals[source.key].survey, journals[source.key].clock
            whole = Gap(clock.wall(survey.first_arrival), clock.wall(survey.last_arrival), DAMAGED)
            self._note(journals[source.key], whole)
        self._keep(file, journals)

    def _keep(self, file: LaneFile, journals: list[_Journal]) -> None:
        """The files do not stand for these journals."""
        for source in file.sources:
            self._notes[journals[source.key].file] = journals[source.key].file.size

    def _segments(self, file: LaneFile, journals: list[_Journal]) -> Iterator[LaneSegment]:
        sound = [source for source in file.sources if source.kind != "video"]
        pictures = [
            (source, self._pictures(journals[source.key]))
            for source in file.sources
            if source.kind == "video"
        ]
        video = None
        if pictures:
            mime_type = journals[pictures[0][0].key].survey.description.mime_type
            samples = chain.from_iterable(_within(samples, source) for source, samples in pictures)
            video = VideoTrack(mime_type, samples)
        description = journals[file.sources[0].key].survey.description
        for written in write_files(
            lambda: self._next_stem(file.lane), self._audio_track(sound, journals), video
        ):
            thumbnails, complete = read_back(written, self._options.thumbnail_interval)
            if not complete:
                _log.error("lane %s: a file does not hold all that was written", file.lane)
                self._keep(file, journals)
            yield self._indexed(file.lane, description, written, thumbnails)
        for source, made in pictures:
            for gap in made.gaps:
                if not self._is_explained(journals[source.key], gap):
                    self._note(journals[source.key], gap)

    def _next_stem(self, lane: str) -> Path:
        self._segment_of[lane] = self._segment_of.get(lane, 0) + 1
        tag = f".{self._options.tag}" if self._options.tag else ""
        return self._output / f"{lane}{tag}.{self._segment_of[lane]:04d}"

    def _audio_track(self, sources: list[Source], journals: list[_Journal]) -> AudioTrack | None:
        if not sources:
            return None
        descriptions = [journals[source.key].survey.description for source in sources]
        return AudioTrack(
            descriptions[0].mime_type,
            max(description.channels for description in descriptions),
            merge(
                *(_within(self._sound(journals[source.key]), source) for source in sources),
                key=lambda sample: sample.time,
            ),
        )

    def _sound(self, journal: _Journal) -> Iterator[Sample]:
        return audio_samples(journal.file.records(self._read), journal.survey.description, journal.clock)

    def _pictures(self, journal: _Journal) -> VideoSamples:
        return VideoSamples(journal.file.records(self._read), journal.survey.description, journal.clock)

    def _is_explained(self, journal: _Journal, gap: Gap) -> bool:
        """Whether a pause or a silence is the reason that pictures are missing here."""
        wall = journal.clock.wall
        return any(
            wall(known.start) < gap.end and gap.start < wall(known.end) for known in journal.survey.gaps
        )

    def _indexed(
        self, lane: str, description: Description, written: WrittenFile, pictures: list[Picture]
    ) -> LaneSegment:
        key = self._key(written.path)
        return LaneSegment(
            lane=lane,
            participant=description.participant,
            kind=LANE_KINDS.get(description.track, PERSON),
            segment=self._segment_of[lane],
            key=key,
            start_ms=round(written.start * 1000),
            duration_ms=round(written.duration * 1000),
            mime=written.mime,
            size=written.path.stat().st_size,
            digest=file_digest(written.path, self._options.suite),
            width=written.width,
            height=written.height,
            has_audio=written.has_audio,
            has_video=written.has_video,
            thumbnails=tuple(
                Thumbnail(round((written.start + picture.seconds) * 1000), self._key(picture.path))
                for picture in pictures
            ),
            loudness=self._key(_write_loudness(written)) if written.loudness is not None else None,
            rotations=tuple(Rotation(round(at * 1000), degrees) for at, degrees in written.rotations),
        )

    def _key(self, path: Path) -> str:
        key = f"{self._options.call_id}/{path.name}"
        self._artefacts.append(key)
        return key


def _write_loudness(written: WrittenFile) -> Path:
    path = written.path.with_name(f"{written.path.stem}.loudness.json")
    assert written.loudness is not None
    values = memoryview(written.loudness)
    with path.open("w") as file:
        file.write(f'{{"stepMs":{STEP_MS},"values":[')
        for start in range(0, len(values), _WRITTEN_VALUES):
            file.write("," if start else "")
            file.write(",".join(map(str, values[start : start + _WRITTEN_VALUES])))
        file.write("]}")
    return path


def _envelopes(surveys: Sequence[Survey]) -> Mapping[tuple[str, int], Line | None]:
    senders: dict[tuple[str, int], list[Survey]] = {}
    for survey in surveys:
        senders.setdefault(_sender(survey), []).append(survey)
    for group in senders.values():
        settle(group)
    return {sender: sender_envelope(group) for sender, group in senders.items()}


def _begin(journal: _Journal) -> float:
    return journal.clock.wall(journal.survey.first_arrival)


def _is_later(other: _Journal, journal: _Journal) -> bool:
    a, b = other.survey.description, journal.survey.description
    return (a.lane, a.track) == (b.lane, b.track) and _begin(other) > _begin(journal)


def _sender(survey: Survey) -> tuple[str, int]:
    return survey.description.participant, survey.description.generation


def _span(key: int, journal: _Journal) -> Span:
    survey, clock = journal.survey, journal.clock
    description = survey.description
    return Span(
        key,
        description.lane,
        description.generation,
        description.kind,
        description.mime_type.lower(),
        clock.time(survey.stretches[0].first_sequence, survey.first_timestamp),
        clock.wall(survey.last_arrival),
    )


def _within(samples: "Iterator[Sample] | VideoSamples", source: Source) -> Iterator[Sample]:
    for sample in samples:
        if sample.time >= source.until:
            return
        if sample.time >= source.start:
            yield sample


def _counted(total: int, progress: Callable[[float], None]) -> Progress:
    done = 0

    def count(size: int) -> None:
        nonlocal done
        done += size
        progress(min(1.0, done / max(1, total)))

    return count
