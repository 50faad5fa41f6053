"""An Engine.IO server that never queues without bound for a client that does not read.

Engine.IO puts every packet in an unbounded queue per socket. Each packet of ours passes `send_packet`, which
looks at that queue first and cuts the socket when it holds too much. Names of python-engineio and
python-socketio used here that are not their public interface: `AsyncServer.sockets`, `AsyncSocket.queue`,
`AsyncSocket.last_ping`, the module `time` of sockets, `socketio.AsyncServer._engineio_server_class`,
`._handle_eio_connect`, `._handle_eio_disconnect`, `._handle_eio_message`, `._handle_event`, `.environ`,
`.manager.eio_sid_from_sid`, `.manager.sid_from_eio_sid`;
`tests/signaling/web/test_contract.py` pins them.
"""

import asyncio
import logging
import re
import time
from collections.abc import Callable
from typing import Any

import engineio
import socketio
from aiohttp import web
from engineio import async_socket, base_socket

from signaling.config.origins import parse_origin
from signaling.web.crowd import Crowd
from signaling.web.limits import (
    FRAME_BYTES,
    QUEUE_BYTES,
    QUEUE_PACKETS,
    STRANGERS,
    STRANGERS_PER_ADDRESS,
)
from signaling.web.peer import Peer, Proxies

PING_INTERVAL_S = 8
PING_TIMEOUT_S = 12
"""A client that is silent for their sum is gone: presence and the grace time count from there."""

LIFE_CYCLE = frozenset({"connect", "disconnect", "*"})

_BINARY = ("5", "6")
"""Socket.IO packets that announce attachments."""
_CONNECT = "0"
_COMMAND = re.compile(r'[25](?:\d+-)?(?P<id>\d{1,18})\["(?P<name>[a-z_.]{1,64})"')
"""The beginning of a command that asks for an answer."""

_log = logging.getLogger(__name__)


class _SteadyTime:
    """What Engine.IO measures pings with: it asks the wall clock, and cut every socket when that was set."""

    time = staticmethod(time.monotonic)


async_socket.time = base_socket.time = _SteadyTime


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
        return socket.last_ping is None or time.monotonic() - socket.last_ping < PING_TIMEOUT_S

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
    that change the Host. Pages cannot set either header. Who is turned away is told in the log what to set.
    """

    def __init__(self, public_origin: str | None) -> None:
        self._public = parse_origin(public_origin) if public_origin else None

    def __call__(self, origin: str | None, environ: dict[str, Any]) -> bool:
        """Return whether a page of `origin` may connect."""
        try:
            page = parse_origin(origin or "")
        except ValueError:
            return False
        host = environ.get("HTTP_HOST", "")
        if page.is_named_by(host) or (self._public and page.is_named_by(self._public.authority)):
            return True
        _log.warning(
            "a page of %s was refused a socket: it asked for %s and public_url is %s. If people open this "
            "service at %s, set public_url to it, or let the proxy keep the Host header.",
            page,
            host if host.isprintable() else "another host",
            self._public or "not set",
            page,
        )
        return False


class BoundedServer(socketio.AsyncServer):  # type: ignore[misc]
    """Socket.IO over `BoundedEngine`, WebSocket only.

    Attributes:
        peer_of: returns who makes a request.
        may_stay: whether the socket of a Socket.IO id may stay that sent something unreadable.
        strangers: Engine.IO ids of the sockets that have not said who they are.
    """

    eio: BoundedEngine
    peer_of: Callable[[web.Request], Peer]
    may_stay: Callable[[str], bool]

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
        self.peer_of = Proxies().peer
        self.may_stay = lambda sid: False
        self.strangers: Crowd[str] = Crowd(limit=STRANGERS, per_group=STRANGERS_PER_ADDRESS)

    def _engineio_server_class(self) -> type[BoundedEngine]:
        return BoundedEngine

    async def _handle_eio_connect(self, eio_sid: str, environ: dict[str, Any]) -> None:
        """Let a new socket in, in the place of another when too many have not said who they are."""
        await super()._handle_eio_connect(eio_sid, environ)
        self.is_stranger(eio_sid)

    async def _handle_eio_disconnect(self, eio_sid: str, reason: str) -> None:
        self.strangers.leave(eio_sid)
        await super()._handle_eio_disconnect(eio_sid, reason)

    def is_stranger(self, eio_sid: str) -> None:
        """Count a socket among those who have not said who they are, until `strangers.leave`."""
        environ = self.environ.get(eio_sid)
        if environ is None:
            return
        group = self.peer_of(environ["aiohttp.request"]).group
        gives_way = self.strangers.come(eio_sid, group, time.monotonic())
        if gives_way is not None:
            self.eio.cut(gives_way)

    def cut_strangers(self, patience: float) -> None:
        """Cut sockets that never say who they are; `patience` in seconds."""
        for sid in self.strangers.came_before(time.monotonic() - patience):
            self.eio.cut(sid)

    async def _handle_eio_message(self, eio_sid: str, data: Any) -> None:
        """Answer what cannot be read with a refusal where it asks for an answer; cut who goes on with it."""
        try:
            if isinstance(data, bytes) or data[:1] in _BINARY:
                raise ValueError("nothing of ours is binary")
            if data[:1] != _CONNECT and self.manager.sid_from_eio_sid(eio_sid, "/") is None:
                raise ValueError("who it is comes first")
            await super()._handle_eio_message(eio_sid, data)
        except Exception as error:
            _log.debug("socket %s sent what cannot be read: %s", eio_sid, type(error).__name__)
            await self._unreadable(eio_sid, data)

    async def _unreadable(self, eio_sid: str, data: Any) -> None:
        sid = self.manager.sid_from_eio_sid(eio_sid, "/")
        if sid is None or not self.may_stay(sid):
            self.eio.cut(eio_sid)
            return
        command = _COMMAND.match(data) if isinstance(data, str) else None
        if command is not None:  # as one that says nothing: it gets its answer the way all commands do
            await self._handle_event(eio_sid, "/", int(command["id"]), [command["name"], None])

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

    def is_sending(self) -> bool:
        """Return whether anything waits to be sent to anybody."""
        return any(not socket.queue.empty() for socket in tuple(self.eio.sockets.values()))

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
