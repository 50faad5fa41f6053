"""What the specialist shows over the desktop: a pointer, freehand lines, the monitors' colours.

Nothing of it takes a click, and none of it needs a compositor: the windows have the shape of what they show.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from web_client.helper.x11.windows import Mask, OverWindow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from web_client.helper.wire import Monitor
    from web_client.helper.x11.display import Display

_COLOUR = "#e60012"
_LINE_WIDTH = 5
_ARROW = ((0, 0), (0, 26), (6, 20), (11, 31), (16, 28), (11, 18), (19, 18))
_MARK_SIDE = 96
_MAX_LINES = 64
"""Lines that can still be gone on with; the oldest is forgotten, not wiped."""


class Overlay:
    """Shows pointer, lines and marks; `close` must follow."""

    def __init__(self, display: Display) -> None:
        self._display = display
        self._arrow: OverWindow | None = None
        self._canvas: OverWindow | None = None
        self._lines: Mask | None = None
        self._ends: dict[int, tuple[int, int]] = {}
        self._marks: list[OverWindow] = []

    def point_at(self, at: tuple[int, int] | None) -> None:
        """Show the pointer's tip at a pixel, or hide it."""
        if at is None:
            if self._arrow:
                self._arrow.hide()
        else:
            if self._arrow is None:
                self._arrow = self._make_arrow()
            self._arrow.move(*at)
            self._arrow.show()
        self._display.sync()

    def draw(self, line: int, points: Sequence[tuple[int, int]], size: tuple[int, int]) -> None:
        """Add points to a line; `size` is the desktop's now."""
        if not points:
            return
        if self._canvas is None or self._lines is None:
            self._canvas = OverWindow(self._display, (0, 0, *size), _COLOUR)
            self._lines = Mask(self._display, *size)
        before = [self._ends[line]] if line in self._ends else []
        self._lines.line([*before, *points], _LINE_WIDTH)
        self._ends[line] = points[-1]
        if len(self._ends) > _MAX_LINES:
            del self._ends[next(iter(self._ends))]
        self._canvas.shape(self._lines)
        self._canvas.show()
        self._display.sync()

    def wipe(self) -> None:
        """Take all lines away."""
        if self._canvas and self._lines:
            self._canvas.close()
            self._lines.close()
            self._canvas = self._lines = None
        self._ends.clear()
        self._display.sync()

    def mark(self, monitors: Sequence[Monitor]) -> None:
        """Show the colour of each of these monitors in its upper left corner; none takes them away."""
        for window in self._marks:
            window.close()
        self._marks = [
            OverWindow(self._display, (one.x, one.y, _MARK_SIDE, _MARK_SIDE), one.colour) for one in monitors
        ]
        for window in self._marks:
            window.show()
        self._display.sync()

    def close(self) -> None:
        """Take everything away."""
        self.wipe()
        self.mark(())
        if self._arrow:
            self._arrow.close()
            self._arrow = None

    def _make_arrow(self) -> OverWindow:
        mask = Mask(self._display, 20, 32)
        mask.fill(_ARROW)
        arrow = OverWindow(self._display, (0, 0, 20, 32), _COLOUR)
        arrow.shape(mask)
        mask.close()
        return arrow
