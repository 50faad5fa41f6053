"""A relay between clients and a server that can fall silent, slow down or cut: what networks do."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Final

_BYTES: Final = 64 * 1024

Open = Callable[[], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]


class TcpRelay:
    """Passes bytes both ways; made by `relaying`."""

    def __init__(self, reach: Open) -> None:
        self._reach = reach
        self._passes = asyncio.Event()
        self._passes.set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self.port = 0
        self.delay_s = 0.0
        """How much later each piece arrives, in each direction."""

    def stall(self) -> None:
        """Forward nothing more, of old connections and new ones, without a word to anybody."""
        self._passes.clear()

    def flow(self) -> None:
        """Forward again, what was held back first."""
        self._passes.set()

    def cut(self) -> None:
        """Reset every connection."""
        for writer in tuple(self._writers):
            writer.transport.abort()

    def forget(self) -> None:
        """Leave the connections there are silent for ever, as a firewall that forgot them; new ones work."""
        for task in tuple(self._tasks):
            task.cancel()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection."""
        self._writers.add(writer)
        await self._passes.wait()
        try:
            far_reader, far_writer = await self._reach()
        except OSError:  # nobody is there: the client is told by the end of its connection
            writer.transport.abort()
            return
        self._writers.add(far_writer)
        for source, sink in ((reader, far_writer), (far_reader, writer)):
            task = asyncio.create_task(self._pump(source, sink))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await source.read(_BYTES):
                if self.delay_s:
                    await asyncio.sleep(self.delay_s)
                await self._passes.wait()
                sink.write(data)
                await sink.drain()
            sink.close()

    async def close(self) -> None:
        """End everything."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        self.cut()


@asynccontextmanager
async def relaying(reach: Open, *, secure: ssl.SSLContext | None = None) -> AsyncIterator[TcpRelay]:
    """Run a relay on a port of loopback, `relay.port`.

    Args:
        reach: opens a connection to the server behind it.
        secure: speak TLS to the clients, and plainly to the server.
    """
    relay = TcpRelay(reach)
    server = await asyncio.start_server(relay.serve, "127.0.0.1", 0, ssl=secure)
    relay.port = server.sockets[0].getsockname()[1]
    try:
        yield relay
    finally:
        server.close()
        await relay.close()
        await server.wait_closed()
