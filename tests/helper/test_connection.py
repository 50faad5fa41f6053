"""The helper's connection against a real server: an own authority, a proxy, and what is no server."""

import asyncio
import base64
import contextlib
import selectors
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.helper.server import Double, helper_server
from web_client.helper import wire
from web_client.helper.connection import Connection, ConnectionFault, open_connection, proxy_for, verified
from web_client.helper.effects import Send
from web_client.helper.envelope import parse
from web_client.helper.outgoing import Outgoing
from web_client.helper.pairing import pair
from web_client.helper.service import NotWanted
from web_client.helper.vocabulary import Refusal

CODE = wire.Hello("1.0.0", "Linux", "pc", "", "123456")


@pytest.fixture(autouse=True)
def no_proxy_around(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide the caller's own proxy."""
    for name in ("https_proxy", "HTTPS_PROXY", "all_proxy", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)


@asynccontextmanager
async def opened(
    server: Double, *, proxy: str | None = None, host: str = "127.0.0.1"
) -> AsyncIterator[Connection]:
    url = server.url.replace("127.0.0.1", host)
    connection = await asyncio.to_thread(open_connection, url, authority=server.authority, proxy=proxy)
    try:
        yield connection
    finally:
        await asyncio.to_thread(connection.close)


def read_some(connection: Connection) -> list[str]:
    """Wait for messages as the service does."""
    with selectors.DefaultSelector() as selector:
        selector.register(connection, selectors.EVENT_READ)
        while True:
            if not connection.has_more:
                assert selector.select(10)
            if texts := connection.read():
                return texts


async def test_messages_go_both_ways(tmp_path: Path) -> None:
    async with helper_server(tmp_path) as server, opened(server, host="localhost") as connection:
        link = await server.link()
        connection.send(Outgoing().text(Send(CODE)))
        assert await link.hear(wire.Hello) == CODE
        await link.say(wire.Welcome("1.0"))
        [text] = await asyncio.to_thread(read_some, connection)
        assert parse(text, wire.DOWN).message == wire.Welcome("1.0")


async def test_long_messages_and_many_come_whole(tmp_path: Path) -> None:
    async with helper_server(tmp_path) as server, opened(server) as connection:
        link = await server.link()
        sent = [wire.ClipboardPush("汉" * 20_000), *(wire.ClipboardPush(str(n)) for n in range(500))]
        for message in sent:
            await link.say(message)
        found: list[wire.Message] = []
        while len(found) < len(sent):
            texts = await asyncio.to_thread(read_some, connection)
            found += [parse(text, wire.DOWN).message for text in texts]
        assert found == sent


async def test_a_ping_is_answered(tmp_path: Path) -> None:
    async with helper_server(tmp_path) as server, opened(server) as connection:
        link = await server.link()
        await link.socket.ping(b"there?")
        await link.say(wire.MarkMonitors(True))
        assert await asyncio.to_thread(read_some, connection)
        connection.send(Outgoing().text(Send(CODE)))
        assert await link.hear(wire.Hello) == CODE


async def test_a_server_that_goes_is_noticed(tmp_path: Path) -> None:
    async with helper_server(tmp_path) as server, opened(server) as connection:
        link = await server.link()
        closing = asyncio.create_task(link.socket.close())
        with pytest.raises(ConnectionFault) as fault:
            await asyncio.to_thread(read_some, connection)
        assert fault.value.word == "fault.unreachable"
        await asyncio.to_thread(connection.close)
        await closing


async def test_an_authority_nobody_told_of_is_refused(tmp_path: Path) -> None:
    async with helper_server(tmp_path) as server:
        with pytest.raises(ConnectionFault) as fault:
            await asyncio.to_thread(open_connection, server.url, authority=None, proxy=None)
        assert fault.value.word == "fault.certificate"


async def test_a_certificate_of_another_name_is_refused(tmp_path: Path) -> None:
    async with helper_server(tmp_path, certified="192.0.2.1") as server:
        with pytest.raises(ConnectionFault) as fault:
            await asyncio.to_thread(open_connection, server.url, authority=server.authority, proxy=None)
        assert fault.value.word == "fault.certificate"


def test_a_file_that_is_no_certificate_is_said(tmp_path: Path) -> None:
    (tmp_path / "ca").write_text("no certificate")
    with pytest.raises(ConnectionFault) as fault:
        open_connection("https://127.0.0.1:1", authority=tmp_path / "ca", proxy=None)
    assert fault.value.word == "fault.certificate"


def test_nobody_there_is_said() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(ConnectionFault) as fault:
            open_connection(f"https://127.0.0.1:{unused.getsockname()[1]}", authority=None, proxy=None)
    assert fault.value.word == "fault.unreachable"


async def test_a_web_server_without_the_service_is_said(tmp_path: Path) -> None:
    async with helper_server(tmp_path) as server:
        with pytest.raises(ConnectionFault) as fault:
            await asyncio.to_thread(
                open_connection, f"{server.url}/elsewhere", authority=server.authority, proxy=None
            )
        assert fault.value.word == "fault.not_ours"


@asynccontextmanager
async def http_proxy(answer: bytes) -> AsyncIterator[tuple[str, list[str]]]:
    """Run a proxy that answers CONNECT so; yield its address and the heads it was asked with."""
    asked: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        asked.append(head)
        writer.write(answer)
        if b" 200 " in answer:
            host, _, port = head.split(" ")[1].rpartition(":")
            there_reader, there_writer = await asyncio.open_connection(host, int(port))
            async with asyncio.TaskGroup() as both:
                both.create_task(pump(reader, there_writer))
                both.create_task(pump(there_reader, writer))
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://clerk:p%40ss@127.0.0.1:{server.sockets[0].getsockname()[1]}", asked


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65_536):
            writer.write(data)
    writer.close()


