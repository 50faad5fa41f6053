"""What muxing a call gave: its files, where they lie on the clock, what is missing. Kept as JSON text."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, Final, TypeVar

from recording.errors import DamagedError
from recording.mux.journals import JournalFile, JournalNote

VERSION: Final = 2
"""1 had no version, no journals and no rotations; it is read as well."""


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A small picture; `time_ms` since 1970 on the server's clock."""

    time_ms: int
    key: str


@dataclass(frozen=True, slots=True)
class Rotation:
    """The camera was turned: `degrees` clockwise from `time_ms` (as above) on."""

    time_ms: int
    degrees: int


@dataclass(frozen=True, slots=True)
class LaneSegment:
    """One file.

    Attributes:
        key: object key in storage.
        start_ms: since 1970 on the server's clock, the clock of call events.
        mime: with codecs, for `canPlayType`.
        width, height: of the first picture; None without one.
        digest: hexadecimal, of the suite the index names.
        loudness: key of the loudness curve; None without sound.
        rotations: by how much the picture is to be turned, from when on; upright before.
    """

    lane: str
    participant: str
    kind: str
    segment: int
    key: str
    start_ms: int
    duration_ms: int
    mime: str
    size: int
    digest: str
    width: int | None
    height: int | None
    has_audio: bool
    has_video: bool
    thumbnails: tuple[Thumbnail, ...] = ()
    loudness: str | None = None
    rotations: tuple[Rotation, ...] = ()


@dataclass(frozen=True, slots=True)
class IndexedGap:
    """Time a track misses; `reason` is the one given for a pause, or silence, damaged, unrecordable."""

    lane: str
    participant: str
    kind: str
    track: str
    start_ms: int
    duration_ms: int
    reason: str


_Part = TypeVar("_Part", LaneSegment, IndexedGap)


@dataclass(frozen=True, slots=True)
class RecordingIndex:
    """Everything of one call; `suite` names the digest."""

    call_id: str
    suite: str
    segments: tuple[LaneSegment, ...] = ()
    gaps: tuple[IndexedGap, ...] = ()
    artefacts: tuple[str, ...] = field(default=())
    journals: tuple[JournalNote, ...] = ()
    version: int = VERSION

    def holds(self, journal: JournalFile) -> bool:
        """Return whether the files stand for this journal."""
        wanted = (str(journal.name), journal.size, journal.mark)
        return any((note.name, note.size, note.mark) == wanted for note in self.journals)

    def joined(self, other: "RecordingIndex") -> "RecordingIndex":
        """Return this index with what was muxed later, or on another disk."""
        return replace(
            self,
            segments=_in_time(self.segments + other.segments),
            gaps=_in_time(self.gaps + other.gaps),
            artefacts=self.artefacts + other.artefacts,
            journals=self.journals + other.journals,
        )

    def to_json(self) -> str:
        """Return the index as JSON text; one part after the other is made into JSON's values."""
        return json.dumps(_values(self), default=_values, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> "RecordingIndex":
        """Read what `to_json` wrote.

        Raises:
            DamagedError: something else.
        """
        try:
            value = json.loads(text)
            segments = tuple(_segment(item) for item in value.pop("segments"))
            gaps = tuple(IndexedGap(**item) for item in value.pop("gaps"))
            artefacts = tuple(value.pop("artefacts"))
            journals = tuple(JournalNote(**item) for item in value.pop("journals", ()))
            if not 1 <= value.pop("version", 1) <= VERSION:
                raise DamagedError("The index of a recording is of a later version.")
            return cls(**value, segments=segments, gaps=gaps, artefacts=artefacts, journals=journals)
        except (ValueError, TypeError, KeyError, AttributeError) as problem:
            raise DamagedError("The index of a recording cannot be read.") from problem


def _values(part: Any) -> dict[str, Any]:
    return {one.name: getattr(part, one.name) for one in fields(part)}


def _in_time(parts: Sequence[_Part]) -> tuple[_Part, ...]:
    return tuple(sorted(parts, key=lambda part: (part.start_ms, part.lane)))


def _segment(item: dict[str, Any]) -> LaneSegment:
    thumbnails = tuple(Thumbnail(**thumbnail) for thumbnail in item.pop("thumbnails"))
    rotations = tuple(Rotation(**rotation) for rotation in item.pop("rotations", ()))
    return LaneSegment(**item, thumbnails=thumbnails, rotations=rotations)
