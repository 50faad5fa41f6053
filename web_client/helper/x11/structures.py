"""The structures of Xlib and its extensions that are used here, as ctypes lays them out.

Sources: X11/Xlib.h, XInput2.h, Xrandr.h, scrnsaver.h, Xft.h.
"""

from __future__ import annotations

import ctypes
from ctypes import POINTER, Structure, Union, c_char_p, c_int, c_long, c_short, c_uint, c_ulong, c_void_p

c_ubyte_p = POINTER(ctypes.c_ubyte)


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
