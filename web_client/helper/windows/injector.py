"""Pointer, wheel, keys by scan code and text by `KEYEVENTF_UNICODE`."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from web_client.helper.effects import Button
from web_client.helper.injector import Injector, InjectorError
from web_client.helper.keymap.scan_codes import scan_code
from web_client.helper.windows import api

if TYPE_CHECKING:
    from web_client.helper.effects import Key
    from web_client.helper.vocabulary import Chord
    from web_client.helper.windows.api import Api, Input

_DOWN = {Button.LEFT: 0x0002, Button.RIGHT: 0x0008, Button.MIDDLE: 0x0020}
_UP = {Button.LEFT: 0x0004, Button.RIGHT: 0x0010, Button.MIDDLE: 0x0040}
_WHOLE = 65_535
"""Absolute coordinates run from 0 to this over all monitors."""
_RETURN = 0x1C


class WindowsInjector(Injector):
    """Injects through one `Api`."""

    def __init__(self, windows: Api) -> None:
        self._windows = windows

    def press(self, what: Key | Button) -> None:
        self._send([_change(what, True)])

    def release(self, what: Key | Button) -> None:
        self._send([_change(what, False)])

    def move(self, x: int, y: int) -> None:
        left, top, width, height = self._windows.desktop()
        moved = _mouse(api.MOUSE_MOVE | api.MOUSE_ABSOLUTE | api.MOUSE_VIRTUAL_DESKTOP)
        moved.mouse.dx = _absolute(x - left, width)
        moved.mouse.dy = _absolute(y - top, height)
        self._send([moved])

    def scroll(self, dx: int, dy: int) -> None:
        turns = []
        if dx:
            turns.append(_mouse(api.MOUSE_HWHEEL, dx))
        if dy:
            turns.append(_mouse(api.MOUSE_WHEEL, -dy))  # Windows: positive is away from the person, so up
        if turns:
            self._send(turns)

    def type_text(self, text: str, chord: Chord, now: float) -> None:
        inputs = []
        for unit in _utf16(text.replace("\r\n", "\n")):
            if unit == ord("\n"):  # a line feed as a character is not heeded by edit controls
                inputs += [_key(_RETURN, api.KEY_SCAN_CODE), _key(_RETURN, api.KEY_SCAN_CODE | api.KEY_UP)]
            else:
                inputs += [_key(unit, api.KEY_UNICODE), _key(unit, api.KEY_UNICODE | api.KEY_UP)]
        self._send(inputs)

    def is_typing(self, now: float) -> bool:
        return False  # SendInput keeps the order by itself

    def _send(self, inputs: list[Input]) -> None:
        if self._windows.send(inputs) != len(inputs):
            raise InjectorError(
                "Windows did not take the input: the window in front belongs to an administrator. "
                "Ask the clerk to do this step."
            )


def _change(what: Key | Button, is_down: bool) -> Input:
    if isinstance(what, Button):
        return _mouse((_DOWN if is_down else _UP)[what])
    code, is_extended = scan_code(what.code)
    flags = api.KEY_SCAN_CODE | (api.KEY_EXTENDED if is_extended else 0) | (0 if is_down else api.KEY_UP)
    return _key(code, flags)


def _mouse(flags: int, data: int = 0) -> Input:
    made = api.Input(api.INPUT_MOUSE)
    made.mouse.flags, made.mouse.data = flags, data & 0xFFFFFFFF
    return made


def _key(scan: int, flags: int) -> Input:
    made = api.Input(api.INPUT_KEYBOARD)
    made.keyboard.scan_code, made.keyboard.flags = scan, flags
    return made


def _absolute(offset: int, size: int) -> int:
    """Return the middle of a pixel, so that rounding in Windows cannot leave it."""
    return ((2 * offset + 1) * _WHOLE + size) // (2 * size)


def _utf16(text: str) -> tuple[int, ...]:
    data = text.encode("utf-16-le")
    return struct.unpack(f"<{len(data) // 2}H", data)
