"""The relays of the tests on real sockets: what a line does to UDP and to TCP, and one line for both."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from functools import partial
from typing import Any

import pytest

from tests.support.bad_line import bad_line
from tests.support.impairment import BLACKOUT, CLEAN, Impairment, Step
from tests.support.tcp_relay import TcpRelay, relaying
from tests.support.udp_relay import UdpRelay
from tests.support.until import until_here

PIECES, DELAY_S = 200, 0.02


@contextlib.asynccontextmanager
async def lines_server(arrived: list[tuple[int, float]], whole: asyncio.Event) -> AsyncIterator[TcpRelay]:
    """Run a server that notes the numbers it is sent, and a relay before it."""
    loop = asyncio.get_running_loop()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            arrived.append((int(line), loop.time()))
        writer.close()
        whole.set()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, relaying(partial(asyncio.open_connection, "127.0.0.1", port), seed=3) as relay:
        yield relay


async def test_what_tcp_loses_is_late_and_in_order() -> None:
    sent: list[float] = []
    arrived: list[tuple[int, float]] = []
    whole = asyncio.Event()
    async with lines_server(arrived, whole) as relay:
        relay.uplink = Impairment(delay_ms=1000 * DELAY_S, loss=0.1)
        _, writer = await asyncio.open_connection("127.0.0.1", relay.port)
        for number in range(PIECES):
            sent.append(asyncio.get_running_loop().time())
            writer.write(f"{number}\n".encode())
            await writer.drain()
            await asyncio.sleep(0.005)  # the pace of a hand, so that each is a segment
        writer.close()
        async with asyncio.timeout(20):
            await whole.wait()
    assert [number for number, _ in arrived] == list(range(PIECES))
    late = [at - sent[number] for number, at in arrived]
    assert min(late) >= DELAY_S
    assert sum(one >= 3 * DELAY_S for one in late) >= PIECES // 20, "a lost one takes a round trip more"


async def test_a_blackout_stalls_tcp_and_loses_nothing() -> None:
    arrived: list[tuple[int, float]] = []
    whole = asyncio.Event()
    async with lines_server(arrived, whole) as relay:
        relay.stall()
        _, writer = await asyncio.open_connection("127.0.0.1", relay.port)
        writer.write(b"1\n")
        writer.write_eof()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await whole.wait()
        relay.flow()
        async with asyncio.timeout(5):
            await whole.wait()
        writer.close()
    assert [number for number, _ in arrived] == [1]


async def test_tcp_keeps_the_rate_of_its_line() -> None:
    arrived: list[tuple[int, float]] = []
    whole = asyncio.Event()
    async with lines_server(arrived, whole) as relay:
        relay.uplink = Impairment(rate_bps=1_000_000)
        begun = asyncio.get_running_loop().time()
        _, writer = await asyncio.open_connection("127.0.0.1", relay.port)
        writer.write(b"12345678\n" * 10_000)
        writer.write_eof()
        async with asyncio.timeout(10):
            await whole.wait()
        writer.close()
    assert len(arrived) == 10_000
    assert arrived[-1][1] - begun >= 90_000 * 8 / 1_000_000


class Echo(asyncio.DatagramProtocol):
    """Sends back what comes, and notes from where."""

    def __init__(self) -> None:
        self.clients: list[Any] = []

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.clients.append(addr)
        self.transport.sendto(data, addr)


async def test_each_udp_client_has_an_address_of_its_own_until_it_moves() -> None:
    loop = asyncio.get_running_loop()
    transport, echo = await loop.create_datagram_endpoint(Echo, local_addr=("127.0.0.1", 0))
    async with UdpRelay(transport.get_extra_info("sockname")) as relay, asyncio.timeout(5):
        with contextlib.ExitStack() as stack:
            alice, bob = (stack.enter_context(udp_client(relay.port)) for _ in range(2))
            for client, words in ((alice, b"alice"), (bob, b"bob"), (alice, b"again")):
                await loop.sock_sendall(client, words)
                assert await loop.sock_recv(client, 100) == words
            assert echo.clients[0] == echo.clients[2] != echo.clients[1]
            relay.move_clients()
            await loop.sock_sendall(alice, b"moved")
            assert await loop.sock_recv(alice, 100) == b"moved"
            assert echo.clients[3] not in echo.clients[:3]
            relay.uplink = BLACKOUT
            await loop.sock_sendall(alice, b"lost")
            await until_here(lambda: relay.uplink_tally.lost)
            assert len(echo.clients) == 4
    transport.close()


def udp_client(port: int) -> socket.socket:
    client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    client.setblocking(False)
    client.connect(("127.0.0.1", port))
    return client


@pytest.fixture
def servers() -> Iterator[tuple[socket.socket, socket.socket]]:
    """A UDP and a TCP server; nobody answers yet."""
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
        socket.create_server(("127.0.0.1", 0)) as tcp,
    ):
        udp.bind(("127.0.0.1", 0))
        for one in (udp, tcp):
            one.settimeout(5)
        yield udp, tcp


def test_a_line_in_its_own_process(servers: tuple[socket.socket, socket.socket]) -> None:
    """Both protocols share it, it is told in mid-run, and its plan passes by itself."""
    udp, tcp = servers
    udp_port, tcp_port = udp.getsockname()[1], tcp.getsockname()[1]
    with (
        bad_line(udp=[udp_port], tcp=[tcp_port], seed=5) as line,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client,
        socket.create_connection(("127.0.0.1", line.tcp[tcp_port])) as stream,
    ):
        stream.settimeout(5)
        client.connect(("127.0.0.1", line.udp[udp_port]))
        accepted, _ = tcp.accept()
        client.send(b"clean")
        assert udp.recv(100) == b"clean"
        line.plan([Step(0, BLACKOUT), Step(0.3, CLEAN)], [Step(0, CLEAN)])
        client.send(b"in the dark")
        stream.sendall(b"stalled")
        assert accepted.recv(100) == b"stalled", "TCP comes when the blackout ends"
        client.send(b"after")
        assert udp.recv(100) == b"after"
        line.block_udp()
        client.send(b"blocked")
        stream.sendall(b"open")
        assert accepted.recv(100) == b"open"
        line.block_udp(False)
        client.send(b"again")
        assert udp.recv(100) == b"again"
        up, down = line.tallies()
        assert up.lost >= 1
        assert down.lost == 0
        line.move()
        with contextlib.suppress(ConnectionError):
            assert stream.recv(100) == b"", "a client that moved has no connections"
        accepted.close()
