"""Pointer, wheel and keys by XTEST; text through the owned clipboard and a paste chord."""

from __future__ import annotations

from typing import TYPE_CHECKING

from web_client.helper.effects import Button, Key
from web_client.helper.injector import Injector
from web_client.helper.keymap.codes import x_keycode
from web_client.helper.vocabulary import Chord

if TYPE_CHECKING:
    from web_client.helper.x11.clipboard import Clipboard
    from web_client.helper.x11.display import Display

_BUTTONS = {Button.LEFT: 1, Button.MIDDLE: 2, Button.RIGHT: 3}
_NOTCH = 120
_UP, _DOWN, _LEFT, _RIGHT = 4, 5, 6, 7
"""The wheel's notches are buttons in X."""
_CHORDS = {
    Chord.CTRL_V: ("ControlLeft", "KeyV"),
    Chord.CTRL_SHIFT_V: ("ControlLeft", "ShiftLeft", "KeyV"),
    Chord.SHIFT_INSERT: ("ShiftLeft", "Insert"),
}
FETCH_S = 1.5
"""How long an application may take to fetch a pasted text; then it is thought not to want it."""
SETTLE_S = 0.12
"""How long nobody asks before a paste is over: Chromium fetches a text, looks again, and then fetches what it
pastes, with up to 20 ms between two requests on a loaded machine.
"""


class X11Injector(Injector):
    """Injects at one X server.

    Keysyms are never remapped: it corrupted text and froze the window manager for minutes.
    """

    def __init__(self, display: Display, clipboard: Clipboard) -> None:
        self._display = display
        self._xtst = display.libraries.xtst
        self._clipboard = clipboard
        self._rest = [0, 0]
        self._typing_until = self._quiet_from = 0.0
        self._requests = 0

    def press(self, what: Key | Button) -> None:
        self._fake(what, True)
        self._display.sync()

    def release(self, what: Key | Button) -> None:
        self._fake(what, False)
        self._display.sync()

    def move(self, x: int, y: int) -> None:
        self._xtst.XTestFakeMotionEvent(self._display.handle, self._display.screen, x, y, 0)
        self._display.sync()

    def scroll(self, dx: int, dy: int) -> None:
        for axis, (turned, less, more) in enumerate(((dx, _LEFT, _RIGHT), (dy, _UP, _DOWN))):
            self._rest[axis] += turned
            notches = int(self._rest[axis] / _NOTCH)  # towards zero: a rest keeps its sign
            self._rest[axis] -= notches * _NOTCH
            for _ in range(abs(notches)):
                for is_down in (True, False):
                    button = more if notches > 0 else less
                    self._xtst.XTestFakeButtonEvent(self._display.handle, button, is_down, 0)
        self._display.sync()

    def type_text(self, text: str, chord: Chord, now: float) -> None:
        self._clipboard.put(text)
        keys = [Key(code) for code in _CHORDS[chord]]
        for key in keys:
            self._fake(key, True)
        for key in reversed(keys):
            self._fake(key, False)
        self._display.sync()
        self._typing_until = now + FETCH_S

    def is_typing(self, now: float) -> bool:
        if now >= self._typing_until:
            return False
        if self._clipboard.requests != self._requests:
            self._requests, self._quiet_from = self._clipboard.requests, now
        if self._clipboard.was_fetched and now - self._quiet_from >= SETTLE_S:
            self._typing_until = 0.0
        return self._typing_until > 0

    def _fake(self, what: Key | Button, is_down: bool) -> None:
        if isinstance(what, Button):
            self._xtst.XTestFakeButtonEvent(self._display.handle, _BUTTONS[what], is_down, 0)
        else:
            self._xtst.XTestFakeKeyEvent(self._display.handle, x_keycode(what.code), is_down, 0)
