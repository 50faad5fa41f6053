"""The banner at the top of the monitor: who controls, how to end it, and a button that does."""

from __future__ import annotations

from ctypes import byref
from typing import TYPE_CHECKING, Any

from web_client.helper.words import ascii_only
from web_client.helper.x11.structures import XftColor, XGlyphInfo, XRenderColor
from web_client.helper.x11.windows import BUTTON_PRESS, EXPOSE, VISIBILITY_NOTIFY, OverWindow

if TYPE_CHECKING:
    from web_client.helper.wire import Monitor
    from web_client.helper.x11.display import Display

_BACKGROUND, _BUTTON = "#b3261e", "#ffffff"
_HEIGHT, _PADDING, _GAP, _CHAR = 40, 16, 24, 7
_FONT = b"sans-12:lang=zh-cn"
RAISE_AFTER_S = 0.2
"""Least time between two raisings, so that two windows that both want to be on top do not fight."""


class Banner:
    """One line and one button on top of everything; `close` must follow."""

    def __init__(self, display: Display) -> None:
        self._display, self._x11 = display, display.x11
        self._xft = display.libraries.xft
        self._font: Any = None
        if self._xft:
            self._font = self._xft.XftFontOpenName(display.handle, display.screen, _FONT)
        self._window: OverWindow | None = None
        self._button_left = 0
        self._width = 0
        self._line = self._stop = ""
        self._raise_at = float("inf")

    @property
    def draws_chinese(self) -> bool:
        """Whether there is a way to draw more than ASCII."""
        return bool(self._font)

    def show(self, line: str, stop: str, monitor: Monitor) -> None:
        """Show a line and a button on a monitor."""
        self._line, self._stop = (line, stop) if self._font else (ascii_only(line), ascii_only(stop))
        self._button_left = _PADDING + self._extent(self._line) + _GAP
        self._width = self._button_left + self._extent(self._stop) + 2 * _PADDING
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
        if self._font:
            self._xft.XftFontClose(self._display.handle, self._font)
            self._font = None

    def _paint(self) -> None:
        if self._window is None:
            return
        self._x11.XClearWindow(self._display.handle, self._window.id)
        pen = self._x11.XCreateGC(self._display.handle, self._window.id, 0, None)
        self._x11.XSetForeground(self._display.handle, pen, int(_BUTTON[1:], 16))
        button = self._button_left - _PADDING // 2, 6, self._extent(self._stop) + _PADDING, _HEIGHT - 12
        self._x11.XFillRectangle(self._display.handle, self._window.id, pen, *button)
        if self._font:
            self._write_with_xft()
        else:
            self._write_plainly(pen)
        self._x11.XFreeGC(self._display.handle, pen)
        self._display.sync()

    def _write_with_xft(self) -> None:
        assert self._window is not None, "_paint() has looked"
        display, screen = self._display.handle, self._display.screen
        visual, colours = (
            self._x11.XDefaultVisual(display, screen),
            self._x11.XDefaultColormap(display, screen),
        )
        drawing = self._xft.XftDrawCreate(display, self._window.id, visual, colours)
        baseline = (_HEIGHT + self._font.contents.ascent - self._font.contents.descent) // 2
        for text, left, colour in (
            (self._line, _PADDING, _BUTTON),
            (self._stop, self._button_left, _BACKGROUND),
        ):
            value, ink = _render_colour(colour), XftColor()
            self._xft.XftColorAllocValue(display, visual, colours, byref(value), byref(ink))
            data = text.encode()
            self._xft.XftDrawStringUtf8(drawing, byref(ink), self._font, left, baseline, data, len(data))
            self._xft.XftColorFree(display, visual, colours, byref(ink))
        self._xft.XftDrawDestroy(drawing)

    def _write_plainly(self, pen: Any) -> None:
        assert self._window is not None, "_paint() has looked"
        for text, left, colour in (
            (self._line, _PADDING, _BUTTON),
            (self._stop, self._button_left, _BACKGROUND),
        ):
            self._x11.XSetForeground(self._display.handle, pen, int(colour[1:], 16))
            data = text.encode("ascii", "replace")
            self._x11.XDrawString(self._display.handle, self._window.id, pen, left, 25, data, len(data))

    def _extent(self, text: str) -> int:
        if not self._font:
            return len(text) * _CHAR
        data, extents = text.encode(), XGlyphInfo()
        self._xft.XftTextExtentsUtf8(self._display.handle, self._font, data, len(data), byref(extents))
        return int(extents.xOff)


def _render_colour(colour: str) -> XRenderColor:
    red, green, blue = (int(colour[at : at + 2], 16) * 0x101 for at in (1, 3, 5))
    return XRenderColor(red, green, blue, 0xFFFF)
