"""Floods of connections at a real socket: who does nothing loses the place, and nobody new is kept out."""

import asyncio
import resource
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import ClientSession, WSMsgType, web

from signaling.compose.open_files import connections_of, raise_file_limit
from signaling.web import door
from signaling.web.door import DoorLimits, open_front
from signaling.web.peer import Proxies
from tests.support.until import until_here

HEAD = b"GET /slow HTTP/1.1\r\nHost: a\r\n"
BODY = b"POST /body HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"


class Stage:
    """A small application behind a door, and raw connections to it."""

    def __init__(self, front: door.Front, port: int) -> None:
        self.door = front.door
        self.port = port
        self.url = f"http://127.0.0.1:{port}"

    async def connect(self, said: bytes = b"", source: str = "127.0.0.1") -> asyncio.StreamReader:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, local_addr=(source, 0))
        reader.writer = writer  # type: ignore[attr-defined]  # kept open as long as the reader
        writer.write(said)
        await writer.drain()
        return reader

    async def serves(self) -> bool:
        async with ClientSession() as http, http.get(f"{self.url}/") as answer:
            return answer.status == 200


@asynccontextmanager
async def stage(connections: int = 1000, per_address: int = 1000, *trusted: str) -> AsyncIterator[Stage]:
    async def hello(request: web.Request) -> web.Response:
        return web.Response(text="hello")

    async def body(request: web.Request) -> web.Response:
        return web.Response(body=await request.read())

    async def socket(request: web.Request) -> web.StreamResponse:
        answer = web.WebSocketResponse()
        await answer.prepare(request)
        await answer.send_str("hello")
        await answer.receive()
        return answer

    async def endless(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        while True:
            await answer.write(b"x" * 65536)

    app = web.Application()
    app.router.add_get("/", hello)
    app.router.add_post("/body", body)
    app.router.add_get("/socket", socket)
    app.router.add_get("/endless", endless)
    limits = DoorLimits(connections, per_address)
    async with open_front(app, limits, Proxies(trusted), closing_s=1.0) as front:
        yield Stage(front, await front.listen("127.0.0.1", 0))


async def ended(reader: asyncio.StreamReader) -> bool:
    """Return once the server closed the connection; raises TimeoutError."""
    async with asyncio.timeout(10):
        try:
            while await reader.read(65536):
                pass
        except ConnectionError:
            pass
    return True


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HEAD_S", "EXCHANGE_S", "UNREAD_S"):
        monkeypatch.setattr(door, name, 0.3)
    monkeypatch.setattr(door, "_LOOK_S", 0.05)


@pytest.mark.parametrize("said", [b"", b"GE", HEAD], ids=["silence", "half a line", "half a head"])
async def test_a_head_that_never_ends_is_cut(hurried: None, said: bytes) -> None:
    async with stage() as scene:
        assert await ended(await scene.connect(said))
        assert len(scene.door) == 0


async def test_a_head_that_drips_is_cut_all_the_same(hurried: None) -> None:
    async with stage() as scene:
        reader = await scene.connect(HEAD)
        over = asyncio.create_task(ended(reader))
        while not over.done():
            reader.writer.write(b"a: b\r\n")  # type: ignore[attr-defined]
            await asyncio.wait([over], timeout=0.05)
        assert await over


async def test_a_second_request_that_never_ends_is_cut(hurried: None) -> None:
    async with stage() as scene:
        reader = await scene.connect(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert (await reader.readline()).startswith(b"HTTP/1.1 200")
        reader.writer.write(HEAD)  # type: ignore[attr-defined]
        assert await ended(reader)


async def test_a_body_that_never_ends_is_cut(hurried: None) -> None:
    async with stage() as scene:
        assert await ended(await scene.connect(BODY))


async def test_an_answer_that_nobody_reads_is_given_up(hurried: None) -> None:
    async with stage() as scene:
        reader = await scene.connect(b"GET /endless HTTP/1.1\r\nHost: a\r\n\r\n")
        reader.writer.transport.pause_reading()  # type: ignore[attr-defined]
        await until_here(lambda: not len(scene.door))


async def test_whoever_is_at_work_is_left_alone(hurried: None) -> None:
    async with stage() as scene, ClientSession() as http:
        socket = await http.ws_connect(f"{scene.url}/socket")
        assert (await socket.receive()).data == "hello"
        assert await ended(await scene.connect())  # the door has looked, long after the socket's opening
        await socket.send_str("still here")
        assert (await socket.receive()).type is WSMsgType.CLOSE


@pytest.mark.parametrize("said", [b"", HEAD, BODY], ids=["idle", "half heads", "half bodies"])
async def test_connections_of_two_addresses_keep_nobody_new_out(said: bytes) -> None:
    async with stage(100, 80) as scene:
        flood = [await scene.connect(said, f"127.0.0.{2 + number % 2}") for number in range(300)]
        assert await scene.serves()
        assert len(scene.door) <= 100
        assert await ended(flood[0])


async def test_one_address_full_of_sockets_at_work_turns_away_its_own_only() -> None:
    async with stage(100, 2) as scene, ClientSession() as http:
        sockets = [await http.ws_connect(f"{scene.url}/socket") for _ in range(2)]
        for socket in sockets:
            assert (await socket.receive()).data == "hello"
        assert await ended(await scene.connect(HEAD))
        elsewhere = await scene.connect(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "127.0.0.9")
        assert (await elsewhere.readline()).startswith(b"HTTP/1.1 200")


async def test_connections_of_a_trusted_proxy_are_those_of_many_people() -> None:
    async with stage(100, 2, "127.0.0.0/8") as scene:
        kept = [await scene.connect() for _ in range(20)]
        assert await scene.serves()
        assert not any(reader.at_eof() for reader in kept)
        assert len(scene.door) >= 20


MALFORMED = [
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # TLS, spoken to a server without
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET http://[::1/ HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
    b"POST /body HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\n" + b"a: b\r\n" * 1000 + b"\r\n",
    b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
    b"\0" * 5000,
]


@pytest.mark.parametrize("said", MALFORMED)
async def test_malformed_http_is_refused_without_a_word_in_the_log(
    said: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async with stage() as scene:
        reader = await scene.connect(said)
        async with asyncio.timeout(5):
            assert (await reader.readline()).startswith((b"HTTP/1.1 4", b"HTTP/1.0 4", b"HTTP/9.9 4"))
        assert await scene.serves()
        assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_an_upload_that_is_given_up_leaves_nothing_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    async with stage() as scene:
        for _ in range(20):
            reader = await scene.connect(BODY)
            reader.writer.transport.abort()  # type: ignore[attr-defined]
        await until_here(lambda: not len(scene.door))
        assert await scene.serves()
        assert not [record for record in caplog.records if record.levelname == "ERROR"]


@pytest.fixture
def low_file_limit() -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(1024, before[1]), before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_the_limit_of_open_files_is_raised_at_the_start(low_file_limit: None) -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    raised = raise_file_limit()
    assert raised == resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    assert raised == 65_536 if hard == resource.RLIM_INFINITY else raised == min(hard, 65_536)
    assert connections_of(1024) == 768
    assert connections_of(65_536) == 65_280
