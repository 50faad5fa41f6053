"""The private names of python-engineio and python-socketio that we use, and what we do with them."""

import asyncio
import inspect
import json
from collections.abc import AsyncIterator
from types import MemberDescriptorType

import engineio
import pytest
import socketio
from aiohttp import ClientSession, ClientWebSocketResponse, WSServerHandshakeError, web
from aiohttp.test_utils import TestServer
from aiohttp.web_protocol import RequestHandler
from aiohttp.web_runner import BaseSite
from engineio.async_socket import AsyncSocket

from signaling.web.limits import QUEUE_BYTES, QUEUE_PACKETS
from signaling.web.sio.engine import BoundedEngine, BoundedServer


def test_private_names_are_still_there() -> None:
    server = BoundedServer()
    assert isinstance(server.eio, BoundedEngine)
    assert server.eio.sockets == {}
    assert server.eio.environs is server.environ
    assert inspect.iscoroutinefunction(engineio.AsyncServer.send_packet)
    assert list(inspect.signature(socketio.AsyncServer._handle_event).parameters) == [
        "self",
        "eio_sid",
        "namespace",
        "id",
        "data",
    ]
    connect = socketio.AsyncServer._handle_eio_connect
    assert list(inspect.signature(connect).parameters) == ["self", "eio_sid", "environ"]
    assert callable(server.manager.eio_sid_from_sid)
    socket = AsyncSocket(server.eio, "sid")
    assert isinstance(socket.queue, asyncio.Queue)
    assert socket.queue._queue is not None
    assert isinstance(socket.last_ping, float)
    assert socket.closed is False


async def test_private_names_of_aiohttps_connections_are_still_there() -> None:
    async def answer(request: web.BaseRequest) -> web.Response:
        return web.Response()

    connection = RequestHandler(web.Server(answer), loop=asyncio.get_running_loop())
    assert (connection._request_count, len(connection._messages), connection._upgraded) == (0, 0, False)
    assert connection._current_request is None
    assert isinstance(BaseSite._backlog, MemberDescriptorType)
    assert isinstance(BaseSite._ssl_context, MemberDescriptorType)


class Stage:
    """A bare server that notes what happens to its sockets."""

    def __init__(self) -> None:
        self.server = BoundedServer()
        self.connected: asyncio.Queue[str] = asyncio.Queue()
        self.gone: asyncio.Queue[str] = asyncio.Queue()
        self.events: asyncio.Queue[str] = asyncio.Queue()
        self.server.on("connect", self._connect)
        self.server.on("disconnect", self._disconnect)
        self.server.on("*", self._event)

    async def _connect(self, sid: str, environ: dict[str, object], auth: object) -> None:
        self.connected.put_nowait(sid)

    async def _disconnect(self, sid: str, reason: str) -> None:
        self.gone.put_nowait(sid)

    async def _event(self, name: str, sid: str, *arguments: object) -> str:
        self.events.put_nowait(name)
        return "done"


@pytest.fixture
async def stage() -> AsyncIterator[tuple[Stage, TestServer]]:
    stage = Stage()
    app = web.Application()
    stage.server.attach(app)
    async with TestServer(app) as http:
        yield stage, http
    await stage.server.shutdown()


async def _open(http: TestServer, session: ClientSession) -> ClientWebSocketResponse:
    """Speak Engine.IO 4 by hand: a client that reads only when we tell it to."""
    address = http.make_url("/socket.io/").with_query(EIO="4", transport="websocket")
    socket = await session.ws_connect(address)
    await speak_by_hand(socket, {"token": "x"})
    return socket


async def speak_by_hand(socket: ClientWebSocketResponse, auth: dict[str, str]) -> None:
    """Open Engine.IO and Socket.IO on a bare WebSocket."""
    assert (await socket.receive_str()).startswith("0{")
    await socket.send_str("40" + json.dumps(auth))
    assert (await socket.receive_str()).startswith("40")


async def test_a_client_that_never_reads_is_cut_and_memory_stays_bounded(
    stage: tuple[Stage, TestServer],
) -> None:
    scene, http = stage
    async with ClientSession() as session:
        await _open(http, session)
        sid = await scene.connected.get()
        engine_sid = scene.server.engine_sid(sid)
        assert engine_sid
        transport = scene.server.environ[engine_sid]["aiohttp.request"].transport
        socket = scene.server.eio.sockets[engine_sid]
        most, body = 0, "x" * 20_000
        async with asyncio.timeout(20):
            for _ in range(5000):
                await scene.server.emit("chat.added", body, to=sid)
                most = max(most, sum(len(packet.data) for packet in socket.queue._queue if packet))
                if transport.is_closing():
                    break
            assert await scene.gone.get() == sid
        assert most <= QUEUE_BYTES
        assert socket.queue.qsize() <= QUEUE_PACKETS


async def test_a_peer_cannot_call_life_cycle_handlers(stage: tuple[Stage, TestServer]) -> None:
    scene, http = stage
    async with ClientSession() as session:
        socket = await _open(http, session)
        await scene.connected.get()
        for number, name in enumerate(("connect", "disconnect", "*", 7, None, ["a"])):
            await socket.send_str(f"42{number}" + json.dumps([name, {}]))
            assert await socket.receive_str() == f'43{number}["done"]'
            assert await scene.events.get() == ""
        assert scene.gone.empty()
        assert scene.connected.empty()


async def test_polling_is_refused(stage: tuple[Stage, TestServer]) -> None:
    _, http = stage
    async with (
        ClientSession() as session,
        session.get(http.make_url("/socket.io/").with_query(EIO="4", transport="polling")) as answer,
    ):
        assert answer.status == 400


async def test_a_frame_above_the_bound_closes_the_connection(stage: tuple[Stage, TestServer]) -> None:
    scene, http = stage
    async with ClientSession() as session:
        socket = await _open(http, session)
        sid = await scene.connected.get()
        await socket.send_str('42["call.end","' + "x" * 200_000 + '"]')
        async with asyncio.timeout(5):
            assert await scene.gone.get() == sid
        assert scene.events.empty()


@pytest.mark.parametrize(
    ("origin", "status"),
    [("http://evil.example", 400), ("http://HOST", 101), ("https://HOST", 101), ("null", 400), (None, 101)],
)
async def test_only_pages_of_our_own_connect(
    stage: tuple[Stage, TestServer], origin: str | None, status: int
) -> None:
    _, http = stage
    headers = {"Origin": origin.replace("HOST", f"{http.host}:{http.port}")} if origin else {}
    address = http.make_url("/socket.io/").with_query(EIO="4", transport="websocket")
    async with ClientSession() as session:
        if status == 101:
            async with session.ws_connect(address, headers=headers) as socket:
                assert (await socket.receive_str()).startswith("0{")
        else:
            with pytest.raises(WSServerHandshakeError) as refused:
                await session.ws_connect(address, headers=headers)
            assert refused.value.status == status


async def test_a_server_that_ends_takes_the_tasks_of_its_sockets_along(
    stage: tuple[Stage, TestServer],
) -> None:
    scene, http = stage
    before = asyncio.all_tasks()
    async with ClientSession() as session:
        await _open(http, session)
        sid = await scene.connected.get()
        scene.server.cut(sid)
        assert await scene.gone.get() == sid
    assert asyncio.all_tasks() - before, "Engine.IO's own: sleeping until the ping of a socket that is gone"
    await scene.server.shutdown()
    assert not {task for task in asyncio.all_tasks() - before if "engineio" in repr(task)}