async def test_a_proxy_is_asked_for_a_tunnel_and_tls_is_verified_through_it(tmp_path: Path) -> None:
    async with http_proxy(b"HTTP/1.1 200 OK\r\n\r\n") as (proxy, asked), helper_server(tmp_path) as server:
        async with opened(server, proxy=proxy) as connection:
            link = await server.link()
            connection.send(Outgoing().text(Send(CODE)))
            assert await link.hear(wire.Hello) == CODE
        [head] = asked
        assert head.startswith(f"CONNECT {server.url.removeprefix('https://')} HTTP/1.1\r\n")
        assert base64.b64encode(b"clerk:p@ss").decode() in head
        with pytest.raises(ConnectionFault) as fault:
            await asyncio.to_thread(open_connection, server.url, authority=None, proxy=proxy)
        assert fault.value.word == "fault.certificate"


async def test_a_proxy_may_be_named_without_its_scheme(tmp_path: Path) -> None:
    async with http_proxy(b"HTTP/1.1 200 OK\r\n\r\n") as (proxy, asked), helper_server(tmp_path) as server:
        async with opened(server, proxy=proxy.removeprefix("http://")):
            await server.link()
        assert len(asked) == 1


@pytest.mark.parametrize(
    "answer", [b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", b"nonsense\r\n\r\n", b""]
)
async def test_a_proxy_that_refuses_is_said(tmp_path: Path, answer: bytes) -> None:
    async with http_proxy(answer) as (proxy, _):
        with pytest.raises(ConnectionFault) as fault:
            await asyncio.to_thread(open_connection, "https://help.example", authority=None, proxy=proxy)
        assert fault.value.word == "fault.proxy"


@pytest.mark.parametrize(
    "proxy", ["socks5://127.0.0.1:1080", "https://127.0.0.1:1", "http://", "http://a:99999", "x:"]
)
def test_a_proxy_that_is_no_http_proxy_is_said(proxy: str) -> None:
    with pytest.raises(ConnectionFault) as fault:
        open_connection("https://help.example", authority=None, proxy=proxy)
    assert fault.value.word == "fault.proxy"


def test_a_name_that_is_none_is_said() -> None:
    with pytest.raises(ConnectionFault) as fault:
        open_connection(f"https://{'a' * 70}.example", authority=None, proxy="")
    assert fault.value.word == "fault.unreachable"


def test_the_environments_proxy_is_honoured_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    assert proxy_for("https://help.example", None) is None
    monkeypatch.setenv("https_proxy", "http://proxy:3128")
    monkeypatch.setenv("no_proxy", "inside.example")
    assert proxy_for("https://help.example", None) == "http://proxy:3128"
    assert proxy_for("https://inside.example", None) is None
    assert proxy_for("https://help.example", "") is None
    assert proxy_for("https://help.example", "http://other:1") == "http://other:1"


async def test_pairing_gives_a_key(tmp_path: Path) -> None:
    async with helper_server(tmp_path) as server, opened(server) as connection:
        pairing = asyncio.create_task(asyncio.to_thread(pair, connection, CODE))
        link = await server.link()
        assert (await link.hear(wire.Hello)).code == "123456"
        await link.say(wire.Welcome("1.0"))
        await link.say(wire.Paired("k" * 32))
        assert await pairing == "k" * 32


async def test_a_wrong_code_is_refused_with_its_reason(tmp_path: Path) -> None:
    async with helper_server(tmp_path) as server, opened(server) as connection:
        pairing = asyncio.create_task(asyncio.to_thread(pair, connection, CODE))
        await (await server.link()).say(wire.Refused(Refusal.BAD_CODE))
        with pytest.raises(NotWanted) as refused:
            await pairing
        assert refused.value.code is Refusal.BAD_CODE


def test_tls_is_verified_and_not_old() -> None:
    context = verified(None)
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
