"""The messages of the control channel between server and counter PC: defined here and nowhere else.

The server imports this module and `envelope`; TypeScript is made from `fields_of`. Every message travels in
an envelope `{"v":1,"g":grant,"s":number,"t":type,…}`. `DOWN` is what goes to the counter PC, `UP` what comes
from it.

Messages with `in_grant` carry the grant they belong to and are numbered within it; the others are of the
connection: their `g` is empty and they are numbered by themselves. Both counts begin at 1 and grow by 1.
"""

from __future__ import annotations

from dataclasses import Field, dataclass, field, fields
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Mapping, Type, TypeVar

from web_client.helper.checks import FLAG, POINT, UNIT, Check, FieldError, Many, OneOf, Text, Whole
from web_client.helper.vocabulary import (
    MAX_CLIPBOARD,
    MAX_COUNT,
    MAX_POINTS,
    MAX_TEXT,
    Chord,
    Reason,
    Refusal,
    Scope,
    State,
)

_IDENTIFIER = r"[A-Za-z0-9_-]*"
_LINE = r"[^\x00-\x1f\x7f\ud800-\udfff]*"


def _of(check: Check, *, secret: bool = False) -> Any:
    """Return a field held against `check`; a secret one is the citizen's and in no `repr`, so in no log."""
    return field(metadata={"check": check}, repr=not secret)


def check_of(one: Field[Any]) -> Check:
    """Return what a field of a message is held against."""
    check: Check = one.metadata["check"]
    return check


def fields_of(message: type[Message]) -> tuple[Field[Any], ...]:
    """Return the fields of a message, in their order."""
    return fields(message)


@dataclass(frozen=True)
class Message:
    """What all messages are."""

    tag: ClassVar[str] = ""
    in_grant: ClassVar[bool] = False
    scope: ClassVar[Scope | None] = None


@dataclass(frozen=True)
class _InGrant(Message):
    in_grant: ClassVar[bool] = True


if TYPE_CHECKING:
    _M = TypeVar("_M", bound=Message)


def take_fields(message: type[_M], values: Mapping[str, Any]) -> _M:
    """Return a message made of JSON values; raise `FieldError` for any that is missing, too much or wrong."""
    wanted = _CHECKS.get(message)
    if wanted is None:
        wanted = _CHECKS[message] = tuple((one.name, check_of(one)) for one in fields(message))
    if len(values) != len(wanted):
        raise FieldError
    try:
        return message(*[check.take(values[name]) for name, check in wanted])
    except KeyError:
        raise FieldError from None


def give_fields(message: Message) -> dict[str, Any]:
    """Return the JSON values of a message."""
    return {one.name: check_of(one).give(getattr(message, one.name)) for one in fields(message)}


class Part(Check):
    """A message within a message."""

    def __init__(self, message: type[Message]) -> None:
        self._message = message
        self.typescript = message.__name__

    def take(self, value: Any) -> Message:
        if type(value) is not dict:
            raise FieldError
        return take_fields(self._message, value)

    def give(self, value: Any) -> Any:
        return give_fields(value)


_CHECKS: dict[type[Message], tuple[tuple[str, Check], ...]] = {}
"""The checks of each message, by field; found once, for they are asked a thousand times a second."""

_GRANT = Text(64, _IDENTIFIER, least=1)
_COUNT = Whole(0, MAX_COUNT)
_KEY_NAME = Text(32, _LINE)


@dataclass(frozen=True)
class Welcome(Message):
    """The helper is known; `minimum` is the least version the server speaks with."""

    tag: ClassVar[str] = "wl"
    minimum: str = _of(Text(20, r"[0-9]{1,5}(\.[0-9]{1,5}){0,2}"))


@dataclass(frozen=True)
class Paired(Message):
    """The code was right; `key` is what this counter PC shows from now on."""

    tag: ClassVar[str] = "pk"
    key: str = _of(Text(128, _IDENTIFIER, least=16), secret=True)


@dataclass(frozen=True)
class Refused(Message):
    """The server will not have this helper."""

    tag: ClassVar[str] = "no"
    code: Refusal = _of(OneOf(Refusal))


