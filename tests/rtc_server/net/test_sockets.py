"""ICE-TCP streams within their bounds, and a UDP socket that drops instead of queueing.

What else UDP sockets do stands in `tests/rtc_server/engine/test_socket_contract.py`.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtc_server.config import MediaLimits
from rtc_server.net import tcp, udp_socket
from rtc_server.net.path import SendOutcome, Sent
from rtc_server.net.runs import split_runs
from rtc_server.net.tcp import TcpListener, TcpPath
from rtc_server.net.udp_socket import UdpPath, UdpSocket
from tests.support.until import until_here

SO_NO_CHECK = 11
"""`asm-generic/socket.h`; Python does not name it."""
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

    def full(*arguments: object) -> int:
        raise BlockingIOError

    bound._sendto = full  # type: ignore[assignment]
    bound._sendmsg = full  # type: ignore[assignment]
    assert bound.send(b"x", ("127.0.0.1", 9)) is SendOutcome.FULL
    path = UdpPath(bound, ("127.0.0.1", 9))
    assert path.send_all([MEDIA] * 3) == path.send_all([MEDIA] * 3) == Sent(0, 0, 3, 0)
    bound.close()


@pytest.fixture
def far() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bound:
        bound.bind(("127.0.0.1", 0))
        bound.settimeout(5)
        yield bound


class Calls:
    """A bound socket of ours that counts the system calls it makes."""

    def __init__(self) -> None:
        self.bound = UdpSocket(
            "127.0.0.1",
            0,
            on_other=lambda path, data, now: None,
            on_batch=lambda: None,
            buffer_bytes=1 << 20,
            clock=asyncio.get_running_loop().time,
        )
        self.made: list[str] = []
        for name in ("sendto", "sendmsg"):
            setattr(self.bound, f"_{name}", self._counted(name, getattr(self.bound._socket, name)))

    def _counted(self, name: str, call: Callable[..., int]) -> Callable[..., int]:
        def counted(*arguments: object) -> int:
            self.made.append(name)
            return call(*arguments)

        return counted


async def test_packets_of_a_picture_leave_by_one_call(far: socket.socket) -> None:
    calls = Calls()
    path = UdpPath(calls.bound, far.getsockname())
    picture = [bytes([number]) * 1100 for number in range(8)] + [b"end"]
    path.send_all(picture)
    path.send_all([MEDIA])
    assert calls.made == ["sendmsg", "sendto"]
    assert [far.recv(2048) for _ in range(10)] == [*picture, MEDIA]
    calls.bound.close()


async def test_where_the_kernel_refuses_a_run_its_datagrams_leave_alone_and_it_is_not_asked_again(
    far: socket.socket,
) -> None:
    """Without a checksum it cuts nothing up, nor with a device that makes none, nor for a smaller MTU."""
    calls = Calls()
    calls.bound._socket.setsockopt(socket.SOL_SOCKET, SO_NO_CHECK, 1)
    path, other = (UdpPath(calls.bound, far.getsockname()) for _ in range(2))
    picture = [bytes([number]) * 1100 for number in range(4)]
    for _ in range(2):
        assert path.send_all([*picture, b"end"]) == Sent(5, 4403, 0, 0)
        assert [far.recv(2048) for _ in range(5)] == [*picture, b"end"]
    assert calls.made == ["sendmsg", *["sendto"] * 10]
    calls.bound._socket.setsockopt(socket.SOL_SOCKET, SO_NO_CHECK, 0)
    other.send_all(picture)
    assert calls.made[11:] == ["sendmsg"]
    calls.bound.close()


async def test_a_kernel_without_runs_is_never_given_one(
    far: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(udp_socket, "_UDP_SEGMENT", 9_999)
    calls = Calls()
    UdpPath(calls.bound, far.getsockname()).send_all([MEDIA] * 3)
    assert calls.made == ["sendto"] * 3
    calls.bound.close()


@given(st.lists(st.sampled_from([0, 1, 40, 1100, 1472, 40_000, 70_000]) | st.integers(0, 1500), max_size=150))
def test_runs_are_what_the_kernel_takes_and_nothing_is_lost(sizes: list[int]) -> None:
    datagrams = [bytes(size) for size in sizes]
    parts = list(split_runs(datagrams))
    assert [data for run in parts for data in run] == datagrams
    for run in parts:
        size = len(run[0])
        assert all(len(data) == size for data in run[:-1])
        if len(run) > 1:
            assert 0 < len(run[-1]) <= size
            assert len(run) <= 64
            assert sum(map(len, run)) <= 65_000


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
