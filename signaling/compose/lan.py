"""The web server in the local network: on every address of this machine, as they come, go and change.

A network that came up after us, or gave us another address, would find nobody there, or a certificate for
another address. What was opened under an address that is gone is left to its connections.
"""

import asyncio
import errno
import logging
import ssl
import time
from collections.abc import Callable, Sequence
from typing import Final

from signaling.compose.addresses import lan_addresses
from signaling.compose.certificates import ensure_for_machine
from signaling.config import Settings
from signaling.web.door import Front

_log = logging.getLogger(__name__)
_EACH_S: Final = 5.0
"""As the media process looks at its addresses."""
_RENEW_EACH_S: Final = 86_400.0
"""How often the certificate is looked at, which is renewed a month before its end."""


def tls(certificate: str, key: str) -> ssl.SSLContext:
    """Return what a server speaks TLS with."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key)
    return context


class LanListeners:
    """Keeps the front open at every address of the local network; `open` it, then `follow`.

    Args:
        addresses: where this machine can be reached by others now.
    """

    def __init__(
        self, settings: Settings, front: Front, addresses: Callable[[], Sequence[str]] = lan_addresses
    ) -> None:
        self._settings = settings
        self._front = front
        self._addresses = addresses
        self._context: ssl.SSLContext | None = None
        self._open: set[str] = set()
        self._renew_at = 0.0

    async def open(self) -> None:
        """Listen at the addresses there are; raises OSError for a port that is taken or files not written."""
        await self._change(set(self._addresses()), at_start=True)

    async def follow(self) -> None:
        """Follow the addresses until cancelled."""
        while True:
            await asyncio.sleep(_EACH_S)
            await self.look()

    async def look(self) -> None:
        """Follow what changed since the last look, and renew the certificate when it is time."""
        now = set(self._addresses())
        if now != self._open or time.monotonic() > self._renew_at:
            await self._change(now)

    async def _change(self, now: set[str], *, at_start: bool = False) -> None:
        context = self._certified(now)
        came, went = now - self._open, self._open - now
        for address in went:
            await self._front.leave(address, self._settings.lan_port)
        self._open -= went
        for address in came:
            try:
                await self._front.listen(address, self._settings.lan_port, context)
            except OSError as error:
                if at_start and error.errno != errno.EADDRNOTAVAIL:
                    raise
                _log.debug("an address of the network cannot be used yet: %s", error.strerror)
            else:
                self._open.add(address)
        opened, at = len(came & self._open), len(self._open)
        if opened or went:
            _log.info("the network finds us at %d addresses: %d came, %d went", at, opened, len(went))

    def _certified(self, addresses: set[str]) -> ssl.SSLContext:
        """Return the context that all listeners have, with a certificate for these addresses."""
        files = ensure_for_machine(self._settings, sorted(addresses))
        self._renew_at = time.monotonic() + _RENEW_EACH_S
        if self._context is None:
            self._context = tls(str(files.certificate), str(files.key))
        else:
            self._context.load_cert_chain(str(files.certificate), str(files.key))
        return self._context