@dataclass(frozen=True)
class Grant(Message):
    """The clerk has consented: `who` may do what `scopes` say, on one monitor, for `lasts_ms`."""

    tag: ClassVar[str] = "gr"
    grant: str = _of(_GRANT)
    who: str = _of(Text(80, _LINE, least=1))
    scopes: tuple[Scope, ...] = _of(Many(OneOf(Scope), len(Scope)))
    monitor: str = _of(Text(64, _LINE, least=1))
    rev: int = _of(_COUNT)
    lasts_ms: int = _of(Whole(1_000, 4 * 3_600_000))


@dataclass(frozen=True)
class Revoke(Message):
    """The consent has ended, by whoever may end it."""

    tag: ClassVar[str] = "rv"
    grant: str = _of(_GRANT)


@dataclass(frozen=True)
class MarkMonitors(Message):
    """Show each monitor's colour in its corner, or take the colours away."""

    tag: ClassVar[str] = "mk"
    shown: bool = _of(FLAG)


@dataclass(frozen=True)
class PointerMove(_InGrant):
    """Coalesced at the sender, at most 60 a second, never across a button or key."""

    tag: ClassVar[str] = "pm"
    scope: ClassVar[Scope | None] = Scope.POINTER
    x: float = _of(UNIT)
    y: float = _of(UNIT)
    rev: int = _of(_COUNT)


@dataclass(frozen=True)
class PointerDown(_InGrant):
    """A button as `MouseEvent.button` counts: 0 left, 1 middle, 2 right."""

    tag: ClassVar[str] = "pd"
    scope: ClassVar[Scope | None] = Scope.POINTER
    b: int = _of(Whole(0, 2))
    x: float = _of(UNIT)
    y: float = _of(UNIT)
    rev: int = _of(_COUNT)


@dataclass(frozen=True)
class PointerUp(_InGrant):
    """The button is let go; obeyed also where the pointer may not move any more."""

    tag: ClassVar[str] = "pu"
    scope: ClassVar[Scope | None] = Scope.POINTER
    b: int = _of(Whole(0, 2))
    x: float = _of(UNIT)
    y: float = _of(UNIT)
    rev: int = _of(_COUNT)


@dataclass(frozen=True)
class Wheel(_InGrant):
    """In 1/120 notch; `dy` > 0 scrolls down, `dx` > 0 to the right."""

    tag: ClassVar[str] = "wh"
    scope: ClassVar[Scope | None] = Scope.POINTER
    dx: int = _of(Whole(-1_200, 1_200))
    dy: int = _of(Whole(-1_200, 1_200))
    x: float = _of(UNIT)
    y: float = _of(UNIT)
    rev: int = _of(_COUNT)


@dataclass(frozen=True)
class KeyDown(_InGrant):
    """`KeyboardEvent.code` and `key`; the physical key is pressed, `k` is for people."""

    tag: ClassVar[str] = "kd"
    scope: ClassVar[Scope | None] = Scope.KEYBOARD
    c: str = _of(_KEY_NAME, secret=True)
    k: str = _of(_KEY_NAME, secret=True)


@dataclass(frozen=True)
class KeyUp(_InGrant):
    """The key is let go."""

    tag: ClassVar[str] = "ku"
    scope: ClassVar[Scope | None] = Scope.KEYBOARD
    c: str = _of(_KEY_NAME, secret=True)
    k: str = _of(_KEY_NAME, secret=True)


@dataclass(frozen=True)
class TypeText(_InGrant):
    """A text, Chinese above all, as `compositionend` gave it."""

    tag: ClassVar[str] = "tx"
    scope: ClassVar[Scope | None] = Scope.TEXT
    text: str = _of(Text(MAX_TEXT, least=1), secret=True)
    mode: Chord = _of(OneOf(Chord))


@dataclass(frozen=True)
class ClipboardPush(_InGrant):
    """Put a text into the clipboard."""

    tag: ClassVar[str] = "cp"
    scope: ClassVar[Scope | None] = Scope.CLIPBOARD
    text: str = _of(Text(MAX_CLIPBOARD), secret=True)


@dataclass(frozen=True)
class ClipboardPull(_InGrant):
    """Ask for the clipboard's text; the server sends it only after the clerk has consented to this once."""

    tag: ClassVar[str] = "cq"
    scope: ClassVar[Scope | None] = Scope.CLIPBOARD


@dataclass(frozen=True)
class ReleaseAll(_InGrant):
    """Let everything go; the specialist's window has lost the focus."""

    tag: ClassVar[str] = "ra"


@dataclass(frozen=True)
class Heartbeat(_InGrant):
    """Each second; three seconds without one end the grant."""

    tag: ClassVar[str] = "hb"


