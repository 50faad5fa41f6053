"""The few functions and structures of Xlib and its extensions that are used here, typed for ctypes.

Sources: X11/Xlib.h, XTest.h, XInput2.h, Xrandr.h, shape.h, scrnsaver.h, Xft.h. Where a library is missing,
`X11Error` names the package to install.
"""

from __future__ import annotations

import ctypes
from ctypes import (
    POINTER,
    Structure,
    Union,
    c_char_p,
    c_int,
    c_long,
    c_short,
    c_uint,
    c_ulong,
    c_void_p,
)
from ctypes.util import find_library
from typing import Any

from web_client.helper.injector import InjectorError

c_ubyte_p = POINTER(ctypes.c_ubyte)


class X11Error(InjectorError):
    """The X server or a library of it is not there, or refused."""


class XRectangle(Structure):
    _fields_ = [("x", c_short), ("y", c_short), ("width", ctypes.c_ushort), ("height", ctypes.c_ushort)]


class XPoint(Structure):
    _fields_ = [("x", c_short), ("y", c_short)]


class XSetWindowAttributes(Structure):
    _fields_ = [
        ("background_pixmap", c_ulong),
        ("background_pixel", c_ulong),
        ("border_pixmap", c_ulong),
        ("border_pixel", c_ulong),
        ("bit_gravity", c_int),
        ("win_gravity", c_int),
        ("backing_store", c_int),
        ("backing_planes", c_ulong),
        ("backing_pixel", c_ulong),
        ("save_under", c_int),
        ("event_mask", c_long),
        ("do_not_propagate_mask", c_long),
        ("override_redirect", c_int),
        ("colormap", c_ulong),
        ("cursor", c_ulong),
    ]


class XGenericEventCookie(Structure):
    _fields_ = [
        ("type", c_int),
        ("serial", c_ulong),
        ("send_event", c_int),
        ("display", c_void_p),
        ("extension", c_int),
        ("evtype", c_int),
        ("cookie", c_uint),
        ("data", c_void_p),
    ]


class XIRawEvent(Structure):
    """The head of it; the valuators that follow are not read."""

    _fields_ = [
        ("type", c_int),
        ("serial", c_ulong),
        ("send_event", c_int),
        ("display", c_void_p),
        ("extension", c_int),
        ("evtype", c_int),
        ("time", c_ulong),
        ("deviceid", c_int),
        ("sourceid", c_int),
        ("detail", c_int),
        ("flags", c_int),
    ]


class XIEventMask(Structure):
    _fields_ = [("deviceid", c_int), ("mask_len", c_int), ("mask", c_ubyte_p)]


class XIDeviceInfo(Structure):
    _fields_ = [
        ("deviceid", c_int),
        ("name", c_char_p),
        ("use", c_int),
        ("attachment", c_int),
        ("enabled", c_int),
        ("num_classes", c_int),
        ("classes", c_void_p),
    ]


class XSelectionRequestEvent(Structure):
    _fields_ = [
        ("type", c_int),
        ("serial", c_ulong),
        ("send_event", c_int),
        ("display", c_void_p),
        ("owner", c_ulong),
        ("requestor", c_ulong),
        ("selection", c_ulong),
        ("target", c_ulong),
        ("property", c_ulong),
        ("time", c_ulong),
    ]


class XSelectionEvent(Structure):
    _fields_ = [
        ("type", c_int),
        ("serial", c_ulong),
        ("send_event", c_int),
        ("display", c_void_p),
        ("requestor", c_ulong),
        ("selection", c_ulong),
        ("target", c_ulong),
        ("property", c_ulong),
        ("time", c_ulong),
    ]


class XPropertyEvent(Structure):
    _fields_ = [
        ("type", c_int),
        ("serial", c_ulong),
        ("send_event", c_int),
        ("display", c_void_p),
        ("window", c_ulong),
        ("atom", c_ulong),
        ("time", c_ulong),
        ("state", c_int),
    ]


class XAnyEvent(Structure):
    _fields_ = [
        ("type", c_int),
        ("serial", c_ulong),
        ("send_event", c_int),
        ("display", c_void_p),
        ("window", c_ulong),
    ]


class XButtonEvent(Structure):
    _fields_ = [
        ("type", c_int),
        ("serial", c_ulong),
        ("send_event", c_int),
        ("display", c_void_p),
        ("window", c_ulong),
        ("root", c_ulong),
        ("subwindow", c_ulong),
        ("time", c_ulong),
        ("x", c_int),
        ("y", c_int),
        ("x_root", c_int),
        ("y_root", c_int),
        ("state", c_uint),
        ("button", c_uint),
        ("same_screen", c_int),
    ]


class XVisibilityEvent(Structure):
    _fields_ = [
        ("type", c_int),
        ("serial", c_ulong),
        ("send_event", c_int),
        ("display", c_void_p),
        ("window", c_ulong),
        ("state", c_int),
    ]


class XEvent(Union):
    _fields_ = [
        ("type", c_int),
        ("any", XAnyEvent),
        ("button", XButtonEvent),
        ("visibility", XVisibilityEvent),
        ("cookie", XGenericEventCookie),
        ("selection_request", XSelectionRequestEvent),
        ("selection", XSelectionEvent),
        ("property", XPropertyEvent),
        ("pad", c_long * 24),
    ]


class XErrorEvent(Structure):
    _fields_ = [
        ("type", c_int),
        ("display", c_void_p),
        ("resourceid", c_ulong),
        ("serial", c_ulong),
        ("error_code", ctypes.c_ubyte),
        ("request_code", ctypes.c_ubyte),
        ("minor_code", ctypes.c_ubyte),
    ]


class XRRMonitorInfo(Structure):
    _fields_ = [
        ("name", c_ulong),
        ("primary", c_int),
        ("automatic", c_int),
        ("noutput", c_int),
        ("x", c_int),
        ("y", c_int),
        ("width", c_int),
        ("height", c_int),
        ("mwidth", c_int),
        ("mheight", c_int),
        ("outputs", c_void_p),
    ]


class XScreenSaverInfo(Structure):
    _fields_ = [
        ("window", c_ulong),
        ("state", c_int),
        ("kind", c_int),
        ("til_or_since", c_ulong),
        ("idle", c_ulong),
        ("event_mask", c_ulong),
    ]


class XRenderColor(Structure):
    _fields_ = [(name, ctypes.c_ushort) for name in ("red", "green", "blue", "alpha")]


class XftColor(Structure):
    _fields_ = [("pixel", c_ulong), ("color", XRenderColor)]


class XGlyphInfo(Structure):
    _fields_ = [
        *((name, ctypes.c_ushort) for name in ("width", "height")),
        *((name, c_short) for name in ("x", "y", "xOff", "yOff")),
    ]


class XftFont(Structure):
    """The head of it; what follows is Xft's own."""

    _fields_ = [("ascent", c_int), ("descent", c_int), ("height", c_int), ("max_advance_width", c_int)]


ErrorHandler = ctypes.CFUNCTYPE(c_int, c_void_p, POINTER(XErrorEvent))
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
