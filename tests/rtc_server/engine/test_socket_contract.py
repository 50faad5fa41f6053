"""What a socket loop has to do: batches of datagrams in, single ones out, nothing queued.

Runs over every loop there is. What crosses is bytes, times, addresses and outcomes.
"""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

import pytest

from rtc_server.net.path import DatagramSocket, DatagramSocketMaker, Path, SendOutcome, Sent
from rtc_server.net.udp_socket import UdpSocket
from tests.support.until import until_here

STUN = b"\x00\x01" + bytes(18)
MEDIA = b"\x80" + bytes(20)
BUFFER_BYTES: Final = 1 << 20
SOCKETS: Final[dict[str, DatagramSocketMaker]] = {"python": UdpSocket}


@pytest.fixture(params=sorted(SOCKETS))
def make(request: pytest.FixtureRequest) -> DatagramSocketMaker:
    return SOCKETS[request.param]


@dataclass
class Taker:
    """A peer that keeps its datagrams."""

    datagrams: list[bytes] = field(default_factory=list)

    def handle_datagram(self, data: bytes, now: float) -> None:
        self.datagrams.append(data)


@dataclass
class Seen:
    """What a socket told that belongs to no peer, and how many batches it read."""

    others: list[tuple[Path, bytes]] = field(default_factory=list)
    batches: int = 0

    def take_other(self, path: Path, data: bytes, now: float) -> None:
        self.others.append((path, data))

    def end_batch(self) -> None:
        self.batches += 1


@asynccontextmanager
async def reading(make: DatagramSocketMaker) -> AsyncIterator[tuple[DatagramSocket, Seen]]:
    seen = Seen()
    clock = asyncio.get_running_loop().time
    bound = make(
        "127.0.0.1",
        0,
        on_other=seen.take_other,
        on_batch=seen.end_batch,
        clock=clock,
        buffer_bytes=BUFFER_BYTES,
    )
    bound.start()
    try:
        yield bound, seen
    finally:
        bound.close()


async def test_known_addresses_reach_their_peer_and_stun_never_does(make: DatagramSocketMaker) -> None:
    async with reading(make) as (bound, seen):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as far:
            far.bind(("127.0.0.1", 0))
            far.sendto(STUN, ("127.0.0.1", bound.port))
            await until_here(lambda: seen.others)
            path, _ = seen.others.pop()
            assert (path.protocol, path.local) == ("udp", ("127.0.0.1", bound.port))
            assert path.remote == far.getsockname()
            taker = Taker()
            path.bind(taker)
            for data in (MEDIA, STUN, b"", MEDIA):
                far.sendto(data, ("127.0.0.1", bound.port))
            await until_here(lambda: len(taker.datagrams) + len(seen.others) == 4)
            assert taker.datagrams == [MEDIA, MEDIA]
            assert [data for _, data in seen.others] == [STUN, b""]
            path.unbind(Taker())
            far.sendto(MEDIA, ("127.0.0.1", bound.port))
            await until_here(lambda: len(taker.datagrams) == 3)
            path.unbind(taker)
            far.sendto(MEDIA, ("127.0.0.1", bound.port))
            await until_here(lambda: len(seen.others) == 3)
            assert len(taker.datagrams) == 3


async def test_what_is_sent_on_a_path_leaves_from_where_the_question_came_in(
    make: DatagramSocketMaker,
) -> None:
    async with reading(make) as (bound, seen):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as far:
            far.bind(("127.0.0.1", 0))
            far.sendto(STUN, ("127.0.0.1", bound.port))
            await until_here(lambda: seen.others)
            assert seen.others[0][0].send(MEDIA) is SendOutcome.SENT
            assert far.recvfrom(2048) == (MEDIA, ("127.0.0.1", bound.port))


async def test_whatever_leaves_together_arrives_as_it_was_and_in_order(make: DatagramSocketMaker) -> None:
    """Pictures end in a shorter packet, sound comes between, and nothing says that sizes are alike."""
    sizes = [*[1100] * 70, 300, 40, 1100, 40, 900, 1100, *[1] * 5, 1472, 1472]
    datagrams = [bytes([number]) * size for number, size in enumerate(sizes)]
    async with reading(make) as (bound, seen):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as far:
            far.bind(("127.0.0.1", 0))
            far.settimeout(5)
            far.sendto(STUN, ("127.0.0.1", bound.port))
            await until_here(lambda: seen.others)
            path = seen.others[0][0]
            assert path.send_all(datagrams) == Sent(len(sizes), sum(sizes), 0, 0)
            assert [far.recv(2048) for _ in sizes] == datagrams
            assert path.send_all([]) == Sent(0, 0, 0, 0)
            too_long = bytes(70_000)
            assert path.send_all([MEDIA, too_long, too_long, MEDIA]) == Sent(2, 2 * len(MEDIA), 0, 2)


async def test_a_flood_is_read_in_batches(make: DatagramSocketMaker) -> None:
    async with reading(make) as (bound, seen):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as far:
            for _ in range(200):
                far.sendto(MEDIA, ("127.0.0.1", bound.port))
            await until_here(lambda: len(seen.others) == 200)
            assert 7 <= seen.batches <= 60


async def test_the_kernels_refusals_are_outcomes(make: DatagramSocketMaker) -> None:
    async with reading(make) as (bound, _):
        assert bound.send(b"x", ("127.0.0.1", 9)) is SendOutcome.SENT
        assert bound.send(bytes(70_000), ("127.0.0.1", 9)) is SendOutcome.FAILED


async def test_an_address_in_use_is_an_error(make: DatagramSocketMaker) -> None:
    async with reading(make) as (bound, seen):
        with pytest.raises(OSError, match="in use"):
            make(
                "127.0.0.1",
                bound.port,
                on_other=seen.take_other,
                on_batch=seen.end_batch,
                clock=lambda: 0.0,
                buffer_bytes=BUFFER_BYTES,
            )
