"""The banner at the top of the monitor: who controls, how to end it, and a button that does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from web_client.helper.words import ascii_only
from web_client.helper.x11.windows import BUTTON_PRESS, EXPOSE, VISIBILITY_NOTIFY, OverWindow

if TYPE_CHECKING:
    from web_client.helper.wire import Monitor
    from web_client.helper.x11.display import Display
    from web_client.helper.x11.text import Writer

_BACKGROUND, _BUTTON = "#b3261e", "#ffffff"
_HEIGHT, _PADDING, _GAP = 40, 16, 24
RAISE_AFTER_S = 0.2
"""Least time between two raisings, so that two windows that both want to be on top do not fight."""


class Banner:
    """One line and one button on top of everything; `close` must follow."""

    def __init__(self, display: Display, writer: Writer) -> None:
        self._display, self._writer = display, writer
        self._window: OverWindow | None = None
        self._button_left = 0
        self._width = 0
        self._line = self._stop = ""
        self._raise_at = float("inf")

    def show(self, line: str, stop: str, monitor: Monitor) -> None:
        """Show a line and a button on a monitor."""
        self._line, self._stop = line, stop
        if not self._writer.draws_chinese:
            self._line, self._stop = ascii_only(line), ascii_only(stop)
        self._button_left = _PADDING + self._writer.extent(self._line) + _GAP
        self._width = self._button_left + self._writer.extent(self._stop) + 2 * _PADDING
        left = monitor.x + max(0, (monitor.w - self._width) // 2)
        if self._window is None:
            self._window = OverWindow(
                self._display, (left, monitor.y, self._width, _HEIGHT), _BACKGROUND, clickable=True
            )
        self._window.place(left, monitor.y, self._width, _HEIGHT)
        self._window.show()
        self._paint()

    def hide(self) -> None:
        """Take it away."""
        if self._window:
            self._window.close()
            self._window = None
            self._raise_at = float("inf")
            self._display.sync()

    def handle(self, event: Any, now: float) -> bool:
        """Take one event; return True when the button was pressed."""
        if self._window is None or event.any.window != self._window.id:
            return False
        if event.type == EXPOSE:
            self._paint()
        elif event.type == VISIBILITY_NOTIFY and event.visibility.state:  # partly or fully obscured
            self._raise_at = min(self._raise_at, now + RAISE_AFTER_S)
        return bool(event.type == BUTTON_PRESS) and event.button.x >= self._button_left - _PADDING // 2

    def next_deadline(self) -> float:
        """Return when `handle_timeout` is due."""
        return self._raise_at

    def handle_timeout(self, now: float) -> None:
        """Come on top again."""
        if self._window and now >= self._raise_at:
            self._raise_at = float("inf")
            self._window.raise_()
            self._display.sync()

    def close(self) -> None:
        """Give everything back."""
        self.hide()

    def _paint(self) -> None:
        if self._window is None:
            return
        self._window.clear()
        button = (
            self._button_left - _PADDING // 2,
            6,
            self._writer.extent(self._stop) + _PADDING,
            _HEIGHT - 12,
        )
        self._window.fill(button, _BUTTON)
        self._writer.write(self._window, self._line, _PADDING, _HEIGHT // 2, _BUTTON)
        self._writer.write(self._window, self._stop, self._button_left, _HEIGHT // 2, _BACKGROUND)
        self._display.sync()
