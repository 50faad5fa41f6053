"""TLS at a real socket: handshakes that never end keep nobody out, and what follows one is not lost."""

import asyncio
import ssl
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientSession, TCPConnector, web

from signaling.compose.certificates import CertificateFiles, ensure_certificate
from signaling.compose.lan import tls
from signaling.web import handshakes
from signaling.web.door import Door, DoorLimits, open_front
from signaling.web.peer import Proxies
from tests.support.until import until_here

IN_UVLOOP = """
import asyncio, sys, uvloop
from aiohttp import web
from signaling.compose.lan import tls
from signaling.web.door import DoorLimits, open_front
from signaling.web.peer import Proxies

async def main():
    async def scheme(request):
        return web.Response(text=request.scheme)

    app = web.Application()
    app.router.add_get("/", scheme)
    async with open_front(app, DoorLimits(1000, 1000), Proxies(()), closing_s=1.0) as front:
        print(await front.listen("127.0.0.1", 0, tls(*sys.argv[1:])), flush=True)
        await asyncio.to_thread(sys.stdin.read)

uvloop.run(main())
"""


class Stage:
    """A small application over TLS."""

    def __init__(self, port: int, files: CertificateFiles) -> None:
        self.port = port
        self.trust = ssl.create_default_context(cafile=str(files.authority))

    async def serves(self) -> bool:
        async with (
            ClientSession(connector=TCPConnector(ssl=self.trust)) as http,
            http.get(f"https://127.0.0.1:{self.port}/") as answer,
        ):
            return answer.status == 200 and await answer.text() == "https"

    async def silent(self) -> asyncio.StreamReader:
        """Open a connection and say nothing."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        reader.writer = writer  # type: ignore[attr-defined]  # kept open as long as the reader
        return reader


class Here(Stage):
    """One whose door can be looked at."""

    def __init__(self, door: Door, port: int, files: CertificateFiles) -> None:
        super().__init__(port, files)
        self.door = door


@pytest.fixture
def files(tmp_path_factory: pytest.TempPathFactory) -> CertificateFiles:
    folder: Path = tmp_path_factory.mktemp("tls")
    return ensure_certificate(folder, ["127.0.0.1"], ["localhost"])


@pytest.fixture
async def stage(files: CertificateFiles) -> AsyncIterator[Here]:
    async def scheme(request: web.Request) -> web.Response:
        return web.Response(text=request.scheme)

    app = web.Application()
    app.router.add_get("/", scheme)
    async with open_front(app, DoorLimits(1000, 1000), Proxies(()), closing_s=1.0) as front:
        port = await front.listen("127.0.0.1", 0, tls(str(files.certificate), str(files.key)))
        yield Here(front.door, port, files)


async def ended(reader: asyncio.StreamReader) -> bool:
    async with asyncio.timeout(10):
        try:
            return await reader.read() == b""
        except ConnectionError:
            return True


async def test_handshakes_that_never_end_are_bounded_and_keep_nobody_out(stage: Here) -> None:
    most = handshakes.PER_ADDRESS
    waiting = [await stage.silent() for _ in range(most + 5)]
    await until_here(lambda: len(stage.door.handshakes) == most)
    for reader in waiting[:5]:
        assert await ended(reader), "the oldest went for the newest"
    assert await stage.serves()
    assert len(stage.door) == 0, "none of them has a place at the door"
    for reader in waiting:
        reader.writer.close()  # type: ignore[attr-defined]


async def test_a_handshake_that_takes_too_long_is_given_up(
    stage: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handshakes, "HANDSHAKE_S", 0.2)
    assert await ended(await stage.silent())
    await until_here(lambda: len(stage.door.handshakes) == 0)


async def test_what_is_no_tls_is_cut(stage: Here) -> None:
    reader = await stage.silent()
    reader.writer.write(b"GET / HTTP/1.1\r\n\r\n")  # type: ignore[attr-defined]
    async with asyncio.timeout(10):
        await reader.read()
    await until_here(lambda: len(stage.door.handshakes) == 0)
    assert await stage.serves()


async def test_a_request_in_one_piece_with_the_end_of_the_handshake_is_answered(stage: Here) -> None:
    """A client that sends all at once, as TLS 1.3 lets it (RFC 8446 §2): 20 times, for it depends on luck."""
    for _ in range(20):
        reader, writer = await asyncio.open_connection("127.0.0.1", stage.port)
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = stage.trust.wrap_bio(incoming, outgoing, server_hostname="127.0.0.1")
        while True:
            try:
                client.do_handshake()
                break
            except ssl.SSLWantReadError:
                writer.write(outgoing.read())
                incoming.write(await reader.read(65536))
        client.write(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        writer.write(outgoing.read())  # the client's Finished and the request
        answer = b""
        async with asyncio.timeout(10):
            while b"https" not in answer:
                incoming.write(await reader.read(65536))
                try:
                    answer += client.read(65536)
                except ssl.SSLWantReadError:
                    continue
        writer.close()


async def test_handshakes_under_way_hold_up_no_stop(files: CertificateFiles) -> None:
    app = web.Application()
    async with open_front(app, DoorLimits(10, 10), Proxies(()), closing_s=1.0) as front:
        port = await front.listen("127.0.0.1", 0, tls(str(files.certificate), str(files.key)))
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await until_here(lambda: len(front.door.handshakes) == 1)
    assert await ended(reader)
    writer.close()


async def test_the_loop_of_the_service_greets_as_well(files: CertificateFiles) -> None:
    """uvloop's transports are others."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", IN_UVLOOP, str(files.certificate), str(files.key)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    there = Stage(int(await process.stdout.readline()), files)
    assert await there.serves()
    waiting = [await there.silent() for _ in range(handshakes.PER_ADDRESS + 1)]
    assert await ended(waiting[0])
    assert await there.serves()
    for reader in waiting:
        reader.writer.close()  # type: ignore[attr-defined]
    await process.communicate(b"")
    assert process.returncode == 0
