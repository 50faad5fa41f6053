"""Base models, bounded strings and closed sets shared by all messages."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue

from signaling.domain.roles import Permission as Permission

Id = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.:-]+$")]
NO_NUL: Final = r"^[^\x00]*$"
"""What a text column of PostgreSQL cannot hold, and nobody writes."""
Name = Annotated[str, Field(min_length=1, max_length=80, pattern=NO_NUL)]
ShortText = Annotated[str, Field(max_length=200, pattern=NO_NUL)]
LongText = Annotated[str, Field(max_length=2000, pattern=NO_NUL)]
Phone = Annotated[str, Field(pattern=r"^[0-9+ -]{5,20}$")]
Unit = Annotated[float, Field(ge=0.0, le=1.0)]
"""A coordinate of the picture's content rectangle, left/top 0 to right/bottom 1."""
Opaque = dict[str, JsonValue]
"""mediasoup's own JSON: parsed by the media plane alone, limited in size by the dispatcher."""
Timestamp = AwareDatetime

Track = Literal["microphone", "camera", "document_camera", "desktop"]
Part = Literal["clerk", "citizen", "specialist", "consultant", "monitor", "whisperer"]
CallState = Literal["waiting", "offered", "connected", "reconnecting", "wrap_up", "closed"]
CallEnd = Literal["completed", "abandoned", "no_staff", "cancelled", "failed"]
PresenceState = Literal["available", "busy", "wrap_up", "away", "offline"]
ResultKind = Literal["answered", "guided", "accepted", "materials_missing", "on_site", "transferred"]
"""已解答, 已指导申报, 已受理, 材料不全, 需到现场, 转代办."""
RatingLevel = Literal["very_satisfied", "satisfied", "fair", "dissatisfied", "very_dissatisfied"]
Relation = Literal["self", "agent", "guardian"]
"""本人, 代办人, 监护人."""
RecordingState = Literal["off", "recording", "paused", "failed"]
QualityLevel = Literal["good", "weak", "bad"]
MaterialState = Literal["unknown", "have", "missing"]


_EVENTS: Final[dict[str, type["Message"]]] = {}
EVENTS: Final[Mapping[str, type["Message"]]] = MappingProxyType(_EVENTS)
"""What the server emits, by the event's name; complete once `messages.events` is imported."""


class Message(BaseModel):
    """A message of ours: unknown fields are refused, values never change.

    `class X(Message, event="x.happened")` is what the server emits under that name.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)
    event_name: ClassVar[str] = ""

    def __init_subclass__(cls, *, event: str = "", **more: Any) -> None:
        super().__init_subclass__(**more)
        if event in _EVENTS:
            raise ValueError(f"there are two messages for the event {event}")
        if event:
            cls.event_name = event
            _EVENTS[event] = cls


class Query(Message):
    """What stands in the query string of an address."""


class Empty(Message):
    """Nothing to say beyond that it worked."""


class ErrorBody(Message):
    """Why a command or request was refused, and what the person can do next."""

    code: str
    sentence: str
    field: str | None = None
    details: dict[str, Any] = Field(default_factory=dict)


class Ack(Message):
    """Answer to every Socket.IO command."""

    ok: bool
    result: JsonValue = None
    error: ErrorBody | None = None
