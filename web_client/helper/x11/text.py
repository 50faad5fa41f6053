"""Text in windows of ours: Chinese through Xft, ASCII alone where Xft or a font is missing."""

from __future__ import annotations

from ctypes import byref
from typing import TYPE_CHECKING, Any

from web_client.helper.words import ascii_only
from web_client.helper.x11.structures import XftColor, XGlyphInfo, XRenderColor
from web_client.helper.x11.windows import pixel_of

if TYPE_CHECKING:
    from web_client.helper.x11.display import Display
    from web_client.helper.x11.windows import OverWindow

_CHAR_WIDTH, _CHAR_RISE = 7, 10
"""Pixels of the server's own font, which is used without Xft."""


class Writer:
    """Writes in one font; `close` must follow.

    Args:
        font: as fontconfig names it, e.g. `sans-12:lang=zh-cn`.
    """

    def __init__(self, display: Display, font: bytes) -> None:
        self._display, self._x11 = display, display.x11
        self._xft = display.libraries.xft
        self._font: Any = None
        if self._xft:
            self._font = self._xft.XftFontOpenName(display.handle, display.screen, font)

    @property
    def draws_chinese(self) -> bool:
        """Whether there is a way to draw more than ASCII."""
        return bool(self._font)

    @property
    def rise(self) -> int:
        """How far the baseline lies below the middle of a line, in pixels."""
        if not self._font:
            return _CHAR_RISE // 2
        return int(self._font.contents.ascent - self._font.contents.descent) // 2

    def extent(self, text: str) -> int:
        """Return how wide a text is, in pixels."""
        if not self._font:
            return len(text) * _CHAR_WIDTH
        data, extents = text.encode(), XGlyphInfo()
        self._xft.XftTextExtentsUtf8(self._display.handle, self._font, data, len(data), byref(extents))
        return int(extents.xOff)

    def write(self, window: OverWindow, text: str, left: int, middle: int, colour: str) -> None:
        """Write a text from `left` on, its middle at the height `middle` of the window."""
        if self._font:
            self._write_with_xft(window, text, left, middle + self.rise, colour)
        else:
            self._write_plainly(window, text, left, middle + self.rise, colour)

    def close(self) -> None:
        """Give the font back."""
        if self._font:
            self._xft.XftFontClose(self._display.handle, self._font)
            self._font = None

    def _write_with_xft(self, window: OverWindow, text: str, left: int, baseline: int, colour: str) -> None:
        display, screen = self._display.handle, self._display.screen
        visual = self._x11.XDefaultVisual(display, screen)
        colours = self._x11.XDefaultColormap(display, screen)
        drawing = self._xft.XftDrawCreate(display, window.id, visual, colours)
        value, ink = _render_colour(colour), XftColor()
        self._xft.XftColorAllocValue(display, visual, colours, byref(value), byref(ink))
        data = text.encode()
        self._xft.XftDrawStringUtf8(drawing, byref(ink), self._font, left, baseline, data, len(data))
        self._xft.XftColorFree(display, visual, colours, byref(ink))
        self._xft.XftDrawDestroy(drawing)

    def _write_plainly(self, window: OverWindow, text: str, left: int, baseline: int, colour: str) -> None:
        pen = self._x11.XCreateGC(self._display.handle, window.id, 0, None)
        self._x11.XSetForeground(self._display.handle, pen, pixel_of(colour))
        data = ascii_only(text).encode()
        self._x11.XDrawString(self._display.handle, window.id, pen, left, baseline, data, len(data))
        self._x11.XFreeGC(self._display.handle, pen)


def _render_colour(colour: str) -> XRenderColor:
    red, green, blue = (int(colour[at : at + 2], 16) * 0x101 for at in (1, 3, 5))
    return XRenderColor(red, green, blue, 0xFFFF)
