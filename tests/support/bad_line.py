"""A bad line in a process of its own, so that neither a busy test nor the line holds the other up.

Everything that a person's computer sends and receives shares it: UDP of media, TCP of pages and signalling.

    with bad_line(udp=[port_of_media], tcp=[port_of_pages]) as line:
        line.be(uplink=Impairment(rate_bps=300_000, delay_ms=75), downlink=Impairment(loss=0.05))
        ... connect to line.udp[port_of_media], line.tcp[port_of_pages]
"""

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import partial
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from typing import Any, Final

from tests.support.carrier import Carrier
from tests.support.impairment import CLEAN, Impairment, Step, Tally
from tests.support.tcp_relay import TcpRelay, relaying
from tests.support.udp_relay import UdpRelay

_ROOT: Final = Path(__file__).resolve().parents[2]
_HOST: Final = "127.0.0.1"
_START_SECONDS: Final = 30.0
_ANSWER_SECONDS: Final = 10.0


class _Order(Enum):
    """What a line is told."""

    PLAN = "plan"
    BLOCK_UDP = "block UDP"
    MOVE = "move"
    CUT = "cut"
    TALLIES = "tallies"
    END = "end"


@dataclass(frozen=True, slots=True)
class BadLine:
    """The line's remote control; made by `bad_line`.

    Attributes:
        udp, tcp: the line's port for each port of the server.
    """

    udp: dict[int, int]
    tcp: dict[int, int]
    _pipe: "Connection[Any, Any]"

    def be(self, *, uplink: Impairment = CLEAN, downlink: Impairment = CLEAN) -> None:
        """Be such a line from now on."""
        self.plan([Step(0, uplink)], [Step(0, downlink)])

    def plan(self, uplink: Sequence[Step], downlink: Sequence[Step]) -> None:
        """Be one line after the other, timed by the line's own process."""
        self._ask(_Order.PLAN, tuple(uplink), tuple(downlink))

    def block_udp(self, blocked: bool = True) -> None:
        """Drop every datagram without a word, as a firewall does, or let them pass again."""
        self._ask(_Order.BLOCK_UDP, blocked)

    def move(self) -> None:
        """Let the server see every client of UDP at another address, and reset connections of TCP."""
        self._ask(_Order.MOVE)

    def cut(self) -> None:
        """Reset every connection of TCP."""
        self._ask(_Order.CUT)

    def tallies(self) -> tuple[Tally, Tally]:
        """Return what became of what was sent up, and down."""
        up, down = self._ask(_Order.TALLIES)
        return up, down

    def _ask(self, order: _Order, *arguments: object) -> Any:
        self._pipe.send((order, arguments))
        if not self._pipe.poll(_ANSWER_SECONDS):
            raise TimeoutError(f"the line does not answer: {order.value}")
        return self._pipe.recv()


@contextlib.contextmanager
def bad_line(
    *,
    udp: Sequence[int] = (),
    tcp: Sequence[int] = (),
    seed: int = 1,
    host: str = _HOST,
    at: str = _HOST,
) -> Iterator[BadLine]:
    """Run a line before ports of this machine; it is clean until it is told otherwise.

    Args:
        udp, tcp: ports of the server.
        seed: of its decisions.
        host: the server's address.
        at: the line's own, of this machine.
    """
    ours, theirs = Pipe()
    given = f"{theirs.fileno()}, {[*udp]}, {[*tcp]}, {seed}, {host!r}, {at!r}"
    program = f"from {__name__} import serve; serve({given})"
    process = subprocess.Popen([sys.executable, "-c", program], cwd=_ROOT, pass_fds=[theirs.fileno()])
    theirs.close()
    try:
        if not ours.poll(_START_SECONDS):
            raise TimeoutError("the line does not start")
        yield BadLine(*ours.recv(), ours)
    finally:
        with contextlib.suppress(OSError):
            ours.send((_Order.END, ()))
        try:
            process.wait(_ANSWER_SECONDS)
        finally:
            process.kill()
            process.wait()
            ours.close()


def serve(descriptor: int, udp: Sequence[int], tcp: Sequence[int], seed: int, host: str, at: str) -> None:
    """Be the line's process, told what to do through a pipe."""
    with Connection(descriptor) as pipe:
        asyncio.run(_Line(pipe, seed, host, at).serve(udp, tcp))


class _Line:
    """The line in its process."""

    def __init__(self, pipe: "Connection[Any, Any]", seed: int, host: str, at: str) -> None:
        self._pipe, self._seed, self._host, self._at = pipe, seed, host, at
        self._udp: dict[int, UdpRelay] = {}
        self._tcp: dict[int, TcpRelay] = {}

    async def serve(self, udp: Sequence[int], tcp: Sequence[int]) -> None:
        """Relay until told to end, or until nobody is there to tell."""
        self._up, self._down = carriers = Carrier(self._seed), Carrier(self._seed + 1)
        self._ended = asyncio.Event()
        async with contextlib.AsyncExitStack() as stack:
            for port in udp:
                relay = UdpRelay((self._host, port), address=self._at, carriers=carriers)
                self._udp[port] = await stack.enter_async_context(relay)
            for port in tcp:
                reach = partial(asyncio.open_connection, self._host, port)
                self._tcp[port] = await stack.enter_async_context(
                    relaying(reach, address=self._at, carriers=carriers)
                )
            loop = asyncio.get_running_loop()
            loop.add_reader(self._pipe.fileno(), self._obey)
            ports = [{port: one.port for port, one in relays.items()} for relays in (self._udp, self._tcp)]
            self._pipe.send(ports)
            await self._ended.wait()
            loop.remove_reader(self._pipe.fileno())
        for carrier in carriers:
            carrier.close()

    def _obey(self) -> None:
        try:
            order, arguments = self._pipe.recv()
        except EOFError:
            self._ended.set()
            return
        self._pipe.send(self._do(order, *arguments))

    def _do(self, order: _Order, *arguments: Any) -> object:
        match order:
            case _Order.PLAN:
                self._up.plan(arguments[0])
                self._down.plan(arguments[1])
            case _Order.BLOCK_UDP:
                for udp in self._udp.values():
                    udp.blocked = arguments[0]
            case _Order.MOVE:
                for udp in self._udp.values():
                    udp.move_clients()
                self._cut()
            case _Order.CUT:
                self._cut()
            case _Order.TALLIES:
                return self._up.tally, self._down.tally
            case _Order.END:
                self._ended.set()
        return None

    def _cut(self) -> None:
        for tcp in self._tcp.values():
            tcp.cut()
