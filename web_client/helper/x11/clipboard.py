"""The clipboard as its owner, and as a reader of what others own (ICCCM §2; INCR §2.7.2).

A text of ours is put into CLIPBOARD and PRIMARY, since xterm pastes the latter. It is given in one piece:
20,000 characters of four bytes are less than the 262,140 bytes that X.Org takes in one request.
"""

from __future__ import annotations

import ctypes
from ctypes import byref, c_int, c_ulong, c_void_p
from typing import TYPE_CHECKING, Any

from web_client.helper.vocabulary import MAX_CLIPBOARD
from web_client.helper.x11.structures import XEvent, XSetWindowAttributes

if TYPE_CHECKING:
    from web_client.helper.x11.display import Display

_CURRENT_TIME, _REPLACE, _INPUT_ONLY = 0, 0, 2
_PROPERTY_NOTIFY, _SELECTION_CLEAR, _SELECTION_REQUEST, _SELECTION_NOTIFY = 28, 29, 30, 31
_PROPERTY_CHANGE_MASK = 1 << 22
_ATOM, _STRING = 4, 31
_MAX_BYTES = 4 * MAX_CLIPBOARD
READ_S = 2.0
"""How long another application may take to hand its clipboard over."""


class Clipboard:
    """Owns and reads the selections through a window that is never shown.

    Attributes:
        was_fetched: somebody has taken the text that was put last.
        requests: how often anything was asked of the owner.
    """

    def __init__(self, display: Display) -> None:
        self._display = display
        self._x11 = display.x11
        attributes = XSetWindowAttributes(event_mask=_PROPERTY_CHANGE_MASK)
        self._window = self._x11.XCreateWindow(
            *(display.handle, display.root, -1, -1, 1, 1, 0, 0, _INPUT_ONLY, None, 1 << 11),
            byref(attributes),
        )
        self._texts = [
            display.atom(name) for name in ("UTF8_STRING", "text/plain;charset=utf-8", "STRING", "TEXT")
        ]
        self._selections = [display.atom(name) for name in ("CLIPBOARD", "PRIMARY")]
        self._data: bytes | None = None
        self._reading_until = 0.0
        self._pieces: list[bytes] | None = None
        self.was_fetched = True
        self.requests = 0

    def put(self, text: str) -> None:
        """Own both selections with a text; `was_fetched` holds once somebody has taken it."""
        self._data = text.encode()
        self.was_fetched = False
        for selection in self._selections:
            self._x11.XSetSelectionOwner(self._display.handle, selection, self._window, _CURRENT_TIME)
        self._display.sync()

    def fetch(self, now: float) -> None:
        """Ask the owner of CLIPBOARD for its text; `handle` or `timed_out` brings the answer."""
        self._pieces = None
        self._reading_until = now + READ_S
        self._x11.XConvertSelection(
            *(self._display.handle, self._selections[0], self._texts[0]),
            *(self._display.atom("BANGBAN_CLIPBOARD"), self._window, _CURRENT_TIME),
        )
        self._display.sync()

    def timed_out(self, now: float) -> bool:
        """Return, once, whether the other application took too long."""
        late = bool(self._reading_until) and now >= self._reading_until
        if late:
            self._reading_until = 0.0
        return late

    @property
    def next_deadline(self) -> float:
        """When `timed_out` will hold."""
        return self._reading_until or float("inf")

    def handle(self, event: Any) -> tuple[str | None] | None:
        """Take one event; return `(text,)` when a reading has ended, `(None,)` when there was no text."""
        if event.type == _SELECTION_REQUEST:
            self.requests += 1
            self._answer(event.selection_request)
        elif event.type == _SELECTION_CLEAR and event.any.window == self._window:
            pass  # somebody else has copied: theirs it is
        elif event.type == _SELECTION_NOTIFY and self._reading_until:
            return self._notified(event.selection)
        elif event.type == _PROPERTY_NOTIFY and self._pieces is not None and event.property.state == 0:
            return self._more()
        return None

    def _answer(self, request: Any) -> None:
        """Give the text, its length's bound or the list of forms to who asks for it."""
        display, data = self._display.handle, self._data or b""
        where = request.property or request.target  # obsolete clients name no property
        if request.target == self._display.atom("TARGETS"):
            targets = [self._display.atom("TARGETS"), *self._texts]
            packed = (c_ulong * len(targets))(*targets)
            self._x11.XChangeProperty(
                display, request.requestor, where, _ATOM, 32, _REPLACE, bytes(packed), len(targets)
            )
        elif request.target in self._texts:
            kind = request.target if request.target != self._display.atom("TEXT") else self._texts[0]
            self._x11.XChangeProperty(display, request.requestor, where, kind, 8, _REPLACE, data, len(data))
            self.was_fetched = True
        else:
            where = 0
        self._say(request, where)

    def _say(self, request: Any, where: int) -> None:
        """Tell who asked in which property the answer is; 0 that there is none."""
        answer = XEvent()
        answer.selection.type = _SELECTION_NOTIFY
        answer.selection.requestor, answer.selection.selection = request.requestor, request.selection
        answer.selection.target, answer.selection.property = request.target, where
        answer.selection.time = request.time
        self._x11.XSendEvent(self._display.handle, request.requestor, False, 0, byref(answer))
        self._display.sync()

    def _notified(self, answer: Any) -> tuple[str | None] | None:
        if not answer.property:
            return self._done(None)
        kind, data = self._property()
        if kind == self._display.atom("INCR"):  # deleting the property has asked for the first piece
            self._pieces = []
            return None
        return self._done(data)

    def _more(self) -> tuple[str | None] | None:
        assert self._pieces is not None, "only asked while pieces come"
        _, data = self._property()
        if data:
            self._pieces.append(data)
            too_long = sum(map(len, self._pieces)) > _MAX_BYTES
            return self._done(None) if too_long else None
        return self._done(b"".join(self._pieces)) if data is not None else None

    def _done(self, data: bytes | None) -> tuple[str | None]:
        self._reading_until, self._pieces = 0.0, None
        if data is None or len(data) > _MAX_BYTES:
            return (None,)
        return (clean(data.decode("utf-8", "replace")),)

    def _property(self) -> tuple[int, bytes | None]:
        """Take the property's value away; None where there is none."""
        kind, form = c_ulong(), c_int()
        count, rest, data = c_ulong(), c_ulong(), c_void_p()
        self._x11.XGetWindowProperty(
            *(self._display.handle, self._window, self._display.atom("BANGBAN_CLIPBOARD")),
            *(0, _MAX_BYTES // 4 + 1, True, 0),
            *(byref(kind), byref(form), byref(count), byref(rest), byref(data)),
        )
        if not kind.value:
            return 0, None
        value = ctypes.string_at(data, count.value) if data and form.value == 8 else b""
        if data:
            self._x11.XFree(data)
        if (
            rest.value
        ):  # longer than may be sent; a property that was not read whole is not deleted by reading
            self._x11.XDeleteProperty(
                self._display.handle, self._window, self._display.atom("BANGBAN_CLIPBOARD")
            )
            return int(kind.value), b"\0" * (_MAX_BYTES + 1)
        return int(kind.value), value


def clean(text: str) -> str:
    """Return a clipboard's text without what a message may not hold."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(one for one in lines if one in "\t\n" or (one >= " " and one != "\x7f"))
