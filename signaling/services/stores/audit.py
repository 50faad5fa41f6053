"""The audit log, its anchor outside the database, and what a check of both finds."""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

from signaling.domain.audit import AuditEntry, AuditResult
from signaling.domain.ids import RegionCode


@dataclass(frozen=True, slots=True)
class AuditRow:
    """An entry and its place in the log, counted from 1 without gaps."""

    sequence: int
    entry: AuditEntry


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """A search in the audit log; None: everything.

    Attributes:
        regions: of the subjects.
        act: a dotted name, or the first part of several (`account`).
        before: only entries with a smaller sequence: the next page.
    """

    limit: int = 100
    regions: frozenset[RegionCode] | None = None
    subjects: frozenset[str] | None = None
    act: str | None = None
    result: AuditResult | None = None
    since: float | None = None
    until: float | None = None
    before: int | None = None


class AnchorState(Enum):
    """What became of the end of the log that is kept outside the database."""

    HELD = auto()
    MISSING = auto()
    FORGED = auto()


class AnchorForgedError(Exception):
    """The anchor is not as it was written."""


@dataclass(frozen=True, slots=True)
class Anchored:
    """An end of the log: its last entry's sequence and digest, and from which entry on digests are keyed."""

    sequence: int
    digest: str
    keyed_from: int


class AuditAnchor(Protocol):
    """Keeps how far the log had come, outside the database; it only moves forward."""

    async def read(self) -> Anchored | None:
        """Return what is kept, None for nothing. Raises AnchorForgedError."""
        ...

    async def advance(self, anchored: Anchored) -> None:
        """Keep a later end. Raises OSError, AnchorForgedError."""
        ...


@dataclass(frozen=True, slots=True)
class AuditCheck:
    """Whether the chain of the log is whole.

    Attributes:
        entries: how many were whole.
        broken_at: sequence of the first one that is not as it was written; None when all are.
        digest: of the last whole one.
        anchor: whether what is kept outside the database could be compared with.
    """

    entries: int
    broken_at: int | None
    digest: str
    anchor: AnchorState

    @property
    def is_whole(self) -> bool:
        """True when nothing is missing, changed or unproven."""
        return self.broken_at is None and self.anchor is AnchorState.HELD


class AuditStore(Protocol):
    """The append-only audit log."""

    async def add(self, entry: AuditEntry) -> None: ...

    async def entries(self, query: AuditQuery) -> list[AuditRow]:
        """Return newest first."""
        ...

    async def check(self) -> AuditCheck:
        """Follow the chain of the whole log."""
        ...
