"""An application on an X screen that notes when each event reaches it: the witness of what was done there."""

import contextlib
import ctypes
import selectors
import threading
import time
from collections.abc import Iterator
from ctypes import byref
from dataclasses import dataclass
from typing import Final

from web_client.helper.x11.display import Display
from web_client.helper.x11.structures import XSetWindowAttributes

KEY_PRESS, KEY_RELEASE, BUTTON_PRESS, BUTTON_RELEASE, MOTION = 2, 3, 4, 5, 6
_MASK: Final = 1 << 0 | 1 << 1 | 1 << 2 | 1 << 3 | 1 << 6
_BACK_PIXEL, _EVENT_MASK, _OVERRIDE_REDIRECT = 1 << 1, 1 << 11, 1 << 9


@dataclass(frozen=True, slots=True)
class Seen:
    """One event.

    Attributes:
        kind: the X event's type.
        detail: the keycode or button; 0 for a motion.
        x, y: the pointer, in the screen's pixels.
        at: `time.monotonic()` when it was read.
    """

    kind: int
    detail: int
    x: int
    y: int
    at: float


class Witness:
    """A window in a corner of the screen that has the keyboard; `seen` grows as events come."""

    def __init__(self, display: str, rectangle: tuple[int, int, int, int]) -> None:
        self._x = Display(display)
        attributes = XSetWindowAttributes(background_pixel=0x335577, event_mask=_MASK, override_redirect=True)
        self._window = self._x.x11.XCreateWindow(
            *(self._x.handle, self._x.root, *rectangle, 0, 0, 1, None),
            *(_BACK_PIXEL | _EVENT_MASK | _OVERRIDE_REDIRECT, byref(attributes)),
        )
        self._x.x11.XMapRaised(self._x.handle, self._window)
        self._x.sync()
        self._x.x11.XSetInputFocus(self._x.handle, self._window, 1, 0)
        self._x.sync()
        self.seen: list[Seen] = []
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="witness")
        self._thread.start()

    def of(self, *kinds: int) -> list[Seen]:
        """Return what was seen of some kinds, in its order."""
        return [one for one in list(self.seen) if one.kind in kinds]

    def close(self) -> None:
        """Take the window away."""
        self._stopping.set()
        self._thread.join(5)
        self._x.close()

    def _watch(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._x, selectors.EVENT_READ)
            while not self._stopping.is_set():
                for event in self._x.events():
                    if event.type in (KEY_PRESS, KEY_RELEASE, BUTTON_PRESS, BUTTON_RELEASE, MOTION):
                        self.seen.append(_seen(event, time.monotonic()))
                selector.select(0.2)


class _InputEvent(ctypes.Structure):
    """XKeyEvent, XButtonEvent and XMotionEvent as far as they are alike (X11/Xlib.h)."""

    _fields_ = [
        *(("type", ctypes.c_int), ("serial", ctypes.c_ulong), ("send_event", ctypes.c_int)),
        *(("display", ctypes.c_void_p), ("window", ctypes.c_ulong), ("root", ctypes.c_ulong)),
        *(("subwindow", ctypes.c_ulong), ("time", ctypes.c_ulong)),
        *(("x", ctypes.c_int), ("y", ctypes.c_int), ("x_root", ctypes.c_int), ("y_root", ctypes.c_int)),
        *(("state", ctypes.c_uint), ("detail", ctypes.c_uint)),
    ]


def _seen(event: ctypes.Union, at: float) -> Seen:
    one = ctypes.cast(byref(event), ctypes.POINTER(_InputEvent)).contents
    return Seen(one.type, 0 if one.type == MOTION else one.detail, one.x_root, one.y_root, at)


@contextlib.contextmanager
def witness(display: str, rectangle: tuple[int, int, int, int]) -> Iterator[Witness]:
    """Run one over a rectangle (x, y, width, height) of the screen."""
    one = Witness(display, rectangle)
    try:
        yield one
    finally:
        one.close()
