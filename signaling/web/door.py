"""The door of the web server: how many connections there may be, and how long each may take.

aiohttp bounds how much a request says and how long a connection may rest between two of them. It does not
bound how long the head or the body takes to come, how long an answer may lie unread, or how many there are.
The names of aiohttp used here that are not its public interface are pinned by `test_contract.py`.
"""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web_protocol import RequestHandler
from aiohttp.web_runner import BaseSite

from signaling.domain.networks import address_group
from signaling.web.crowd import Crowd
from signaling.web.handshakes import Handshakes, TlsServer, bound
from signaling.web.peer import Proxies

HEAD_S: Final = 10.0
"""From the first byte of a request, or from a connection's opening, to the end of the request's head."""
EXCHANGE_S: Final = 130.0
"""From the head to the end of the body: above what receiving a picture may take, see `rest.upload`."""
UNREAD_S: Final = 60.0
"""An answer of which nothing was read for so long is given up."""
RESTING_S: Final = 75.0
"""Between two requests; proxies keep theirs for 60 s."""
_LOOK_S: Final = 1.0
_FAULTS_OF_OTHERS: Final = (HttpProcessingError, web.RequestPayloadError, ConnectionError)
_BACKLOG: Final = 1024
_CONNECTIONS: Final = {
    "access_log": None,
    "keepalive_timeout": RESTING_S,
    "lingering_time": 2.0,  # for the rest of a body that nobody wants
}


@dataclass(frozen=True, slots=True)
class DoorLimits:
    """How many connections there may be: of all, and of one address that no trusted proxy has."""

    connections: int
    per_address: int


class _Connection(RequestHandler):
    """One connection, and what it has been waited for since when (monotonic seconds)."""

    __slots__ = ("_door", "_head_since", "_request_at", "_unread_since")

    def __init__(self, door: "Door", manager: web.Server, **options: Any) -> None:
        super().__init__(manager, **options)
        self._door = door
        self._head_since: float | None = None
        self._request_at = 0.0
        self._unread_since: float | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._head_since = time.monotonic()
        self._door.enter(self)

    def connection_lost(self, exc: BaseException | None) -> None:
        self._door.left(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        before = self._request_count
        super().data_received(data)
        if self._request_count > before:
            self._head_since, self._request_at = None, time.monotonic()
        elif self._head_since is None and not self.is_at_work:
            self._head_since = time.monotonic()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._unread_since = time.monotonic()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._unread_since = None

    def log_exception(self, *args: Any, **kw: Any) -> None:
        """Leave out of the log what is a fault of whoever asked, or their leaving."""
        if not isinstance(kw.get("exc_info"), _FAULTS_OF_OTHERS):
            super().log_exception(*args, **kw)

    @property
    def is_at_work(self) -> bool:
        """Whether a request is being answered, or this is a WebSocket."""
        return self._upgraded or bool(self._messages) or self._current_request is not None

    def can_go(self) -> bool:
        """Return whether nothing is lost but patience: no request is here as a whole."""
        return not self.is_at_work or not self._is_whole()

    def _is_whole(self) -> bool:
        return self._upgraded or self._current_request is None or self._current_request.content.is_eof()

    def is_overdue(self, now: float) -> bool:
        """Return whether it took too long."""
        if self._head_since is not None and now - self._head_since > HEAD_S:
            return True
        if self._unread_since is not None and now - self._unread_since > UNREAD_S:
            return True
        return not self._is_whole() and now - self._request_at > EXCHANGE_S

    def cut(self) -> None:
        """Drop it without a word: nobody who listens is there."""
        if self.transport is not None:
            self.transport.abort()


class _Site(BaseSite):
    """A listening address whose connections pass the door, and over TLS are greeted first."""

    def __init__(
        self, runner: web.AppRunner, door: "Door", place: tuple[str, int], tls: ssl.SSLContext | None
    ) -> None:
        super().__init__(runner, ssl_context=tls, backlog=_BACKLOG)
        self._door = door
        self._place = place

    @property
    def name(self) -> str:
        return f"{'https' if self._ssl_context else 'http'}://{self._place[0]}:{self._place[1]}"

    @property
    def port(self) -> int:
        """The port that was bound."""
        server: Any = self._server  # uvloop's is no asyncio.Server, and has the same sockets
        return int(server.sockets[0].getsockname()[1])

    async def start(self) -> None:
        await super().start()
        loop, server = asyncio.get_running_loop(), self._runner.server
        assert server is not None
        come = partial(_Connection, self._door, server, loop=loop, **_CONNECTIONS)
        if self._ssl_context is None:
            self._server = await loop.create_server(come, *self._place, backlog=self._backlog)
            return
        sockets = await bound(*self._place, self._backlog)
        greets: Any = TlsServer(sockets, self._ssl_context, self._door.handshakes, self._door.group, come)
        self._server = greets  # as much of a server as aiohttp asks of one


class Door:
    """Who is connected.

    Args:
        limits: how many there may be.
        proxies: whose connections are those of many people, and are not counted as one address.
    """

    def __init__(self, limits: DoorLimits, proxies: Proxies) -> None:
        self._crowd: Crowd[_Connection] = Crowd(
            limit=limits.connections, per_group=limits.per_address, can_go=_Connection.can_go
        )
        self._proxies = proxies
        self.handshakes = Handshakes()

    def __len__(self) -> int:
        return len(self._crowd)

    def enter(self, connection: _Connection) -> None:
        """Give a new connection a place, and cut the one that has to go for it."""
        peer = connection.peername
        remote = str(peer[0]) if isinstance(peer, tuple) else ""
        leaves = self._crowd.come(connection, self.group(remote, connection), time.monotonic())
        if leaves is not None:
            leaves.cut()

    def left(self, connection: _Connection) -> None:
        """Free the place of a connection that ended."""
        self._crowd.leave(connection)

    def group(self, remote: str, one: object) -> str:
        """Return by what somebody at a network address counts: whoever a proxy speaks for, alone."""
        return f"proxy {id(one)}" if self._proxies.trusts(remote) else address_group(remote)

    def cut_overdue(self, now: float) -> None:
        """Cut what took too long; `now` on the monotonic clock."""
        for connection in self._crowd:
            if connection.is_overdue(now):
                connection.cut()


class Front:
    """An application behind its door."""

    def __init__(self, runner: web.AppRunner, door: Door) -> None:
        self._runner = runner
        self._sites: dict[tuple[str, int], _Site] = {}
        self.door = door

    async def listen(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> int:
        """Take connections at an address; return its port. Raises OSError."""
        site = _Site(self._runner, self.door, (host, port), tls)
        try:
            await site.start()
        except OSError:
            await site.stop()
            raise
        self._sites[host, site.port] = site
        return site.port

    async def leave(self, host: str, port: int) -> None:
        """Take no more connections at an address; those there are go on."""
        await self._sites.pop((host, port)).stop()


@asynccontextmanager
async def open_front(
    app: web.Application, limits: DoorLimits, proxies: Proxies, *, closing_s: float
) -> AsyncIterator[Front]:
    """Run an application behind a door; `listen` opens it, leaving the context closes it.

    Args:
        closing_s: how long requests under way may take when the context is left, in seconds.
    """
    door = Door(limits, proxies)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=closing_s)
    await runner.setup()
    looks = asyncio.create_task(_look(door), name="door")
    try:
        yield Front(runner, door)
    finally:
        looks.cancel()
        await runner.cleanup()


async def _look(door: Door) -> None:
    while True:
        await asyncio.sleep(_LOOK_S)
        door.cut_overdue(time.monotonic())
