"""Read the journals of a call's directory, chunk by chunk."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from recording.assemble.survey import Survey, Surveyor
from recording.format import JournalName, JournalScanner, Record

_CHUNK_BYTES: Final = 1 << 20

Progress = Callable[[int], None]
"""Told how many bytes were read; may raise to stop the work."""


@dataclass(frozen=True, slots=True)
class JournalFile:
    """A journal on disk."""

    path: Path
    name: JournalName
    size: int

    def records(self, progress: Progress) -> Iterator[Record]:
        """Yield its records; never more than a chunk is in memory."""
        scanner = JournalScanner()
        with self.path.open("rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                yield from scanner.feed(chunk)
                progress(len(chunk))
        yield from scanner.finish()

    def survey(self, progress: Progress) -> Survey | None:
        """Return what the first pass finds; None for a journal without description."""
        surveyor = Surveyor()
        surveyor.feed(self.records(progress))
        return surveyor.result()


def journals_in(directory: Path) -> list[JournalFile]:
    """Return the journals of a call in a stable order."""
    found = [
        JournalFile(path, name, path.stat().st_size)
        for path in directory.iterdir()
        if (name := JournalName.parse(path.name)) is not None
    ]
    return sorted(found, key=lambda journal: str(journal.name))
