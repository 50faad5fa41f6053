"""Tell the person at the terminal where the running service is, and open it where there is a desktop."""

import asyncio
import contextlib
import os
import webbrowser
from collections.abc import Callable
from typing import Final

from signaling.compose.addresses import lan_addresses, url
from signaling.config import Settings, demo_password

_DEMO_PAGE: Final = "/start"
_PATIENCE_S: Final = 120.0
_BETWEEN_TRIES_S: Final = 0.2


async def welcome(settings: Settings, write: Callable[[str], None], *, open_page: bool) -> None:
    """Wait until the web server takes connections, then say where it is.

    Args:
        write: takes one line.
        open_page: open it in the desktop's browser, if there is a desktop.
    """
    try:
        async with asyncio.timeout(_PATIENCE_S):
            await _until_open("127.0.0.1" if settings.is_wildcard else settings.host, settings.port)
    except TimeoutError:
        return
    lines = addresses(settings)
    write("")
    for line in lines:
        write(f"    {line}")
    write("")
    if open_page and _has_desktop():
        await asyncio.to_thread(webbrowser.open, own_address(settings))


def own_address(settings: Settings) -> str:
    """Return the address of the first page for a browser on this machine."""
    scheme = "https" if settings.tls_certificate else "http"
    host = "127.0.0.1" if settings.is_wildcard else settings.host
    return url(scheme, host, settings.port) + (_DEMO_PAGE if settings.demo else "/")


def addresses(settings: Settings) -> list[str]:
    """Return the lines that tell people where to go."""
    lines = [f"{'体验' if settings.demo else '帮办'} Bangban: {own_address(settings)}"]
    if settings.lan:
        page = _DEMO_PAGE if settings.demo else "/"
        lines += [f"局域网 LAN: {url('https', host, settings.lan_port)}{page}" for host in lan_addresses()]
        authority = settings.data_dir / "tls" / "authority.crt"
        lines.append(f"请先在其他电脑上安装根证书 (install this authority there once): {authority}")
    if settings.demo and settings.random_demo_passwords:
        lines.append(f"演示账号的密码 (password of the demo accounts): {demo_password(settings)}")
    return lines


async def _until_open(host: str, port: int) -> None:
    while True:
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection(host, port)
            writer.close()
            return
        await asyncio.sleep(_BETWEEN_TRIES_S)


def _has_desktop() -> bool:
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
