"""Input of the counter PC's own devices, told from ours by where it comes from (XInput 2 raw events).

What XTEST injects has a device "… XTEST …" as its `sourceid`; everything else is somebody's hand.
"""

from __future__ import annotations

import ctypes
from ctypes import POINTER, byref, c_int, cast
from enum import Enum
from typing import TYPE_CHECKING, Any

from web_client.helper.keymap.codes import x_keycode
from web_client.helper.x11.structures import XIEventMask, XIRawEvent, c_ubyte_p
from web_client.helper.x11.xlib import X11Error

if TYPE_CHECKING:
    from web_client.helper.x11.display import Display

_GENERIC_EVENT = 35
_ALL_DEVICES, _ALL_MASTER_DEVICES = 0, 1
_HIERARCHY_CHANGED, _RAW_KEY_PRESS, _RAW_KEY_RELEASE = 11, 13, 14
_RAW_BUTTON_PRESS, _RAW_BUTTON_RELEASE, _RAW_MOTION = 15, 16, 17
_ESCAPE = x_keycode("Escape")


class Local(Enum):
    """What somebody at the counter PC did."""

    KEY = "key"
    ESCAPE = "escape"
    OTHER = "other"


class RawInput:
    """Hears all devices, also while an application grabs them (XI 2.1 and later)."""

    def __init__(self, display: Display) -> None:
        self._display = display
        self._xi = display.libraries.xi
        opcode, event, error = c_int(), c_int(), c_int()
        there = display.x11.XQueryExtension(
            display.handle, b"XInputExtension", byref(opcode), byref(event), byref(error)
        )
        major, minor = c_int(2), c_int(2)
        if not there or self._xi.XIQueryVersion(display.handle, byref(major), byref(minor)) != 0:
            raise X11Error(
                "This X server has no XInput 2.2: local input could not be noticed, so nothing is controlled."
            )
        self._opcode = opcode.value
        self._select(
            _ALL_MASTER_DEVICES,
            *(_RAW_KEY_PRESS, _RAW_KEY_RELEASE, _RAW_BUTTON_PRESS, _RAW_BUTTON_RELEASE, _RAW_MOTION),
        )
        self._select(_ALL_DEVICES, _HIERARCHY_CHANGED)
        self._injected = self._find_injected()

    def take(self, event: Any) -> Local | None:
        """Return what a local hand did, None for any other event."""
        if event.type != _GENERIC_EVENT or event.cookie.extension != self._opcode:
            return None
        x11 = self._display.x11
        if not x11.XGetEventData(self._display.handle, byref(event.cookie)):
            return None
        try:
            return self._meaning(event.cookie)
        finally:
            x11.XFreeEventData(self._display.handle, byref(event.cookie))

    def _meaning(self, cookie: Any) -> Local | None:
        if cookie.evtype == _HIERARCHY_CHANGED:
            self._injected = self._find_injected()
            return None
        raw = cast(cookie.data, POINTER(XIRawEvent)).contents
        if raw.sourceid in self._injected:
            return None
        if raw.evtype != _RAW_KEY_PRESS:
            return Local.OTHER
        return Local.ESCAPE if raw.detail == _ESCAPE else Local.KEY

    def _select(self, device: int, *events: int) -> None:
        bits = (ctypes.c_ubyte * 4)()
        for event in events:
            bits[event >> 3] |= 1 << (event & 7)
        mask = XIEventMask(device, len(bits), cast(bits, c_ubyte_p))
        self._xi.XISelectEvents(self._display.handle, self._display.root, byref(mask), 1)

    def _find_injected(self) -> frozenset[int]:
        count = c_int()
        devices = self._xi.XIQueryDevice(self._display.handle, _ALL_DEVICES, byref(count))
        found = frozenset(one.deviceid for one in devices[: count.value] if b"XTEST" in (one.name or b""))
        self._xi.XIFreeDeviceInfo(devices)
        return found
