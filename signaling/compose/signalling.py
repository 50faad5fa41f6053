"""The signalling process: the application on its addresses, until told to stop."""

import asyncio
import ctypes
import gc
import signal
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

import uvloop

from signaling.compose.application import build_application
from signaling.compose.heartbeat import beating
from signaling.compose.lan import LanListeners, tls
from signaling.compose.open_files import connections_of, raise_file_limit
from signaling.config import Settings
from signaling.services.keeping import keep
from signaling.web.door import DoorLimits, Front, open_front
from signaling.web.peer import Proxies

_CLOSING_S: Final = 3.0
"""How long requests under way may take when the process stops; sockets are cut at once and come back."""


_M_MMAP_THRESHOLD: Final = -3
_MMAP_BYTES: Final = 1 << 20


def main(settings: Settings) -> None:
    """Be the signalling process until SIGTERM."""
    _give_memory_back()
    uvloop.run(_serve(settings))


def _give_memory_back() -> None:
    """Have glibc return the 19 MiB of each password hash to the system (mallopt(3)).

    By default its threshold for that grows above the first large block it frees, and the process keeps them.
    """
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _MMAP_BYTES)


async def _serve(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with beating(), build_application(settings) as running:
        limits = DoorLimits(connections_of(raise_file_limit()), settings.connections_per_address)
        proxies = Proxies(settings.trusted_proxies)
        async with open_front(running.app, limits, proxies, closing_s=_CLOSING_S) as front:
            await front.listen(settings.host, settings.port, _own_tls(settings))
            async with _in_the_network(settings, front):
                gc.collect()
                gc.freeze()
                gc.enable()
                await stop.wait()


@asynccontextmanager
async def _in_the_network(settings: Settings, front: Front) -> AsyncIterator[None]:
    """Listen in the local network too, if that is wanted."""
    if not settings.lan:
        yield
        return
    listeners = LanListeners(settings, front)
    await listeners.open()
    async with asyncio.TaskGroup() as tasks:
        following = tasks.create_task(keep("following the network's addresses", listeners.follow))
        try:
            yield
        finally:
            following.cancel()


def _own_tls(settings: Settings) -> ssl.SSLContext | None:
    if settings.tls_certificate is None or settings.tls_key is None:
        return None
    return tls(str(settings.tls_certificate), str(settings.tls_key))
