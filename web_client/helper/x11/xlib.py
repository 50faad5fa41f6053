"""The few functions of Xlib and its extensions that are used here, typed for ctypes.

Sources: X11/Xlib.h, XTest.h, XInput2.h, Xrandr.h, shape.h, scrnsaver.h, Xft.h. Where a library is missing,
`X11Error` names the package to install.
"""

from __future__ import annotations

import ctypes
from ctypes import (
    POINTER,
    c_char_p,
    c_int,
    c_long,
    c_uint,
    c_ulong,
    c_void_p,
)
from ctypes.util import find_library
from typing import Any

from web_client.helper.injector import InjectorError
from web_client.helper.x11.structures import (
    XEvent,
    XftColor,
    XftFont,
    XGenericEventCookie,
    XGlyphInfo,
    XIDeviceInfo,
    XIEventMask,
    XPoint,
    XRectangle,
    XRenderColor,
    XRRMonitorInfo,
    XScreenSaverInfo,
    XSetWindowAttributes,
)


class X11Error(InjectorError):
    """The X server or a library of it is not there, or refused."""


_D, _W, _I, _U, _P = c_void_p, c_ulong, c_int, c_uint, c_void_p

_X11 = {
    "XOpenDisplay": (_D, c_char_p),
    "XCloseDisplay": (_I, _D),
    "XConnectionNumber": (_I, _D),
    "XDefaultScreen": (_I, _D),
    "XDefaultRootWindow": (_W, _D),
    "XDefaultVisual": (_P, _D, _I),
    "XDefaultColormap": (_W, _D, _I),
    "XDisplayWidth": (_I, _D, _I),
    "XDisplayHeight": (_I, _D, _I),
    "XSync": (_I, _D, _I),
    "XFlush": (_I, _D),
    "XPending": (_I, _D),
    "XEventsQueued": (_I, _D, _I),
    "XNextEvent": (_I, _D, POINTER(XEvent)),
    "XGetEventData": (_I, _D, POINTER(XGenericEventCookie)),
    "XFreeEventData": (None, _D, POINTER(XGenericEventCookie)),
    "XSetErrorHandler": (_P, _P),
    "XSetIOErrorHandler": (_P, _P),
    "XQueryExtension": (_I, _D, c_char_p, POINTER(_I), POINTER(_I), POINTER(_I)),
    "XInternAtom": (_W, _D, c_char_p, _I),
    "XGetAtomName": (_P, _D, _W),
    "XFree": (_I, _P),
    "XCreateWindow": (
        *(_W, _D, _W, _I, _I, _U, _U, _U, _I, _U, _P, c_ulong),
        POINTER(XSetWindowAttributes),
    ),
    "XDestroyWindow": (_I, _D, _W),
    "XMapRaised": (_I, _D, _W),
    "XUnmapWindow": (_I, _D, _W),
    "XRaiseWindow": (_I, _D, _W),
    "XMoveWindow": (_I, _D, _W, _I, _I),
    "XMoveResizeWindow": (_I, _D, _W, _I, _I, _U, _U),
    "XClearWindow": (_I, _D, _W),
    "XSetInputFocus": (_I, _D, _W, _I, c_ulong),
    "XSelectInput": (_I, _D, _W, c_long),
    "XSetWindowBackground": (_I, _D, _W, c_ulong),
    "XCreatePixmap": (_W, _D, _W, _U, _U, _U),
    "XFreePixmap": (_I, _D, _W),
    "XCreateGC": (_P, _D, _W, c_ulong, _P),
    "XFreeGC": (_I, _D, _P),
    "XSetForeground": (_I, _D, _P, c_ulong),
    "XSetLineAttributes": (_I, _D, _P, _U, _I, _I, _I),
    "XFillRectangle": (_I, _D, _W, _P, _I, _I, _U, _U),
    "XFillPolygon": (_I, _D, _W, _P, POINTER(XPoint), _I, _I, _I),
    "XDrawLines": (_I, _D, _W, _P, POINTER(XPoint), _I, _I),
    "XDrawString": (_I, _D, _W, _P, _I, _I, c_char_p, _I),
    "XSetSelectionOwner": (_I, _D, _W, _W, c_ulong),
    "XGetSelectionOwner": (_W, _D, _W),
    "XConvertSelection": (_I, _D, _W, _W, _W, _W, c_ulong),
    "XChangeProperty": (_I, _D, _W, _W, _W, _I, _I, c_char_p, _I),
    "XDeleteProperty": (_I, _D, _W, _W),
    "XGetWindowProperty": (
        *(_I, _D, _W, _W, c_long, c_long, _I, _W),
        *(POINTER(_W), POINTER(_I), POINTER(c_ulong), POINTER(c_ulong), POINTER(_P)),
    ),
    "XSendEvent": (_I, _D, _W, _I, c_long, POINTER(XEvent)),
    "XQueryKeymap": (_I, _D, ctypes.c_char * 32),
    "XQueryPointer": (
        *(_I, _D, _W, POINTER(_W), POINTER(_W)),
        *(POINTER(_I), POINTER(_I), POINTER(_I), POINTER(_I), POINTER(_U)),
    ),
}
_XTST = {
    "XTestQueryExtension": (_I, _D, POINTER(_I), POINTER(_I), POINTER(_I), POINTER(_I)),
    "XTestFakeKeyEvent": (_I, _D, _U, _I, c_ulong),
    "XTestFakeButtonEvent": (_I, _D, _U, _I, c_ulong),
    "XTestFakeMotionEvent": (_I, _D, _I, _I, _I, c_ulong),
}
_XI = {
    "XIQueryVersion": (_I, _D, POINTER(_I), POINTER(_I)),
    "XISelectEvents": (_I, _D, _W, POINTER(XIEventMask), _I),
    "XIQueryDevice": (POINTER(XIDeviceInfo), _D, _I, POINTER(_I)),
    "XIFreeDeviceInfo": (None, POINTER(XIDeviceInfo)),
}
_XRANDR = {
    "XRRQueryExtension": (_I, _D, POINTER(_I), POINTER(_I)),
    "XRRSelectInput": (None, _D, _W, _I),
    "XRRGetMonitors": (POINTER(XRRMonitorInfo), _D, _W, _I, POINTER(_I)),
    "XRRFreeMonitors": (None, POINTER(XRRMonitorInfo)),
}
_XEXT = {
    "XShapeCombineRectangles": (None, _D, _W, _I, _I, _I, POINTER(XRectangle), _I, _I, _I),
    "XShapeCombineMask": (None, _D, _W, _I, _I, _I, _W, _I),
}
_XSS = {
    "XScreenSaverQueryExtension": (_I, _D, POINTER(_I), POINTER(_I)),
    "XScreenSaverQueryInfo": (_I, _D, _W, POINTER(XScreenSaverInfo)),
}
_XFT = {
    "XftFontOpenName": (POINTER(XftFont), _D, _I, c_char_p),
    "XftFontClose": (None, _D, POINTER(XftFont)),
    "XftDrawCreate": (_P, _D, _W, _P, _W),
    "XftDrawDestroy": (None, _P),
    "XftColorAllocValue": (_I, _D, _P, _W, POINTER(XRenderColor), POINTER(XftColor)),
    "XftColorFree": (None, _D, _P, _W, POINTER(XftColor)),
    "XftDrawStringUtf8": (None, _P, POINTER(XftColor), POINTER(XftFont), _I, _I, c_char_p, _I),
    "XftTextExtentsUtf8": (None, _D, POINTER(XftFont), c_char_p, _I, POINTER(XGlyphInfo)),
}


