"""An X11 desktop: injector, local input, monitors, clipboard, banner and overlay on one connection."""

from __future__ import annotations

from ctypes import byref, c_int
from typing import TYPE_CHECKING

from web_client.helper import words
from web_client.helper.desktop import (
    ClipboardRead,
    Desktop,
    LocalInput,
    LocalKey,
    Locked,
    MonitorsChanged,
    StopPressed,
)
from web_client.helper.x11.banner import Banner
from web_client.helper.x11.clipboard import Clipboard
from web_client.helper.x11.display import Display
from web_client.helper.x11.injector import X11Injector
from web_client.helper.x11.keypad import Keypad
from web_client.helper.x11.monitors import Monitors
from web_client.helper.x11.overlay import Overlay
from web_client.helper.x11.raw_input import Local, RawInput
from web_client.helper.x11.structures import XScreenSaverInfo
from web_client.helper.x11.text import Writer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from web_client.helper.desktop import Happening
    from web_client.helper.vocabulary import State
    from web_client.helper.wire import Monitor

_LOOK_S = 1.0
"""How often the screen saver is asked; it tells nobody by itself in all versions."""
_SAVER_ON = 1
_FONT = b"sans-12:lang=zh-cn"


class X11Desktop(Desktop):
    """The desktop of one X server.

    Args:
        display: its name, e.g. `:0`.
        language: of what is shown, `zh-CN` or `en`.
    """

    def __init__(self, display: str, language: str) -> None:
        self._display = Display(display)
        self._language = language
        self._clipboard = Clipboard(self._display)
        self._raw = RawInput(self._display)
        self._monitors = Monitors(self._display)
        self._writer = Writer(self._display, _FONT)
        self._banner = Banner(self._display, self._writer)
        self._keypad = Keypad(self._display, self._writer)
        self._overlay = Overlay(self._display)
        self.injector = X11Injector(self._display, self._clipboard)
        self._saver = self._find_saver()
        self._is_locked = False
        self._look_at = 0.0

    def fileno(self) -> int:
        return self._display.fileno()

    @property
    def has_more(self) -> bool:
        return self._display.has_more

    def poll(self, now: float) -> list[Happening]:
        found: list[Happening] = []
        for event in self._display.events():
            local = self._raw.take(event)
            if local is not None:
                found.append(LocalInput() if local is Local.OTHER else LocalKey(local is Local.ESCAPE))
            elif self._monitors.is_change(event):
                found.append(MonitorsChanged(self.monitors()))
            elif self._banner.handle(event, now):
                found.append(StopPressed())
            else:
                read = self._clipboard.handle(event)
                if read is not None:
                    found.append(ClipboardRead(*read))
                asked = self._keypad.handle(event)
                if asked is not None:
                    found.append(asked)
        if self._clipboard.timed_out(now):
            found.append(ClipboardRead(None))
        self._banner.handle_timeout(now)
        return found + self._look(now)

    def next_deadline(self) -> float:
        return min(self._look_at, self._banner.next_deadline(), self._clipboard.next_deadline)

    def monitors(self) -> tuple[Monitor, ...]:
        return self._monitors.read()

    def put_clipboard(self, text: str) -> None:
        self._clipboard.put(text)

    def fetch_clipboard(self, now: float) -> None:
        self._clipboard.fetch(now)

    def show_banner(self, who: str, state: State) -> None:
        language = self._spoken
        line, stop = words.banner(who, state, language), words.say("banner.stop", language)
        self._banner.show(line, stop, self.monitors()[0])

    def show_notice(self, sentence: str) -> None:
        self._banner.show(sentence, words.say("notice.close", self._language), self.monitors()[0])

    def ask_code(self, sentence: str) -> None:
        self._keypad.show(sentence, words.say("keypad.leave", self._spoken), self.monitors()[0])

    def hide_keypad(self) -> None:
        self._keypad.hide()

    def hide_banner(self) -> None:
        self._banner.hide()

    def point_at(self, at: tuple[int, int] | None) -> None:
        self._overlay.point_at(at)

    def draw(self, line: int, points: Sequence[tuple[int, int]]) -> None:
        monitors = self.monitors()
        size = max(one.x + one.w for one in monitors), max(one.y + one.h for one in monitors)
        self._overlay.draw(line, points, size)

    def wipe(self) -> None:
        self._overlay.wipe()

    def mark(self, shown: bool) -> None:
        self._overlay.mark(self.monitors() if shown else ())

    def close(self) -> None:
        self._banner.close()
        self._keypad.close()
        self._writer.close()
        self._overlay.close()
        self._display.close()

    @property
    def _spoken(self) -> str:
        return self._language if self._writer.draws_chinese else "en"

    def _find_saver(self) -> XScreenSaverInfo | None:
        saver = self._display.libraries.xss
        if saver is None:
            return None
        event, error = c_int(), c_int()
        there = saver.XScreenSaverQueryExtension(self._display.handle, byref(event), byref(error))
        return XScreenSaverInfo() if there else None

    def _look(self, now: float) -> list[Happening]:
        """Ask the screen saver whether it covers the desktop."""
        if now < self._look_at:
            return []
        self._look_at = now + _LOOK_S
        if self._saver is None:
            self._look_at = float("inf")
            return []
        self._display.libraries.xss.XScreenSaverQueryInfo(
            self._display.handle, self._display.root, byref(self._saver)
        )
        locked = self._saver.state == _SAVER_ON
        if locked == self._is_locked:
            return []
        self._is_locked = locked
        return [Locked(locked)]
