"""A listening address that greets over TLS: how many handshakes there may be, and how long each may take.

A connection has its place at the door when it speaks HTTP. Before that it costs a descriptor, for whoever
opens it and says nothing: so handshakes have places of their own.
"""

import asyncio
import socket
import ssl
import time
from collections.abc import Callable
from typing import Final

from signaling.web.crowd import Crowd

HANDSHAKE_S: Final = 10.0
MOST: Final = 1024
PER_ADDRESS: Final = 128
"""An office behind one address comes back at once when we were restarted; a handshake takes milliseconds."""
_BREATH_S: Final = 0.5
"""How long nobody is let in when the system gives no more descriptors."""


class Handshakes:
    """Who is being greeted, at all addresses together."""

    def __init__(self) -> None:
        self.crowd: Crowd[asyncio.Task[None]] = Crowd(limit=MOST, per_group=PER_ADDRESS)

    def __len__(self) -> int:
        return len(self.crowd)

    def enter(self, task: asyncio.Task[None], group: str) -> None:
        """Give a handshake a place until it is done, and end the one that has to go for it."""
        task.add_done_callback(self.crowd.leave)
        leaves = self.crowd.come(task, group, time.monotonic())
        if leaves is not None:
            leaves.cancel()


class TlsServer:
    """Takes connections; made by `listen`.

    Args:
        handshakes: where they have their places.
        group: by what a peer counts, of its address and its socket.
        become: makes the protocol of a connection that was greeted.
    """

    def __init__(
        self,
        sockets: list[socket.socket],
        context: ssl.SSLContext,
        handshakes: Handshakes,
        group: Callable[[str, object], str],
        become: Callable[[], asyncio.BaseProtocol],
    ) -> None:
        self.sockets = sockets
        self._context = context
        self._handshakes = handshakes
        self._group = group
        self._become = become
        self._greetings: set[asyncio.Task[None]] = set()
        self._loop = asyncio.get_running_loop()
        self._taking = [self._loop.create_task(self._take(one), name="tls") for one in sockets]

    def close(self) -> None:
        """Take no more, and end every handshake; connections go on."""
        for task in (*self._taking, *self._greetings):
            task.cancel()

    async def _take(self, listening: socket.socket) -> None:
        with listening:
            while True:
                try:
                    peer, address = await self._loop.sock_accept(listening)
                except OSError:
                    await asyncio.sleep(_BREATH_S)
                    continue
                greeting = self._loop.create_task(self._greet(peer))
                self._greetings.add(greeting)
                greeting.add_done_callback(self._greetings.discard)
                self._handshakes.enter(greeting, self._group(str(address[0]), peer))
                await asyncio.sleep(0)  # it begins before anybody can end it: so it is its to close

    async def _greet(self, peer: socket.socket) -> None:
        try:
            await self._loop.connect_accepted_socket(
                self._become, peer, ssl=self._context, ssl_handshake_timeout=HANDSHAKE_S
            )
        except OSError:  # no TLS, none in time, or gone: not worth a word
            return


async def bound(host: str, port: int, backlog: int) -> list[socket.socket]:
    """Return sockets that listen at every address of a host; raises OSError."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    sockets: list[socket.socket] = []
    try:
        for family, kind, protocol, _, address in dict.fromkeys(found):
            sockets.append(one := socket.socket(family, kind, protocol))
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            one.setblocking(False)
            one.bind(address)
            one.listen(backlog)
    except OSError:
        for one in sockets:
            one.close()
        raise
    return sockets