def _load(name: str, soname: str, functions: dict[str, tuple[Any, ...]]) -> Any:
    try:
        library = ctypes.CDLL(find_library(name) or soname)
    except OSError:
        raise X11Error(f"{soname} is missing; install it (Debian: apt install lib{name.lower()}6).") from None
    for function, (result, *arguments) in functions.items():
        prototype = getattr(library, function)
        prototype.restype, prototype.argtypes = result, arguments
    return library


class Libraries:
    """The libraries, loaded when asked for; importing this module needs none of them.

    Attributes:
        xss: of the screen saver; None where it is missing: then a locked desktop is not noticed.
        xft: draws Chinese; None where it is missing: then the banner is in English.
    """

    def __init__(self) -> None:
        self.x11 = _load("X11", "libX11.so.6", _X11)
        self.xtst = _load("Xtst", "libXtst.so.6", _XTST)
        self.xi = _load("Xi", "libXi.so.6", _XI)
        self.xrandr = _load("Xrandr", "libXrandr.so.2", _XRANDR)
        self.xext = _load("Xext", "libXext.so.6", _XEXT)
        self.xss = _load_optional("Xss", "libXss.so.1", _XSS)
        self.xft = _load_optional("Xft", "libXft.so.2", _XFT)


def _load_optional(name: str, soname: str, functions: dict[str, tuple[Any, ...]]) -> Any:
    try:
        return _load(name, soname, functions)
    except X11Error:
        return None
