"""Base models and bounded strings of all messages; their closed sets are the enums of the domain."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue

from signaling.domain.audit import AuditResult as AuditResult
from signaling.domain.call_model import CallEnd as CallEnd
from signaling.domain.call_model import CallState as CallState
from signaling.domain.call_model import MaterialState as MaterialState
from signaling.domain.call_model import RecordingState as RecordingState
from signaling.domain.call_model import Relation as Relation
from signaling.domain.call_model import ResultKind as ResultKind
from signaling.domain.collaboration import CardKind as CardKind
from signaling.domain.control.grant import ControlEnd as ControlEnd
from signaling.domain.control.grant import ControlPause as ControlPause
from signaling.domain.control.grant import ControlScope as ControlScope
from signaling.domain.control.grant import ControlState as ControlState
from signaling.domain.control.grant import OnceKind as OnceKind
from signaling.domain.control.policy import ControlObstacle as ControlObstacle
from signaling.domain.events import Withdrawal as Withdrawal
from signaling.domain.identity import DocumentKind as DocumentKind
from signaling.domain.items import Lifecycle as Lifecycle
from signaling.domain.ladder import LadderReason as LadderReason
from signaling.domain.ladder import LadderStep as LadderStep
from signaling.domain.log_kinds import LogKind as LogKind
from signaling.domain.masking import Personal as Personal
from signaling.domain.members import Part as Part
from signaling.domain.presence import PresenceState as PresenceState
from signaling.domain.record import RecordKind as RecordKind
from signaling.domain.regions import RegionLevel as RegionLevel
from signaling.domain.roles import Home as Home
from signaling.domain.roles import Permission as Permission
from signaling.domain.session import Away as Away
from signaling.domain.session import ConnectionState as ConnectionState
from signaling.domain.session import Direction as Direction
from signaling.domain.session import DisplaySurface as DisplaySurface
from signaling.domain.session import LayerLimit as LayerLimit
from signaling.domain.session import Quality as Quality
from signaling.domain.session import Track as Track
from signaling.domain.staff import SkillKind as SkillKind

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

RatingLevel = Literal["very_satisfied", "satisfied", "fair", "dissatisfied", "very_dissatisfied"]
"""What a citizen may answer: all but `default`, which is no answer."""


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
    at: float = 0.0
    """The server's clock as it answered, seconds since 1970: pages measure with it how far theirs is off."""
