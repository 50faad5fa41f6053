"""What people make in a session beside sound and picture: chat, cards, stills, strokes.

All of it is of record, but what is made while recording is paused: that is `off_record`. The people of the
call have it until they part; then it is deleted, and nobody else ever sees it.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from signaling.domain.ids import CallId, ItemCode, ParticipantId, ProducerId
from signaling.domain.session import Track

Point: TypeAlias = tuple[float, float]
"""[x, y] of the picture's content rectangle, each 0–1."""


class CardKind(StrEnum):
    """An item's guide, or free text."""

    GUIDE = "guide"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Chat:
    """A line of chat."""

    chat_id: str
    call_id: CallId
    participant_id: ParticipantId
    name: str
    text: str
    sent_at: float
    off_record: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """A card (办事卡片) on the counter's screen; a guide keeps the item's version it showed."""

    card_id: str
    call_id: CallId
    kind: CardKind
    title: str
    body: str
    pushed_by: str
    pushed_at: float
    item_code: ItemCode | None = None
    item_version: int | None = None
    materials: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    off_record: bool = False


@dataclass(frozen=True, slots=True)
class Still:
    """A full-size still picture; `key` is where its bytes are kept."""

    still_id: str
    call_id: CallId
    taken_by: str
    taken_at: float
    track: Track
    width: int
    height: int
    size_bytes: int
    sha256: str
    media_type: str
    key: str
    off_record: bool = False


@dataclass(frozen=True, slots=True)
class Stroke:
    """A freehand stroke over a producer's picture.

    Attributes:
        over, track: whose picture it is, and which: producers are gone when a recording is seen again.
        done_at: when its last point came.
        gone_at: when it was wiped, or its picture ended; None while it is to be seen.
    """

    stroke_id: str
    call_id: CallId
    producer_id: ProducerId
    participant_id: ParticipantId
    color: str
    width: float
    points: tuple[Point, ...]
    done: bool
    drawn_at: float
    off_record: bool = False
    over: ParticipantId = ""
    track: Track | None = None
    done_at: float | None = None
    gone_at: float | None = None
