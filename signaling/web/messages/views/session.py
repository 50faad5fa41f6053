"""What people in a call have before them: each other, tracks, chat, cards, stills, strokes."""

from typing import Annotated, Literal

from signaling.web.messages.base import (
    Away,
    CardKind,
    DisplaySurface,
    Id,
    LadderReason,
    LadderStep,
    Message,
    OnceKind,
    Part,
    Personal,
    Quality,
    Timestamp,
    Track,
    Unit,
)


class RungView(Message):
    """How much of somebody's media goes one way, and why no more; null: nothing keeps it from being whole."""

    step: LadderStep
    why: LadderReason | None


class ParticipantView(Message):
    """Someone in a call."""

    participant_id: str
    staff_id: str | None
    name: str
    title: str
    """Department or service point, as shown below the name."""
    part: Part
    sends: list[Track]
    """What their part may send: whether they have a place with a picture."""
    awaited: bool
    """The others wait for them when they drop; without it the session goes on as if they were there."""
    generation: int
    online: bool
    away: Away | None
    """Why they are not online."""
    quality: Quality | None
    """The worse of both directions; None before the first figures."""
    uplink: Quality | None
    downlink: Quality | None
    sending: RungView
    """How much they send, as their page tells."""
    receiving: RungView


class ProducerView(Message):
    """A track that someone sends."""

    producer_id: str
    participant_id: str
    track: Track
    kind: Literal["audio", "video"]
    paused: bool
    silenced: bool
    """Paused because its device gives nothing, not by its owner."""
    display_surface: DisplaySurface | None
    """What of a desktop is shared."""


class ChatView(Message):
    """A line of chat."""

    chat_id: str
    participant_id: str
    name: str
    text: Annotated[str, Personal.WORDS]
    sent_at: Timestamp
    off_record: bool
    """Made while recording was paused: deleted when the people of the session part."""


class MarkView(Message):
    """The oldest entry of a page of chat, cards, stills or strokes: hand it back for the page before it."""

    at: float
    """Seconds since 1970."""
    id: Id


class CardView(Message):
    """A card (办事卡片) on the counter's screen."""

    card_id: str
    kind: CardKind
    title: Annotated[str, Personal.WORDS]
    item_code: str | None
    item_version: int | None
    body: Annotated[str, Personal.WORDS]
    materials: list[str]
    steps: list[str]
    pushed_by: str
    pushed_at: Timestamp
    off_record: bool
    """Made while recording was paused: deleted when the people of the session part."""


class StillView(Message):
    """A full-size still picture of a document."""

    still_id: str
    taken_by: str
    taken_at: Timestamp
    track: Track
    width: int
    height: int
    size_bytes: int
    sha256: str
    off_record: bool
    """Made while recording was paused: deleted when the people of the session part."""
    url: str
    """Signed address, valid for minutes; ask the snapshot or the list for a fresh one."""


class FileView(Message):
    """A file that was sent between counter and specialist."""

    file_id: str
    way: OnceKind
    name: Annotated[str, Personal.WORDS]
    size_bytes: int
    sha256: str
    sent_by: str
    sent_at: Timestamp
    off_record: bool
    """Sent while recording was paused: deleted when the people of the session part."""
    url: str
    """Signed address, valid for hours: the browser saves what is there and does not show it."""


class StrokeView(Message):
    """A freehand stroke over a producer's picture; points are [x, y] of the content rectangle."""

    stroke_id: str
    producer_id: str
    participant_id: str
    color: str
    width: Unit
    points: list[tuple[Unit, Unit]]
    done: bool


class RecordView(Message):
    """A page of one list of the session's record, oldest first; the other lists are empty."""

    chat: list[ChatView]
    cards: list[CardView]
    stills: list[StillView]
    strokes: list[StrokeView]
    earlier: MarkView | None
    """Where the page before this one begins; None when this is the oldest."""