@dataclass(frozen=True)
class ShowPointer(_InGrant):
    """Show where the specialist points, without touching the counter PC's own pointer."""

    tag: ClassVar[str] = "sp"
    scope: ClassVar[Scope | None] = Scope.DRAW
    x: float = _of(UNIT)
    y: float = _of(UNIT)
    rev: int = _of(_COUNT)


@dataclass(frozen=True)
class HidePointer(_InGrant):
    """Take the shown pointer away."""

    tag: ClassVar[str] = "sh"
    scope: ClassVar[Scope | None] = Scope.DRAW


@dataclass(frozen=True)
class Draw(_InGrant):
    """More points of a freehand line over the desktop; lines with one `line` number are one."""

    tag: ClassVar[str] = "dr"
    scope: ClassVar[Scope | None] = Scope.DRAW
    line: int = _of(_COUNT)
    points: tuple[tuple[float, float], ...] = _of(Many(POINT, MAX_POINTS))
    rev: int = _of(_COUNT)


@dataclass(frozen=True)
class ClearDrawing(_InGrant):
    """Wipe all lines away."""

    tag: ClassVar[str] = "dc"
    scope: ClassVar[Scope | None] = Scope.DRAW


@dataclass(frozen=True)
class Hello(Message):
    """The first message: who asks in. Either the key of a paired counter PC or a pairing code."""

    tag: ClassVar[str] = "hi"
    version: str = _of(Text(20, r"[0-9]{1,5}(\.[0-9]{1,5}){0,2}"))
    system: str = _of(Text(80, _LINE))
    name: str = _of(Text(80, _LINE))
    key: str = _of(Text(128, _IDENTIFIER), secret=True)
    code: str = _of(Text(6, r"([0-9]{6})?"), secret=True)


@dataclass(frozen=True)
class Monitor(Message):
    """One monitor: its name, its rectangle in the desktop's pixels, and the colour that marks it."""

    id: str = _of(Text(64, _LINE, least=1))
    x: int = _of(Whole(-32_768, 32_767))
    y: int = _of(Whole(-32_768, 32_767))
    w: int = _of(Whole(1, 32_767))
    h: int = _of(Whole(1, 32_767))
    colour: str = _of(Text(7, r"#[0-9a-f]{6}"))


@dataclass(frozen=True)
class Geometry(Message):
    """All monitors; `rev` grows with each change and pointer messages say which they were made for."""

    tag: ClassVar[str] = "geo"
    rev: int = _of(_COUNT)
    monitors: tuple[Monitor, ...] = _of(Many(Part(Monitor), 16))


@dataclass(frozen=True)
class Status(Message):
    """The state has changed; `grant` is the one it is about, empty without any."""

    tag: ClassVar[str] = "st"
    grant: str = _of(Text(64, _IDENTIFIER))
    state: State = _of(OneOf(State))
    reason: Reason = _of(OneOf(Reason))


@dataclass(frozen=True)
class Acknowledge(_InGrant):
    """Answers each heartbeat: the last number heeded, how many keys and buttons are held, the state."""

    tag: ClassVar[str] = "ack"
    last: int = _of(_COUNT)
    held: int = _of(Whole(0, 255))
    state: State = _of(OneOf(State))


@dataclass(frozen=True)
class NotDone(Message):
    """A message was refused: its number, and why."""

    tag: ClassVar[str] = "er"
    number: int = _of(_COUNT)
    code: Refusal = _of(OneOf(Refusal))


@dataclass(frozen=True)
class ClipboardText(_InGrant):
    """The clipboard's text, once for each `cq`."""

    tag: ClassVar[str] = "cr"
    text: str = _of(Text(MAX_CLIPBOARD), secret=True)


Table = Mapping[str, Type[Message]]


def _table(*messages: type[Message]) -> Table:
    return MappingProxyType({message.tag: message for message in messages})


DOWN = _table(
    *(Welcome, Paired, Refused, Grant, Revoke, MarkMonitors),
    *(PointerMove, PointerDown, PointerUp, Wheel, KeyDown, KeyUp, TypeText, ClipboardPush, ClipboardPull),
    *(ReleaseAll, Heartbeat, ShowPointer, HidePointer, Draw, ClearDrawing),
)
UP = _table(Hello, Geometry, Status, Acknowledge, NotDone, ClipboardText)
