"""What the session wants done at the desktop or said to the server, as values."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple, Union

from web_client.helper.wire import Message

if TYPE_CHECKING:
    from web_client.helper.vocabulary import Chord, State


class Button(Enum):
    """As `MouseEvent.button` counts them."""

    LEFT = 0
    MIDDLE = 1
    RIGHT = 2


class Key(NamedTuple):
    """A physical key, by its W3C `KeyboardEvent.code`."""

    code: str


class Send(NamedTuple):
    """Send a message; `grant` is empty for one of the connection."""

    message: Message
    grant: str = ""


class Disconnect(NamedTuple):
    """Cut the connection: the counts of both sides do not agree any more."""


class Press(NamedTuple):
    """Press a key or button, and note it in the journal first."""

    what: Key | Button


class Release(NamedTuple):
    """Let a key or button go."""

    what: Key | Button


class Move(NamedTuple):
    """Move the pointer to a pixel of the desktop."""

    x: int
    y: int


class Scroll(NamedTuple):
    """Turn the wheel, in 1/120 notch; right and down are positive."""

    dx: int
    dy: int


class Type(NamedTuple):
    """Bring a text into the focused field; nothing after it is done before the application has it."""

    text: str
    chord: Chord

    def __repr__(self) -> str:
        return f"Type({len(self.text)} characters)"


class PutClipboard(NamedTuple):
    """Own the clipboard with this text."""

    text: str

    def __repr__(self) -> str:
        return f"PutClipboard({len(self.text)} characters)"


class FetchClipboard(NamedTuple):
    """Read the clipboard and give it to `Session.clipboard_read`."""


class ShowBanner(NamedTuple):
    """Say who controls and how to end it; `state` is None to take the banner away."""

    who: str
    state: State | None


class PointAt(NamedTuple):
    """Show the specialist's pointer at a pixel, or hide it (None)."""

    at: tuple[int, int] | None


class DrawLine(NamedTuple):
    """Add points, in pixels, to a line over the desktop."""

    line: int
    points: tuple[tuple[int, int], ...]


class WipeLines(NamedTuple):
    """Take all lines away."""


class Mark(NamedTuple):
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
