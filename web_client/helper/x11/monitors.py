"""The monitors of an X11 desktop: RandR 1.5, or the whole desktop where it has none."""

from __future__ import annotations

from ctypes import byref, c_int
from typing import TYPE_CHECKING, Any

from web_client.helper.mapping import COLOURS
from web_client.helper.wire import Monitor

if TYPE_CHECKING:
    from web_client.helper.x11.display import Display

_SCREEN_CHANGE_MASK = 1
_STRUCTURE_NOTIFY_MASK, _CONFIGURE_NOTIFY = 1 << 17, 22
"""A monitor somebody defines (`XRRSetMonitor`) is told by the root window's configuration only."""


class Monitors:
    """Reads the monitors and hears of changes; scaling does not matter, all is in the desktop's pixels."""

    def __init__(self, display: Display) -> None:
        self._display = display
        self._xrandr = display.libraries.xrandr
        base, error = c_int(), c_int()
        self._is_there = bool(self._xrandr.XRRQueryExtension(display.handle, byref(base), byref(error)))
        self._changed = base.value if self._is_there else -1
        display.x11.XSelectInput(display.handle, display.root, _STRUCTURE_NOTIFY_MASK)
        if self._is_there:
            self._xrandr.XRRSelectInput(display.handle, display.root, _SCREEN_CHANGE_MASK)

    def is_change(self, event: Any) -> bool:
        """Return whether an event says that the monitors have changed."""
        return bool(event.type == self._changed) or bool(
            event.type == _CONFIGURE_NOTIFY and event.any.window == self._display.root
        )

    def read(self) -> tuple[Monitor, ...]:
        """Return the monitors, in the server's order; at most 16."""
        found = self._read_randr() if self._is_there else ()
        if found:
            return found
        width, height = self._display.size()
        return (Monitor("screen", 0, 0, width, height, COLOURS[0]),)

    def _read_randr(self) -> tuple[Monitor, ...]:
        count = c_int()
        monitors = self._xrandr.XRRGetMonitors(self._display.handle, self._display.root, True, byref(count))
        if not monitors:
            return ()
        found = tuple(
            Monitor(
                self._display.atom_name(one.name)[:64] or str(index),
                *(one.x, one.y, one.width, one.height),
                COLOURS[index % len(COLOURS)],
            )
            for index, one in enumerate(monitors[: min(count.value, 16)])
        )
        self._xrandr.XRRFreeMonitors(monitors)
        return found
