"""One connection to the X server."""

from __future__ import annotations

import ctypes
from ctypes import byref, c_int
from typing import TYPE_CHECKING, Any

from web_client.helper.x11.structures import ErrorHandler, XEvent
from web_client.helper.x11.xlib import Libraries, X11Error

if TYPE_CHECKING:
    from collections.abc import Iterator

_QUEUED_ALREADY = 0


class Display:
    """A connection and what is asked of it everywhere; `close` must follow.

    Errors of single requests are counted and otherwise ignored: windows of others come and go. When the
    server itself ends, Xlib ends the process; the watchdog has its own connection and ends in the same way.
    """

    def __init__(self, name: str) -> None:
        self.libraries = Libraries()
        self.x11 = self.libraries.x11
        self._on_error = ErrorHandler(self._count_error)
        self.errors = 0
        self.handle = self.x11.XOpenDisplay(name.encode())
        if not self.handle:
            raise X11Error(
                f"There is no X11 desktop at {name or 'DISPLAY'}. Start the helper in the desktop's session."
            )
        self.x11.XSetErrorHandler(self._on_error)
        self.screen = self.x11.XDefaultScreen(self.handle)
        self.root = self.x11.XDefaultRootWindow(self.handle)
        self._atoms: dict[str, int] = {}
        event, error, major, minor = c_int(), c_int(), c_int(), c_int()
        if not self.libraries.xtst.XTestQueryExtension(
            self.handle, byref(event), byref(error), byref(major), byref(minor)
        ):
            self.close()
            raise X11Error("This X server has no XTEST extension, without which nothing can be controlled.")

    def fileno(self) -> int:
        """Return the descriptor on which events arrive."""
        return int(self.x11.XConnectionNumber(self.handle))

    @property
    def has_more(self) -> bool:
        """Whether events wait within Xlib, which reads them while it waits for an answer."""
        return int(self.x11.XEventsQueued(self.handle, _QUEUED_ALREADY)) > 0

    def atom(self, name: str) -> int:
        """Return the atom of a name."""
        if name not in self._atoms:
            self._atoms[name] = self.x11.XInternAtom(self.handle, name.encode(), False)
        return self._atoms[name]

    def atom_name(self, atom: int) -> str:
        """Return the name of an atom."""
        pointer = self.x11.XGetAtomName(self.handle, atom)
        if not pointer:
            return ""
        name = ctypes.string_at(pointer).decode("utf-8", "replace")
        self.x11.XFree(pointer)
        return name

    def size(self) -> tuple[int, int]:
        """Return width and height of the desktop, as of this connection's start."""
        return (
            self.x11.XDisplayWidth(self.handle, self.screen),
            self.x11.XDisplayHeight(self.handle, self.screen),
        )

    def events(self) -> Iterator[Any]:
        """Yield every event that has arrived."""
        while self.x11.XPending(self.handle):
            event = XEvent()
            self.x11.XNextEvent(self.handle, byref(event))
            yield event

    def sync(self) -> None:
        """Return when the server has done all that was asked: flushing alone left keys down."""
        self.x11.XSync(self.handle, False)

    def close(self) -> None:
        """Close the connection; the server forgets its windows."""
        if self.handle:
            self.x11.XCloseDisplay(self.handle)
            self.handle = None

    def _count_error(self, display: int, error: Any) -> int:
        self.errors += 1
        return 0
