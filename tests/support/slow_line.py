"""A TCP proxy over a line of a given rate: what passes waits its turn, as on a village's ADSL.

async with slow_line(port_of_the_server, rate_bps=1_000_000) as port:
    ... connect to 127.0.0.1:port
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator

CHUNK_BYTES = 1460
"""One TCP segment: smaller than what a ping waits behind."""
BUFFER_BYTES = 32 * 1024
"""What the near end of the line holds; the rest stays with the sender."""


@contextlib.asynccontextmanager
async def slow_line(port: int, *, rate_bps: float) -> AsyncIterator[int]:
    """Run the proxy before a port of this machine; each direction of the whole line has `rate_bps`."""
    down, up = _Lane(rate_bps), _Lane(rate_bps)
    carried: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", port, limit=BUFFER_BYTES)
        for lane, source, target in ((up, reader, back), (down, there, writer)):
            carried.add(asyncio.create_task(lane.carry(source, target)))

    server = await asyncio.start_server(serve, "127.0.0.1", 0, limit=BUFFER_BYTES)
    async with server:
        yield int(server.sockets[0].getsockname()[1])
        server.close()
        for task in carried:
            task.cancel()
        await asyncio.gather(*carried, return_exceptions=True)


class _Lane:
    """One direction: everything on it shares its rate."""

    def __init__(self, rate_bps: float) -> None:
        self._bytes_per_s = rate_bps / 8
        self._free_at = 0.0

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass on what comes until either end is gone."""
        loop = asyncio.get_running_loop()
        with contextlib.suppress(ConnectionError), contextlib.closing(writer):
            while data := await reader.read(CHUNK_BYTES):
                self._free_at = max(self._free_at, loop.time()) + len(data) / self._bytes_per_s
                await asyncio.sleep(self._free_at - loop.time())
                writer.write(data)
                await writer.drain()
