"""The signalling process: the application on its addresses, until told to stop."""

import asyncio
import ctypes
import gc
import signal
import ssl
from contextlib import suppress
from typing import Final

import uvloop

from signaling.compose.addresses import lan_addresses
from signaling.compose.application import build_application
from signaling.compose.certificates import ensure_for_machine
from signaling.compose.heartbeat import beating
from signaling.compose.open_files import connections_of, raise_file_limit
from signaling.config import Settings
from signaling.web.door import DoorLimits, open_front
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
            for host, port, context in _addresses(settings):
                await front.listen(host, port, context)
            gc.collect()
            gc.freeze()
            gc.enable()
            await stop.wait()


def _addresses(settings: Settings) -> list[tuple[str, int, ssl.SSLContext | None]]:
    """Return host, port and TLS of everything the web server binds."""
    found: list[tuple[str, int, ssl.SSLContext | None]] = [(settings.host, settings.port, _own_tls(settings))]
    if settings.lan:
        files = ensure_for_machine(settings)
        context = _tls(str(files.certificate), str(files.key))
        found += [(address, settings.lan_port, context) for address in lan_addresses()]
    return found


def _own_tls(settings: Settings) -> ssl.SSLContext | None:
    if settings.tls_certificate is None or settings.tls_key is None:
        return None
    return _tls(str(settings.tls_certificate), str(settings.tls_key))


def _tls(certificate: str, key: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key)
    return context
