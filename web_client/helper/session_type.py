"""Which desktop this is, and why it may not be one that can be controlled."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from web_client.helper.desktop import Desktop
    from web_client.helper.injector import Injector


class NoDesktopError(Exception):
    """There is nothing here to control; `word` names the sentence in `words`."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word


def display_of(environ: Mapping[str, str], system: str = sys.platform) -> str:
    """Return the name of the X display; raise `NoDesktopError` for whatever is no X11 session.

    Under Wayland an X display exists too (XWayland), but it shows only part of the desktop and no other
    application hears its input.
    """
    if system == "win32":
        raise NoDesktopError("fault.windows")
    if not system.startswith(("linux", "freebsd")):
        raise NoDesktopError("fault.other_system")
    if environ.get("XDG_SESSION_TYPE") == "wayland" or environ.get("WAYLAND_DISPLAY"):
        raise NoDesktopError("fault.wayland")
    display = environ.get("DISPLAY", "")
    if not display:
        raise NoDesktopError("fault.no_display")
    return display


def open_desktop(environ: Mapping[str, str], language: str) -> Desktop:
    """Return the desktop of this session; raise `NoDesktopError` or `InjectorError`."""
    display = display_of(environ)
    from web_client.helper.x11.desktop import X11Desktop

    return X11Desktop(display, language)


def open_injector(environ: Mapping[str, str]) -> Injector:
    """Return only what releases keys, for the watchdog."""
    display_name = display_of(environ)
    from web_client.helper.x11.clipboard import Clipboard
    from web_client.helper.x11.display import Display
    from web_client.helper.x11.injector import X11Injector

    display = Display(display_name)
    return X11Injector(display, Clipboard(display))
