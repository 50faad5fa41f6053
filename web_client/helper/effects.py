"""What the session wants done at the desktop or said to the server, as values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Union

from web_client.helper.wire import Message

if TYPE_CHECKING:
    from web_client.helper.vocabulary import Chord, State


class Button(Enum):
    """As `MouseEvent.button` counts them."""

    LEFT = 0
    MIDDLE = 1
    RIGHT = 2


@dataclass(frozen=True)
class Key:
    """A physical key, by its W3C `KeyboardEvent.code`."""

    code: str


@dataclass(frozen=True)
class Send:
    """Send a message; `grant` is empty for one of the connection."""

    message: Message
    grant: str = ""


@dataclass(frozen=True)
class Disconnect:
    """Cut the connection: the counts of both sides do not agree any more."""


@dataclass(frozen=True)
class Press:
    """Press a key or button, and note it in the journal first."""

    what: Key | Button


@dataclass(frozen=True)
class Release:
    """Let a key or button go."""

    what: Key | Button


@dataclass(frozen=True)
class Move:
    """Move the pointer to a pixel of the desktop."""

    x: int
    y: int


@dataclass(frozen=True)
class Scroll:
    """Turn the wheel, in 1/120 notch; right and down are positive."""

    dx: int
    dy: int


@dataclass(frozen=True)
class Type:
    """Bring a text into the focused field; nothing after it is done before the application has it."""

    text: str
    chord: Chord

    def __repr__(self) -> str:
        return f"Type({len(self.text)} characters)"


@dataclass(frozen=True)
class PutClipboard:
    """Own the clipboard with this text."""

    text: str

    def __repr__(self) -> str:
        return f"PutClipboard({len(self.text)} characters)"


@dataclass(frozen=True)
class FetchClipboard:
    """Read the clipboard and give it to `Session.clipboard_read`."""


@dataclass(frozen=True)
class ShowBanner:
    """Say who controls and how to end it; `state` is None to take the banner away."""

    who: str
    state: State | None


@dataclass(frozen=True)
class PointAt:
    """Show the specialist's pointer at a pixel, or hide it (None)."""

    at: tuple[int, int] | None


@dataclass(frozen=True)
class DrawLine:
    """Add points, in pixels, to a line over the desktop."""

    line: int
    points: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class WipeLines:
    """Take all lines away."""


@dataclass(frozen=True)
class Mark:
    """Show each monitor's colour, or stop."""

    shown: bool


Effect = Union[
    Send,
    Disconnect,
    Press,
    Release,
    Move,
    Scroll,
    Type,
    PutClipboard,
    FetchClipboard,
    ShowBanner,
    PointAt,
    DrawLine,
    WipeLines,
    Mark,
]
