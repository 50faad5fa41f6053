"""Finished calls: the review list, and one recording with its lanes and timeline."""

from typing import Annotated, Literal

from pydantic import JsonValue

from signaling.web.messages.base import (
    CallEnd,
    Message,
    Part,
    Personal,
    RatingLevel,
    ResultKind,
    Timestamp,
    Track,
    Unit,
)
from signaling.web.messages.views.calls import RatingView, ResultView
from signaling.web.messages.views.controlled import ClickView, ControlledView
from signaling.web.messages.views.requests import ConsentView
from signaling.web.messages.views.session import ChatView, FileView, StillView

GapCause = Literal[
    "paused", "muted", "silence", "damaged", "unrecordable", "disk_full", "disk_error", "interrupted"
]


class CallEventView(Message):
    """One entry of a call's event log."""

    sequence: int
    at: Timestamp
    offset_ms: int | None
    """Since the call connected; None before."""
    kind: str
    actor: str | None
    offered_to: str | None
    """Who was asked to answer the call."""
    data: Annotated[dict[str, JsonValue], Personal.WORDS]


class RecordingRow(Message):
    """A finished session in the review list."""

    call_id: str
    number: str
    drill: bool
    item_code: str
    item_name: str
    point_name: str
    region_path: str
    clerk_name: str
    specialist_name: str | None
    requested_at: Timestamp
    connected_at: Timestamp | None
    duration_s: float
    end: CallEnd | None
    recording: Literal["none", "processing", "ready", "failed"]
    progress: float
    rating: RatingLevel | Literal["default"] | None
    result: ResultKind | None


class ThumbnailView(Message):
    """A small picture, upright; `offset_ms` is the moment it shows, on the recording's clock."""

    offset_ms: int
    url: str


class RotationView(Message):
    """A lane's picture is to be turned by `degrees` clockwise from `offset_ms` on."""

    offset_ms: int
    degrees: int


class SegmentView(Message):
    """A playable file of one lane; `offset_ms` is its start on the recording's clock."""

    segment_id: str
    offset_ms: int
    duration_ms: int
    mime_type: str
    width: int | None
    height: int | None
    has_audio: bool
    has_video: bool
    size_bytes: int
    sha256: str
    url: str
    loudness: list[float]
    """At most 600 values, 0–1, evenly over the file: means of so much of it."""
    thumbnails: list[ThumbnailView]
    """In order of time, 10 s apart or more."""
    rotations: list[RotationView]
    """In order of time; the picture is upright before the first."""


class GapView(Message):
    """Something of a lane that is not there: `track` says what, so a muted microphone hides no picture.

    `cause` says why; of a pause, `reason` has the words somebody gave.
    """

    track: Track
    offset_ms: int
    duration_ms: int
    cause: GapCause
    reason: Annotated[str, Personal.WORDS]


class LaneView(Message):
    """One person's camera + microphone, or a desktop, or a document camera."""

    lane: str
    participant_id: str
    name: str
    part: Part
    track: Track
    segments: list[SegmentView]
    gaps: list[GapView]


class DrawnView(Message):
    """A stroke as it was drawn over somebody's picture."""

    stroke_id: str
    participant_id: str
    """Who drew."""
    over_id: str
    """Whose picture: the participant of a lane."""
    track: Track
    offset_ms: int
    drawn_ms: int
    """How long it took."""
    gone_ms: int | None
    """When it was wiped or its picture ended, on the recording's clock; None: it stayed to the end."""
    color: str
    width: float
    points: list[tuple[Unit, Unit]]


class ReplayView(Message):
    """All tracks and the timeline of one recorded session."""

    row: RecordingRow
    started_at: Timestamp
    """Zero of the recording's clock."""
    duration_ms: int
    lanes: list[LaneView]
    events: list[CallEventView]
    stills: list[StillView]
    files: list[FileView]
    chat: list[ChatView]
    strokes: list[DrawnView]
    controlled: list[ControlledView]
    clicks: list[ClickView]
    consent: ConsentView
    result: ResultView | None
    ratings: list[RatingView]
    urls_expire_at: Timestamp


class ReplayAddresses(Message):
    """Fresh addresses for a replay that is open: one query for its media, and each still's and file's."""

    recording: Literal["none", "processing", "ready", "failed"]
    progress: float
    query: str
    """What stands after the `?` of every segment's and thumbnail's address from now on."""
    stills: dict[str, str]
    """Still → its address."""
    files: dict[str, str]
    """File → its address."""
    expire_at: Timestamp
