"""Decide which journals make which files: one file a lane and segment (RECORDING 15).

A file goes on while its tracks overlap or follow within `JOIN_SECONDS` in one generation. A change of the
video codec begins another file (no container goes on over it) and the sound that runs across is cut there.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from typing import Final

JOIN_SECONDS: Final = 5.0
"""A camera switched off for longer, or a second sharing of the desktop, is a segment of its own."""


@dataclass(frozen=True, slots=True)
class Span:
    """One journal on the wall clock (seconds).

    Attributes:
        key: whatever the caller finds the journal by.
        codec: MIME type in lower case.
    """

    key: int
    lane: str
    generation: int
    kind: str
    codec: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Source:
    """A journal's part in a file: samples from `start` until `until` (wall seconds)."""

    key: int
    kind: str
    start: float
    until: float


@dataclass(slots=True)
class LaneFile:
    """One file to be."""

    lane: str
    segment: int
    generation: int
    end: float
    video_codec: str | None = None
    sources: list[Source] = field(default_factory=list)

    def add(self, span: Span, start: float) -> None:
        """Take samples of a journal from `start` on."""
        self.sources.append(Source(span.key, span.kind, start, float("inf")))
        self.end = max(self.end, span.end)
        if span.kind == "video":
            self.video_codec = span.codec


def plan_files(spans: Iterable[Span]) -> list[LaneFile]:
    """Return the files of a call, lane by lane and segment by segment (counted from 1)."""
    files: list[LaneFile] = []
    ordered = sorted(spans, key=lambda span: (span.lane, span.start, span.key))
    for _, lane in groupby(ordered, key=lambda span: span.lane):
        files += _plan_lane(list(lane))
    return files


def _plan_lane(spans: list[Span]) -> list[LaneFile]:
    files: list[LaneFile] = []
    taken: list[Span] = []
    for span in spans:
        last = files[-1] if files else None
        if last is None or span.generation != last.generation or span.start > last.end + JOIN_SECONDS:
            files.append(LaneFile(span.lane, len(files) + 1, span.generation, span.end))
            taken = []
        elif span.kind == "video" and last.video_codec not in (None, span.codec):
            files.append(LaneFile(span.lane, len(files) + 1, span.generation, span.end))
            _cut(last, span.start)
            taken = [other for other in taken if other.kind == "audio" and other.end > span.start]
            for other in taken:
                files[-1].add(other, span.start)
        files[-1].add(span, span.start - JOIN_SECONDS)
        taken.append(span)
    for file in files:
        file.sources = _without_overlap(file.sources)
    return files


def _cut(file: LaneFile, until: float) -> None:
    file.sources = [Source(s.key, s.kind, s.start, until) for s in file.sources]


def _without_overlap(sources: list[Source]) -> list[Source]:
    """Pictures of two journals never mix: a later one ends the one before."""
    audio = [source for source in sources if source.kind != "video"]
    video = [source for source in sources if source.kind == "video"]
    cut = [Source(a.key, a.kind, a.start, min(a.until, b.start + JOIN_SECONDS)) for a, b in pairwise(video)]
    return audio + cut + video[-1:]
