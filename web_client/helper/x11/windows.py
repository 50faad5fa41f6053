"""Windows over everything that no window manager touches: with or without clicks, of any shape."""

from __future__ import annotations

from ctypes import byref
from typing import TYPE_CHECKING

from web_client.helper.x11.structures import XPoint, XRectangle, XSetWindowAttributes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from web_client.helper.x11.display import Display

_BACK_PIXEL, _OVERRIDE_REDIRECT, _EVENT_MASK = 1 << 1, 1 << 9, 1 << 11
_INPUT_OUTPUT = 1
_SHAPE_BOUNDING, _SHAPE_INPUT = 0, 2
_SET = 0
EXPOSURE_MASK, BUTTON_PRESS_MASK, VISIBILITY_MASK, KEY_PRESS_MASK = 1 << 15, 1 << 2, 1 << 16, 1 << 0
EXPOSE, KEY_PRESS, BUTTON_PRESS, VISIBILITY_NOTIFY = 12, 2, 4, 15
_REVERT_TO_POINTER_ROOT, _CURRENT_TIME = 1, 0
_ROUND, _SOLID = 2, 0
_ROUND_JOIN = 1


class OverWindow:
    """One override-redirect window of one colour; `close` must follow."""

    def __init__(
        self, display: Display, rectangle: tuple[int, int, int, int], colour: str, *, clickable: bool = False
    ) -> None:
        self._display, self._x11 = display, display.x11
        self._shape = display.libraries.xext
        x, y, width, height = rectangle
        events = EXPOSURE_MASK | VISIBILITY_MASK | (BUTTON_PRESS_MASK | KEY_PRESS_MASK if clickable else 0)
        attributes = XSetWindowAttributes(
            background_pixel=pixel_of(colour), override_redirect=True, event_mask=events
        )
        self.id = self._x11.XCreateWindow(
            *(display.handle, display.root, x, y, max(width, 1), max(height, 1), 0, 0, _INPUT_OUTPUT, None),
            *(_BACK_PIXEL | _OVERRIDE_REDIRECT | _EVENT_MASK, byref(attributes)),
        )
        if not clickable:
            self._let_clicks_through()

    def show(self) -> None:
        """Show it above all others."""
        self._x11.XMapRaised(self._display.handle, self.id)

    def hide(self) -> None:
        """Take it from the screen; it can be shown again."""
        self._x11.XUnmapWindow(self._display.handle, self.id)

    def raise_(self) -> None:
        """Put it above what has come over it."""
        self._x11.XRaiseWindow(self._display.handle, self.id)

    def move(self, x: int, y: int) -> None:
        """Put its upper left corner on a pixel of the desktop."""
        self._x11.XMoveWindow(self._display.handle, self.id, x, y)

    def place(self, x: int, y: int, width: int, height: int) -> None:
        """Give it another place and size."""
        self._x11.XMoveResizeWindow(self._display.handle, self.id, x, y, max(width, 1), max(height, 1))

    def take_keys(self) -> None:
        """Have what is typed from now on; it must be on the screen."""
        self._x11.XSetInputFocus(self._display.handle, self.id, _REVERT_TO_POINTER_ROOT, _CURRENT_TIME)

    def clear(self) -> None:
        """Paint it in its own colour alone."""
        self._x11.XClearWindow(self._display.handle, self.id)

    def fill(self, rectangle: tuple[int, int, int, int], colour: str) -> None:
        """Paint a rectangle (x, y, width, height) of the window."""
        pen = self._x11.XCreateGC(self._display.handle, self.id, 0, None)
        self._x11.XSetForeground(self._display.handle, pen, pixel_of(colour))
        self._x11.XFillRectangle(self._display.handle, self.id, pen, *rectangle)
        self._x11.XFreeGC(self._display.handle, pen)

    def shape(self, mask: Mask) -> None:
        """Show only what the mask covers."""
        self._shape.XShapeCombineMask(self._display.handle, self.id, _SHAPE_BOUNDING, 0, 0, mask.id, _SET)

    def close(self) -> None:
        """Give the window back."""
        self._x11.XDestroyWindow(self._display.handle, self.id)

    def _let_clicks_through(self) -> None:
        """Empty the input shape: the pointer sees what lies below."""
        self._shape.XShapeCombineRectangles(
            *(self._display.handle, self.id, _SHAPE_INPUT, 0, 0, (XRectangle * 1)(), 0, _SET, 0)
        )


class Mask:
    """A picture of one bit a pixel; `close` must follow."""

    def __init__(self, display: Display, width: int, height: int) -> None:
        self._display, self._x11 = display, display.x11
        self._size = width, height
        self.id = self._x11.XCreatePixmap(display.handle, display.root, width, height, 1)
        self._pen = self._x11.XCreateGC(display.handle, self.id, 0, None)
        self.wipe()

    def wipe(self) -> None:
        """Cover nothing."""
        self._x11.XSetForeground(self._display.handle, self._pen, 0)
        self._x11.XFillRectangle(self._display.handle, self.id, self._pen, 0, 0, *self._size)
        self._x11.XSetForeground(self._display.handle, self._pen, 1)

    def line(self, points: Sequence[tuple[int, int]], width: int) -> None:
        """Cover a line through the points; one point is a dot."""
        self._x11.XSetLineAttributes(self._display.handle, self._pen, width, _SOLID, _ROUND, _ROUND_JOIN)
        if len(points) == 1:
            points = [points[0], points[0]]
        self._x11.XDrawLines(self._display.handle, self.id, self._pen, packed(points), len(points), 0)

    def fill(self, corners: Sequence[tuple[int, int]]) -> None:
        """Cover a polygon."""
        self._x11.XFillPolygon(self._display.handle, self.id, self._pen, packed(corners), len(corners), 0, 0)

    def close(self) -> None:
        """Give pixmap and pen back."""
        self._x11.XFreeGC(self._display.handle, self._pen)
        self._x11.XFreePixmap(self._display.handle, self.id)


def packed(points: Iterable[tuple[int, int]]) -> object:
    """Return points as Xlib takes them."""
    made = [XPoint(x, y) for x, y in points]
    return (XPoint * len(made))(*made)


def pixel_of(colour: str) -> int:
    """Return `#rrggbb` as a pixel of the 24-bit visual every desktop of today has."""
    return int(colour[1:], 16)
