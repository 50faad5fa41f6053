"""A relay between clients and a TCP server that can fall silent, slow down, lose or cut: what networks do.

What is lost on the line is sent again, so a connection shows it as a stall: late and in order, never missing.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Final

from tests.support.carrier import Carrier
from tests.support.impairment import BLACKOUT, CLEAN, Impairment

_SEGMENT_BYTES: Final = 1460
_SYN_BYTES: Final = 60
_HEADERS_BYTES: Final = 40
"""IPv4 and TCP: a line's rate is of whole packets."""
_PIECE_BYTES: Final = 64 * 1024
"""What is read at once for a line that does nothing."""
_WINDOW_PIECES: Final = 128
"""Segments of one direction of a connection that are on their way (187 kB); the sender keeps the rest."""

Open = Callable[[], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]


class TcpRelay:
    """Passes bytes both ways; made by `relaying`."""

    def __init__(self, reach: Open, up: Carrier, down: Carrier) -> None:
        self._reach = reach
        self._up, self._down = up, down
        self._tasks: set[asyncio.Task[None]] = set()
        self._opening: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self.port = 0

    @property
    def uplink(self) -> Impairment:
        """What happens to what clients send; a blackout keeps it until it ends."""
        return self._up.line

    @uplink.setter
    def uplink(self, impairment: Impairment) -> None:
        self._up.line = impairment

    @property
    def downlink(self) -> Impairment:
        """What happens to what the server sends."""
        return self._down.line

    @downlink.setter
    def downlink(self, impairment: Impairment) -> None:
        self._down.line = impairment

    def stall(self) -> None:
        """Forward nothing more, of old connections and new ones, without a word to anybody."""
        self.uplink = self.downlink = BLACKOUT

    def flow(self) -> None:
        """Forward again, what was held back first."""
        self.uplink = self.downlink = CLEAN

    def cut(self) -> None:
        """Reset every connection."""
        for writer in tuple(self._writers):
            writer.transport.abort()
        self._writers.clear()

    def forget(self) -> None:
        """Leave the connections there are silent for ever, as a firewall that forgot them; new ones work."""
        for task in tuple(self._tasks):
            task.cancel()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection."""
        self._writers.add(writer)
        task = asyncio.current_task()
        assert task is not None
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)
        opened = asyncio.Event()
        await self._up.carry_reliably(opened.set, _SYN_BYTES, opened)
        await opened.wait()
        self._up.forget(opened)
        try:
            far_reader, far_writer = await self._reach()
        except OSError:  # nobody is there: the client is told by the end of its connection
            writer.transport.abort()
            return
        self._writers.add(far_writer)
        for carrier, source, sink in ((self._up, reader, far_writer), (self._down, far_reader, writer)):
            way = _Way(carrier, source, sink)
            for work in (way.take(), way.give()):
                task = asyncio.create_task(work)
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """End everything."""
        tasks = (*self._tasks, *self._opening)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        self.cut()


class _Way:
    """One direction of one connection."""

    def __init__(self, carrier: Carrier, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        self._carrier, self._source, self._sink = carrier, source, sink
        self._arrived: asyncio.Queue[bytes] = asyncio.Queue()
        self._window = asyncio.Semaphore(_WINDOW_PIECES)

    async def take(self) -> None:
        """Put on the line what comes, until the sender ends."""
        with suppress(OSError):
            while data := await self._source.read(
                _PIECE_BYTES if self._carrier.line.is_clean else _SEGMENT_BYTES
            ):
                await self._put(data)
        await self._put(b"")

    async def _put(self, data: bytes) -> None:
        await self._window.acquire()
        deliver = partial(self._arrived.put_nowait, data)
        await self._carrier.carry_reliably(deliver, len(data) + _HEADERS_BYTES, self)

    async def give(self) -> None:
        """Hand out what arrives."""
        try:
            with suppress(OSError):
                while data := await self._arrived.get():
                    self._sink.write(data)
                    await self._sink.drain()
                    self._window.release()
                if not self._sink.is_closing():  # closed twice, a TLS transport can be aborted no more
                    self._sink.close()
        finally:
            self._carrier.forget(self)


@asynccontextmanager
async def relaying(
    reach: Open,
    *,
    secure: ssl.SSLContext | None = None,
    seed: int = 1,
    address: str = "127.0.0.1",
    carriers: tuple[Carrier, Carrier] | None = None,
) -> AsyncIterator[TcpRelay]:
    """Run a relay on a port of an address of this machine, `relay.port`.

    Args:
        reach: opens a connection to the server behind it.
        secure: speak TLS to the clients, and plainly to the server.
        seed: of what is lost.
        carriers: of a line that is shared with others, up and down; it stays theirs.
    """
    up, down = carriers or (Carrier(seed), Carrier(seed + 1))
    relay = TcpRelay(reach, up, down)
    server = await asyncio.start_server(relay.serve, address, 0, ssl=secure)
    relay.port = server.sockets[0].getsockname()[1]
    try:
        yield relay
    finally:
        server.close()
        await relay.close()
        if carriers is None:
            up.close()
            down.close()
        await server.wait_closed()
