"""A virtual X screen with a window manager, hands at its own devices, and what the server knows of keys."""

import contextlib
import ctypes
import os
import subprocess
import time
from collections.abc import Iterator
from ctypes import POINTER, byref, c_char, c_char_p, c_int, c_uint, c_ulong, c_ushort, c_void_p
from typing import Any

from tests.browser.screen import virtual_screen
from tests.support.until import until
from web_client.helper.effects import Button, Key
from web_client.helper.keymap.codes import x_keycode
from web_client.helper.x11.display import Display
from web_client.helper.x11.structures import XRRMonitorInfo

_BUTTON_MASKS = {Button.LEFT: 1 << 8, Button.MIDDLE: 1 << 9, Button.RIGHT: 1 << 10}


@contextlib.contextmanager
def desktop_screen(width: int = 1440, height: int = 900) -> Iterator[str]:
    """Run Xvfb with openbox; yield the display's name."""
    with virtual_screen(width, height) as display:
        command = ["openbox", "--sm-disable"]
        manager = subprocess.Popen(
            command,
            env=os.environ | {"DISPLAY": display},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            with contextlib.closing(Display(display)) as x:
                until(lambda: has_property(x, "_NET_SUPPORTING_WM_CHECK"), what="openbox")
            yield display
        finally:
            manager.terminate()
            manager.wait(10)


def has_property(x: Display, name: str) -> bool:
    """Return whether the root window has a property."""
    kind, form, count, rest, data = c_ulong(), c_int(), c_ulong(), c_ulong(), c_void_p()
    x.x11.XGetWindowProperty(
        *(x.handle, x.root, x.atom(name), 0, 1, False, 0),
        *(byref(kind), byref(form), byref(count), byref(rest), byref(data)),
    )
    if data:
        x.x11.XFree(data)
    return bool(kind.value)


def is_down(x: Display, what: Key | Button) -> bool:
    """Return whether the server holds a key or button down."""
    if isinstance(what, Button):
        return bool(pointer(x)[2] & _BUTTON_MASKS[what])
    keys = (c_char * 32)()
    x.x11.XQueryKeymap(x.handle, keys)
    code = x_keycode(what.code)
    return bool(keys.raw[code >> 3] >> (code & 7) & 1)


def pointer(x: Display) -> tuple[int, int, int]:
    """Return where the pointer is, and the mask of buttons and modifiers."""
    root, child, mask = c_ulong(), c_ulong(), c_uint()
    places = [c_int() for _ in range(4)]
    x.x11.XQueryPointer(x.handle, x.root, byref(root), byref(child), *map(byref, places), byref(mask))
    return places[0].value, places[1].value, mask.value


def window_at(x: Display, window: int | None = None) -> list[int]:
    """Return the windows under the pointer, outermost first: those that would get a click."""
    root, child, mask = c_ulong(), c_ulong(), c_uint()
    places = [c_int() for _ in range(4)]
    x.x11.XQueryPointer(
        x.handle, window or x.root, byref(root), byref(child), *map(byref, places), byref(mask)
    )
    return [child.value, *window_at(x, child.value)] if child.value else []


class Hardware:
    """Somebody's hands at Xvfb's own keyboard and mouse, which are no XTEST devices; `close` must follow."""

    def __init__(self, display: str) -> None:
        self.x = Display(display)
        self._xtst, xi = self.x.libraries.xtst, self.x.libraries.xi
        xi.XOpenDevice.restype, xi.XOpenDevice.argtypes = c_void_p, [c_void_p, c_ulong]
        fake: dict[str, list[Any]] = {
            "XTestFakeDeviceKeyEvent": [c_void_p, c_void_p, c_uint, c_int, c_void_p, c_int, c_ulong],
            "XTestFakeDeviceButtonEvent": [c_void_p, c_void_p, c_uint, c_int, c_void_p, c_int, c_ulong],
            "XTestFakeDeviceMotionEvent": [c_void_p, c_void_p, c_int, c_int, POINTER(c_int), c_int, c_ulong],
        }
        for name, arguments in fake.items():
            getattr(self._xtst, name).argtypes = arguments
        count = c_int()
        devices = xi.XIQueryDevice(self.x.handle, 0, byref(count))
        numbers = {one.name: one.deviceid for one in devices[: count.value]}
        xi.XIFreeDeviceInfo(devices)
        self._keyboard = xi.XOpenDevice(self.x.handle, numbers[b"Xvfb keyboard"])
        self._mouse = xi.XOpenDevice(self.x.handle, numbers[b"Xvfb mouse"])

    def key(self, code: str) -> None:
        """Press a key and let it go."""
        for down in (True, False):
            self._xtst.XTestFakeDeviceKeyEvent(
                self.x.handle, self._keyboard, x_keycode(code), down, None, 0, 0
            )
        self.x.sync()

    def move(self, dx: int, dy: int) -> None:
        """Push the mouse."""
        self._xtst.XTestFakeDeviceMotionEvent(self.x.handle, self._mouse, True, 0, (c_int * 2)(dx, dy), 2, 0)
        self.x.sync()

    def click(self) -> None:
        """Press the left button and let it go."""
        for down in (True, False):
            self._xtst.XTestFakeDeviceButtonEvent(self.x.handle, self._mouse, 1, down, None, 0, 0)
        self.x.sync()

    def close(self) -> None:
        self.x.close()


def split_in_two(x: Display, width: int, height: int) -> None:
    """Make two monitors of the screen, side by side (RandR 1.5 `XRRSetMonitor`)."""
    xrandr = x.libraries.xrandr
    xrandr.XRRAllocateMonitor.restype, xrandr.XRRAllocateMonitor.argtypes = (
        POINTER(XRRMonitorInfo),
        [c_void_p, c_int],
    )
    xrandr.XRRSetMonitor.restype, xrandr.XRRSetMonitor.argtypes = (
        None,
        [c_void_p, c_ulong, POINTER(XRRMonitorInfo)],
    )
    resources = get_outputs(x)
    for index, name in enumerate(("left", "right")):
        outputs = resources[:1] if index == 0 else []
        made = xrandr.XRRAllocateMonitor(x.handle, len(outputs))
        one = made.contents
        one.name, one.primary = x.atom(name), index == 0
        one.x, one.y, one.width, one.height = index * width // 2, 0, width // 2, height
        one.mwidth, one.mheight = 400, 250
        if outputs:
            ctypes.cast(one.outputs, POINTER(c_ulong))[0] = outputs[0]
        xrandr.XRRSetMonitor(x.handle, x.root, made)
        xrandr.XRRFreeMonitors(made)
    x.sync()


class _Resources(ctypes.Structure):
    _fields_ = [
        *(("timestamp", c_ulong), ("config", c_ulong), ("ncrtc", c_int), ("crtcs", POINTER(c_ulong))),
        *(("noutput", c_int), ("outputs", POINTER(c_ulong))),
    ]


def resize(x: Display, width: int, height: int) -> None:
    """Give the screen's one output another resolution, at most that of its start (RandR 1.2)."""
    xrandr = x.libraries.xrandr
    xrandr.XRRAllocModeInfo.restype = POINTER(_ModeInfo)
    xrandr.XRRAllocModeInfo.argtypes = [c_char_p, c_int]
    xrandr.XRRCreateMode.restype, xrandr.XRRCreateMode.argtypes = c_ulong, [c_void_p, c_ulong, c_void_p]
    xrandr.XRRAddOutputMode.argtypes = [c_void_p, c_ulong, c_ulong]
    xrandr.XRRSetScreenSize.argtypes = [c_void_p, c_ulong, c_int, c_int, c_int, c_int]
    xrandr.XRRSetCrtcConfig.argtypes = [
        *(c_void_p, c_void_p, c_ulong, c_ulong, c_int, c_int, c_ulong, c_ushort, POINTER(c_ulong), c_int)
    ]
    name = f"{width}x{height} {time.monotonic_ns()}".encode()
    made = xrandr.XRRAllocModeInfo(name, len(name))
    one = made.contents
    one.width = one.hSyncStart = one.hSyncEnd = one.hTotal = width
    one.height = one.vSyncStart = one.vSyncEnd = one.vTotal = height
    one.dotClock = 60 * width * height
    found = _resources(x)
    output, crtc = found.contents.outputs[0], found.contents.crtcs[0]
    mode = xrandr.XRRCreateMode(x.handle, x.root, made)
    xrandr.XRRAddOutputMode(x.handle, output, mode)
    xrandr.XRRSetCrtcConfig(x.handle, found, crtc, 0, 0, 0, 0, 1, None, 0)
    xrandr.XRRSetScreenSize(x.handle, x.root, width, height, width // 4, height // 4)
    xrandr.XRRSetCrtcConfig(x.handle, found, crtc, 0, 0, 0, mode, 1, byref(c_ulong(output)), 1)
    xrandr.XRRFreeModeInfo(made)
    xrandr.XRRFreeScreenResources(found)
    x.sync()


class _ModeInfo(ctypes.Structure):
    _fields_ = [
        *(("id", c_ulong), ("width", c_uint), ("height", c_uint), ("dotClock", c_ulong)),
        *(("hSyncStart", c_uint), ("hSyncEnd", c_uint), ("hTotal", c_uint), ("hSkew", c_uint)),
        *(("vSyncStart", c_uint), ("vSyncEnd", c_uint), ("vTotal", c_uint)),
        *(("name", c_void_p), ("nameLength", c_uint), ("modeFlags", c_ulong)),
    ]


def _resources(x: Display) -> Any:
    """Return the screen's outputs and what drives them; `XRRFreeScreenResources` must follow."""
    xrandr = x.libraries.xrandr
    xrandr.XRRGetScreenResources.restype = POINTER(_Resources)
    xrandr.XRRGetScreenResources.argtypes = [c_void_p, c_ulong]
    xrandr.XRRFreeScreenResources.argtypes = [c_void_p]
    xrandr.XRRFreeModeInfo.argtypes = [c_void_p]
    return xrandr.XRRGetScreenResources(x.handle, x.root)


def get_outputs(x: Display) -> list[int]:
    """Return the outputs of the screen."""
    found = _resources(x)
    outputs = list(found.contents.outputs[: found.contents.noutput])
    x.libraries.xrandr.XRRFreeScreenResources(found)
    return outputs
