"""What is of record in a session beside sound and picture, read in pages from its newest end."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from signaling.domain.collaboration import Card, Chat, Still, Stroke

Entry: TypeAlias = Chat | Card | Still | Stroke


class RecordKind(StrEnum):
    """Which of the four lists."""

    CHAT = "chat"
    CARDS = "cards"
    STILLS = "stills"
    STROKES = "strokes"


@dataclass(frozen=True, slots=True)
class Mark:
    """The oldest entry of a page: the next page is of what came before it.

    Attributes:
        at: when it was made, wall-clock seconds.
        id: tells apart what was made at the same moment.
    """

    at: float
    id: str


@dataclass(frozen=True, slots=True)
class Page:
    """Entries, oldest first, and where the page before them begins; None when there is none."""

    entries: tuple[Entry, ...]
    earlier: Mark | None


@dataclass(frozen=True, slots=True)
class PageBounds:
    """How much one page holds at most; its newest entry it holds whatever its size."""

    entries: int
    size_bytes: int


def mark_of(entry: Entry) -> Mark:
    """Return where an entry stands."""
    match entry:
        case Chat():
            return Mark(entry.sent_at, entry.chat_id)
        case Card():
            return Mark(entry.pushed_at, entry.card_id)
        case Still():
            return Mark(entry.taken_at, entry.still_id)
        case Stroke():
            return Mark(entry.drawn_at, entry.stroke_id)


def page_of(newest_first: Sequence[tuple[Entry, int]], bounds: PageBounds) -> Page:
    """Cut a page from entries with their sizes in bytes; there may be older ones beyond the last."""
    taken: list[Entry] = []
    room = bounds.size_bytes
    for entry, size in newest_first[: bounds.entries]:
        if taken and size > room:
            break
        taken.append(entry)
        room -= size
    more = len(taken) < len(newest_first)
    return Page(tuple(reversed(taken)), mark_of(taken[-1]) if more else None)
