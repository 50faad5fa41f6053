"""Read the journals of a call's directory, chunk by chunk."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from zlib import crc32

from recording.assemble.survey import Survey, Surveyor
from recording.errors import DamagedError
from recording.format import Description, JournalName, JournalScanner, Record, RecordKind

_CHUNK_BYTES: Final = 1 << 18
_MARKED_BYTES: Final = 1 << 12

Progress = Callable[[int], None]
"""Told how many bytes were read; may raise to stop the work."""


@dataclass(frozen=True, slots=True)
class JournalNote:
    """A journal that the files of an index stand for; `damaged_bytes` could not be read."""

    name: str
    size: int
    mark: int
    damaged_bytes: int = 0


@dataclass(frozen=True, slots=True)
class JournalFile:
    """A journal on disk; `mark` tells it from another one of its name and size."""

    path: Path
    name: JournalName
    size: int
    mark: int

    def records(self, progress: Progress, scanner: JournalScanner | None = None) -> Iterator[Record]:
        """Yield its records; never more than a chunk is in memory."""
        scanner = scanner or JournalScanner()
        with self.path.open("rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                yield from scanner.feed(chunk)
                progress(len(chunk))
        yield from scanner.finish()

    def examine(self, progress: Progress) -> "Examined":
        """Make the first pass."""
        scanner = JournalScanner()
        description = self._description()
        surveyor = Surveyor(description) if description is not None else None
        first = last = None
        for record in self.records(progress, scanner):
            last = record.arrival_ns / 1e9
            first = last if first is None else first
            if surveyor is not None:
                surveyor.take(record)
        survey = surveyor.result() if surveyor is not None else None
        return Examined(self, survey, scanner.damaged_bytes - scanner.torn_bytes, first or 0.0, last or 0.0)

    def _description(self) -> Description | None:
        """Return the first description that can be read: it is repeated with each anchor."""
        for record in self.records(lambda size: None):
            if record.kind == RecordKind.DESCRIPTION:
                with suppress(DamagedError):
                    return Description.decode(record.payload)
        return None


@dataclass(frozen=True, slots=True)
class Examined:
    """What the first pass found in a journal.

    Attributes:
        survey: None for a journal without a description.
        damaged_bytes: could not be read; what a kill or a full disk tore off its end is not counted.
        first_arrival, last_arrival: of its records, seconds on its clock; 0 without any.
    """

    file: JournalFile
    survey: Survey | None
    damaged_bytes: int
    first_arrival: float
    last_arrival: float


def journals_in(directory: Path) -> list[JournalFile]:
    """Return the journals of a call in a stable order."""
    found = [
        JournalFile(path, name, path.stat().st_size, _mark(path))
        for path in directory.iterdir()
        if (name := JournalName.parse(path.name)) is not None
    ]
    return sorted(found, key=lambda journal: str(journal.name))


def _mark(path: Path) -> int:
    """Return a checksum of the beginning, where a journal says what it is and when it began."""
    with path.open("rb") as file:
        return crc32(file.read(_MARKED_BYTES))
