"""ICE-TCP streams within their bounds, and a UDP socket that drops instead of queueing.

What else UDP sockets do stands in `tests/rtc_server/engine/test_socket_contract.py`.
"""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest

from rtc_server.config import MediaLimits
from rtc_server.net import tcp
from rtc_server.net.path import SendOutcome
from rtc_server.net.tcp import TcpListener, TcpPath
from rtc_server.net.udp_socket import UdpSocket
from tests.support.until import until_here

STUN = b"\x00\x01" + bytes(18)
MEDIA = b"\x80" + bytes(20)


@dataclass
class Taker:
    """A peer that keeps its datagrams."""

    datagrams: list[bytes] = field(default_factory=list)

    def handle_datagram(self, data: bytes, now: float) -> None:
        self.datagrams.append(data)


async def test_a_full_kernel_buffer_drops() -> None:
    bound = UdpSocket(
        "127.0.0.1",
        0,
        on_other=lambda path, data, now: None,
        on_batch=lambda: None,
        buffer_bytes=1 << 20,
        clock=asyncio.get_running_loop().time,
    )

    def full(data: bytes, address: object) -> int:
        raise BlockingIOError

    bound._sendto = full  # type: ignore[assignment]
    assert bound.send(b"x", ("127.0.0.1", 9)) is SendOutcome.FULL
    bound.close()


@dataclass
class Streams:
    """A listener and what came to it; streams that sent STUN are accepted when `accepts`."""

    port: int = 0
    accepts: bool = True
    taker: Taker = field(default_factory=Taker)
    stun: list[bytes] = field(default_factory=list)
    paths: list[TcpPath] = field(default_factory=list)
    lost: list[TcpPath] = field(default_factory=list)

    def on_stun(self, path: TcpPath, data: bytes, now: float) -> None:
        self.stun.append(data)
        if self.accepts:
            self.paths.append(path)
            path.bind(self.taker)


@asynccontextmanager
async def streams(**limits: int) -> AsyncIterator[Streams]:
    on = Streams()
    listener = TcpListener(
        on_stun=on.on_stun,
        on_batch=lambda: None,
        on_lost=on.lost.append,
        limits=replace(MediaLimits(), **limits),
        clock=asyncio.get_running_loop().time,
    )
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        on.port = probe.getsockname()[1]
    await listener.start("127.0.0.1", on.port)
    try:
        yield on
    finally:
        listener.close()


def framed(*frames: bytes) -> bytes:
    return b"".join(len(frame).to_bytes(2) + frame for frame in frames)


async def is_cut(reader: asyncio.StreamReader) -> bool:
    async with asyncio.timeout(20):
        try:
            return await reader.read(1) == b""
        except ConnectionError:
            return True


async def test_frames_arrive_however_the_stream_is_cut_up() -> None:
    async with streams() as on:
        _, writer = await asyncio.open_connection("127.0.0.1", on.port)
        for byte in framed(STUN, MEDIA, MEDIA + b"2"):
            writer.write(bytes([byte]))
            await writer.drain()
        await until_here(lambda: len(on.taker.datagrams) == 2)
        assert on.stun == [STUN]
        assert on.taker.datagrams == [MEDIA, MEDIA + b"2"]
        writer.close()
        await until_here(lambda: on.lost)


async def test_frames_go_out_framed() -> None:
    async with streams() as on:
        reader, writer = await asyncio.open_connection("127.0.0.1", on.port)
        writer.write(framed(STUN))
        await until_here(lambda: on.paths)
        assert on.paths[0].send(MEDIA) is SendOutcome.SENT
        assert await reader.readexactly(2 + len(MEDIA)) == framed(MEDIA)
        writer.close()


async def test_a_stream_that_opens_with_anything_but_stun_is_cut() -> None:
    async with streams() as on:
        reader, writer = await asyncio.open_connection("127.0.0.1", on.port)
        writer.write(framed(MEDIA))
        assert await is_cut(reader)
        assert on.taker.datagrams == []
        writer.close()


async def test_a_stream_nobody_accepts_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tcp, "ACCEPT_TIMEOUT", 0.05)
    async with streams() as on:
        on.accepts = False
        reader, writer = await asyncio.open_connection("127.0.0.1", on.port)
        writer.write(framed(STUN))
        assert await is_cut(reader)
        writer.close()


async def test_there_are_only_so_many_streams() -> None:
    async with streams(max_tcp_connections=2) as on:
        kept = [await asyncio.open_connection("127.0.0.1", on.port) for _ in range(2)]
        reader, writer = await asyncio.open_connection("127.0.0.1", on.port)
        assert await is_cut(reader)
        for _, each in (*kept, (reader, writer)):
            each.close()


async def test_a_reader_that_does_not_read_loses_media_not_our_memory() -> None:
    async with streams(max_tcp_backlog_bytes=50_000) as on:
        _, writer = await asyncio.open_connection("127.0.0.1", on.port)
        writer.write(framed(STUN))
        await until_here(lambda: on.paths)
        path = on.paths[0]
        outcomes = [path.send(bytes(1200)) for _ in range(20_000)]
        assert outcomes[0] is SendOutcome.SENT
        assert outcomes[-1] is SendOutcome.FULL
        path.close()
        assert path.send(MEDIA) is SendOutcome.FAILED
        writer.close()
