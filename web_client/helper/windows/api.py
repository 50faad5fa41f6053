"""`SendInput` and its structures (winuser.h), with fixed sizes, so that their layout is tested everywhere."""

from __future__ import annotations

import ctypes
from abc import ABC, abstractmethod
from ctypes import Structure, Union, c_int32, c_size_t, c_uint16, c_uint32, sizeof
from typing import TYPE_CHECKING

from web_client.helper.injector import InjectorError

if TYPE_CHECKING:
    from collections.abc import Sequence

INPUT_MOUSE, INPUT_KEYBOARD = 0, 1
MOUSE_MOVE, MOUSE_WHEEL, MOUSE_HWHEEL = 0x0001, 0x0800, 0x1000
MOUSE_VIRTUAL_DESKTOP, MOUSE_ABSOLUTE = 0x4000, 0x8000
KEY_EXTENDED, KEY_UP, KEY_UNICODE, KEY_SCAN_CODE = 0x0001, 0x0002, 0x0004, 0x0008
_VIRTUAL_SCREEN = (76, 77, 78, 79)
"""SM_XVIRTUALSCREEN, SM_YVIRTUALSCREEN, SM_CXVIRTUALSCREEN, SM_CYVIRTUALSCREEN."""


class MouseInput(Structure):
    _fields_ = [
        ("dx", c_int32),
        ("dy", c_int32),
        ("data", c_uint32),
        ("flags", c_uint32),
        ("time", c_uint32),
        ("extra", c_size_t),
    ]


class KeyboardInput(Structure):
    _fields_ = [
        ("virtual_key", c_uint16),
        ("scan_code", c_uint16),
        ("flags", c_uint32),
        ("time", c_uint32),
        ("extra", c_size_t),
    ]


class _Either(Union):
    _fields_ = [("mouse", MouseInput), ("keyboard", KeyboardInput)]


class Input(Structure):
    """INPUT: 40 bytes on 64-bit Windows, 28 on 32-bit."""

    _anonymous_ = ("either",)
    _fields_ = [("kind", c_uint32), ("either", _Either)]


class Api(ABC):
    """What is asked of Windows."""

    @abstractmethod
    def send(self, inputs: Sequence[Input]) -> int:
        """Insert the inputs; return how many were let through (UIPI blocks them silently)."""

    @abstractmethod
    def desktop(self) -> tuple[int, int, int, int]:
        """Return left, top, width and height of all monitors together, in physical pixels."""


class User32(Api):
    """The real one."""

    def __init__(self) -> None:
        try:
            self._user32 = ctypes.WinDLL("user32", use_last_error=True)  # type: ignore[attr-defined]
        except AttributeError:
            raise InjectorError("This is not Windows.") from None
        per_monitor_v2 = ctypes.c_void_p(-4)  # without it coordinates are scaled ones
        self._user32.SetProcessDpiAwarenessContext(per_monitor_v2)

    def send(self, inputs: Sequence[Input]) -> int:
        packed = (Input * len(inputs))(*inputs)
        return int(self._user32.SendInput(len(inputs), packed, sizeof(Input)))

    def desktop(self) -> tuple[int, int, int, int]:
        left, top, width, height = (int(self._user32.GetSystemMetrics(index)) for index in _VIRTUAL_SCREEN)
        return left, top, width, height
