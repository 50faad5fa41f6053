"""An Engine.IO server that never queues without bound for a client that does not read.

Engine.IO puts every packet in an unbounded queue per socket. Each packet of ours passes `send_packet`, which
looks at that queue first and cuts the socket when it holds too much. Names of python-engineio and
python-socketio used here that are not their public interface: `AsyncServer.sockets`, `AsyncSocket.queue`,
`AsyncSocket.last_ping`, `socketio.AsyncServer._engineio_server_class`, `._handle_eio_connect`,
`._handle_event`, `.environ`, `.manager.eio_sid_from_sid`; `tests/signaling/web/test_contract.py` pins them.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Collection
from typing import Any
from urllib.parse import urlsplit

import engineio
import socketio
from aiohttp import web

from signaling.web.limits import (
    FRAME_BYTES,
    QUEUE_BYTES,
    QUEUE_PACKETS,
    STRANGERS,
    STRANGERS_PER_ADDRESS,
)

PING_INTERVAL_S = 8
PING_TIMEOUT_S = 12
"""A client that is silent for their sum is gone: presence and the grace time count from there."""

LIFE_CYCLE = frozenset({"connect", "disconnect", "*"})

_log = logging.getLogger(__name__)


class BoundedEngine(engineio.AsyncServer):  # type: ignore[misc]
    """Engine.IO with a bound on what waits for one client, and an end.

    Every socket has a task that sleeps until its next ping, also after it is gone, and a task of the server
    looks after them all: `shutdown` ends these too.

    Attributes:
        environs: Socket.IO's records of the requests.
    """

    environs: dict[str, dict[str, Any]]

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._background: set[asyncio.Task[Any]] = set()

    def start_background_task(self, target: Any, *arguments: Any, **named: Any) -> asyncio.Task[Any]:
        """Start a task that ends with the server at the latest."""
        task: asyncio.Task[Any] = super().start_background_task(target, *arguments, **named)
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        return task

    async def shutdown(self) -> None:
        """End every task of the server, once its sockets are cut."""
        tasks = [*self._background]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def send_packet(self, sid: str, pkt: Any) -> None:
        """Queue a packet for `sid`, or cut the socket when too much waits already."""
        socket = self.sockets.get(sid)
        if socket is None or socket.closed:
            return
        if self._overfull(socket, pkt):
            _log.warning("socket %s does not read: cut", sid)
            self.cut(sid)
            return
        await super().send_packet(sid, pkt)

    def cut(self, sid: str) -> None:
        """Drop the connection at once, without a farewell: its reader wakes up and runs the disconnect
        handlers.
        """
        request = self.environs.get(sid, {}).get("aiohttp.request")
        if request is not None and request.transport is not None:
            request.transport.abort()

    def answers_pings(self, sid: str) -> bool:
        """Return whether the client is connected and has not left a ping unanswered for too long."""
        socket = self.sockets.get(sid)
        if socket is None or socket.closed:
            return False
        return socket.last_ping is None or time.time() - socket.last_ping < PING_TIMEOUT_S

    def _overfull(self, socket: Any, packet: Any) -> bool:
        waiting = socket.queue
        if waiting.empty():
            return False
        if waiting.qsize() >= QUEUE_PACKETS:
            return True
        size = sum(_size(queued) for queued in waiting._queue) + _size(packet)
        return size > QUEUE_BYTES


class SameOrigin:
    """Let in pages of our own: host and port in the Origin are those the request was made to.

    The scheme may differ: a proxy may end TLS. `public_origin` is the address people type, for proxies
    that change the Host. Pages cannot set either header.
    """

    def __init__(self, public_origin: str | None) -> None:
        self._public_host = urlsplit(public_origin).netloc if public_origin else None

    def __call__(self, origin: str | None, environ: dict[str, Any]) -> bool:
        """Return whether a page of `origin` may connect."""
        host = urlsplit(origin or "").netloc
        return host != "" and host in (environ.get("HTTP_HOST"), self._public_host)


class BoundedServer(socketio.AsyncServer):  # type: ignore[misc]
    """Socket.IO over `BoundedEngine`, WebSocket only.

    Attributes:
        known: returns the Socket.IO ids of the sockets that said who they are.
        address_of: returns who makes a request.
    """

    eio: BoundedEngine
    known: Callable[[], Collection[str]]
    address_of: Callable[[web.Request], str]

    def __init__(self, public_origin: str | None = None) -> None:
        super().__init__(
            async_mode="aiohttp",
            transports=["websocket"],
            cors_allowed_origins=SameOrigin(public_origin),
            ping_interval=PING_INTERVAL_S,
            ping_timeout=PING_TIMEOUT_S,
            max_http_buffer_size=FRAME_BYTES,
            allow_upgrades=False,
            http_compression=False,
        )
        self.eio.environs = self.environ
        self.known = tuple
        self.address_of = lambda request: request.remote or ""

    def _engineio_server_class(self) -> type[BoundedEngine]:
        return BoundedEngine

    async def _handle_eio_connect(self, eio_sid: str, environ: dict[str, Any]) -> str | None:
        """Turn a new socket away (401) while too many others have not said who they are."""
        count = len(self.eio.sockets) - len(self.known())  # the new one is counted already
        if count > STRANGERS or (count > STRANGERS_PER_ADDRESS and self._is_crowded(environ)):
            return "too many"
        await super()._handle_eio_connect(eio_sid, environ)
        return None

    def strangers(self) -> set[str]:
        """Return the Engine.IO ids of the sockets that have not said who they are."""
        return set(self.eio.sockets) - {self.engine_sid(sid) for sid in self.known()}

    def _is_crowded(self, environ: dict[str, Any]) -> bool:
        """Return whether the address of a new socket has as many strangers as it may."""
        here = self.address_of(environ["aiohttp.request"])
        others = (self.environ[sid] for sid in self.strangers() if sid in self.environ)
        beside = sum(self.address_of(other["aiohttp.request"]) == here for other in others)
        return beside >= STRANGERS_PER_ADDRESS

    async def _handle_event(self, eio_sid: str, namespace: str | None, id: int | None, data: Any) -> None:
        """Keep the peer from calling our life-cycle handlers: python-socketio looks them up by the event's
        name.
        """
        name = data[0] if isinstance(data, list) and data else None
        if not isinstance(name, str) or name in LIFE_CYCLE:
            data = ["", *(data[1:] if isinstance(data, list) else [])]
        await super()._handle_event(eio_sid, namespace, id, data)

    def engine_sid(self, sid: str) -> str | None:
        """Return the Engine.IO id under a Socket.IO id, None when it is gone."""
        found: str | None = self.manager.eio_sid_from_sid(sid, "/")
        return found

    def answers_pings(self, sid: str) -> bool:
        """Return whether a client answers the server's pings."""
        engine_sid = self.engine_sid(sid)
        return engine_sid is not None and self.eio.answers_pings(engine_sid)

    def cut(self, sid: str) -> None:
        """Drop a client at once."""
        engine_sid = self.engine_sid(sid)
        if engine_sid is not None:
            self.eio.cut(engine_sid)


def _size(packet: Any) -> int:
    return len(packet.data) if packet is not None and isinstance(packet.data, str | bytes) else 0
