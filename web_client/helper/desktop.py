"""What the helper needs of a desktop besides injecting: what happened there, and what is shown on it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Union

if TYPE_CHECKING:
    from collections.abc import Sequence

    from web_client.helper.injector import Injector
    from web_client.helper.vocabulary import State
    from web_client.helper.wire import Monitor


@dataclass(frozen=True)
class LocalKey:
    """Somebody at the counter PC pressed a key."""

    is_escape: bool


@dataclass(frozen=True)
class LocalInput:
    """Somebody at the counter PC moved, clicked, scrolled or let a key go."""


@dataclass(frozen=True)
class MonitorsChanged:
    """The monitors are other ones now."""

    monitors: tuple[Monitor, ...]


@dataclass(frozen=True)
class StopPressed:
    """The banner's button was pressed."""


@dataclass(frozen=True)
class Locked:
    """The desktop was locked or unlocked."""

    locked: bool


@dataclass(frozen=True)
class ClipboardRead:
    """The clipboard's text, or None where there was none."""

    text: str | None

    def __repr__(self) -> str:
        return "ClipboardRead()"


@dataclass(frozen=True)
class CodeTyped:
    """Six digits were typed into the keypad."""

    code: str

    def __repr__(self) -> str:
        return "CodeTyped()"


@dataclass(frozen=True)
class KeypadClosed:
    """Whoever sits at the PC has no code, or wants none of it now."""


Happening = Union[
    LocalKey, LocalInput, MonitorsChanged, StopPressed, Locked, ClipboardRead, CodeTyped, KeypadClosed
]


class Desktop(ABC):
    """One desktop; `close` must follow.

    Attributes:
        injector: presses, moves and types there.
    """

    injector: Injector

    @abstractmethod
    def fileno(self) -> int:
        """Return a descriptor that is readable when something happened."""

    @property
    @abstractmethod
    def has_more(self) -> bool:
        """Whether `poll` has something though the descriptor is not readable: an answer brought it along."""

    @abstractmethod
    def poll(self, now: float) -> list[Happening]:
        """Return what has happened since the last call; never waits."""

    @abstractmethod
    def next_deadline(self) -> float:
        """Return when `poll` is due though nothing is readable."""

    @abstractmethod
    def monitors(self) -> tuple[Monitor, ...]:
        """Return the monitors as they are now."""

    @abstractmethod
    def put_clipboard(self, text: str) -> None:
        """Own the clipboard with this text."""

    @abstractmethod
    def fetch_clipboard(self, now: float) -> None:
        """Ask for the clipboard's text; `ClipboardRead` will follow."""

    @abstractmethod
    def show_banner(self, who: str, state: State) -> None:
        """Say on top of everything who controls, in which state, and how to end it."""

    @abstractmethod
    def show_notice(self, sentence: str) -> None:
        """Say something else in the banner's place."""

    @abstractmethod
    def ask_code(self, sentence: str) -> None:
        """Ask for a pairing code; `CodeTyped` or `KeypadClosed` will follow."""

    @abstractmethod
    def hide_keypad(self) -> None:
        """Ask for it no more."""

    @abstractmethod
    def hide_banner(self) -> None:
        """Take the banner away."""

    @abstractmethod
    def point_at(self, at: tuple[int, int] | None) -> None:
        """Show the specialist's pointer at a pixel, or hide it."""

    @abstractmethod
    def draw(self, line: int, points: Sequence[tuple[int, int]]) -> None:
        """Add points to a line over the desktop."""

    @abstractmethod
    def wipe(self) -> None:
        """Take all lines away."""

    @abstractmethod
    def mark(self, shown: bool) -> None:
        """Show each monitor's colour in its corner, or stop."""

    @abstractmethod
    def close(self) -> None:
        """Give everything back."""
