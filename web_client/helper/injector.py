"""What every injector does; X11 and Windows keep to it, and one suite of tests runs over both."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from web_client.helper.effects import Button, Key
    from web_client.helper.vocabulary import Chord


class InjectorError(Exception):
    """The desktop did not take it; the message is a sentence for people."""


class Injector(ABC):
    """Presses, moves, scrolls and types at one desktop; each call has reached the desktop when it returns."""

    @abstractmethod
    def press(self, what: Key | Button) -> None:
        """Press a key or button."""

    @abstractmethod
    def release(self, what: Key | Button) -> None:
        """Let it go; harmless where it is up already."""

    @abstractmethod
    def move(self, x: int, y: int) -> None:
        """Put the pointer on a pixel of the desktop."""

    @abstractmethod
    def scroll(self, dx: int, dy: int) -> None:
        """Turn the wheel by 1/120 notches; right and down are positive. Parts of a notch add up."""

    @abstractmethod
    def type_text(self, text: str, chord: Chord, now: float) -> None:
        """Bring a text into the focused field; `is_typing` holds until the application has it."""

    @abstractmethod
    def is_typing(self, now: float) -> bool:
        """Return whether a text is still on its way; nothing else may be injected meanwhile."""
