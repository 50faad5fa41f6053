"""A TCP proxy over a long line that loses segments, as TCP shows it: late and in order, never missing.

A segment that is lost is sent again and arrives one round trip later; what was sent after it waits behind it
(RFC 9293 §3.8.1, RFC 6675: a loss amid traffic is noticed by what follows it and mended in one round trip).
"""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from typing import Final

SEGMENT_BYTES: Final = 1460


@contextlib.asynccontextmanager
async def lossy_line(port: int, *, delay_s: float, loss: float, seed: int) -> AsyncIterator[int]:
    """Run the proxy before a port of this machine.

    Args:
        delay_s: of each direction.
        loss: share of segments that are lost, by each sending.
    """
    chance = random.Random(seed)
    carried: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", port)
        for source, target in ((reader, back), (there, writer)):
            lane = _Lane(delay_s, loss, chance)
            for work in (lane.take(source), lane.give(target)):
                carried.add(asyncio.create_task(work))

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield int(server.sockets[0].getsockname()[1])
        server.close()
        for task in carried:
            task.cancel()
        await asyncio.gather(*carried, return_exceptions=True)


class _Lane:
    """One direction of one connection."""

    def __init__(self, delay_s: float, loss: float, chance: random.Random) -> None:
        self._delay_s, self._loss, self._chance = delay_s, loss, chance
        self._way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(1000)
        self._arrived = 0.0

    async def take(self, source: asyncio.StreamReader) -> None:
        """Put segments on the line until the sender ends."""
        loop = asyncio.get_running_loop()
        with contextlib.suppress(ConnectionError):
            while data := await source.read(SEGMENT_BYTES):
                late = self._delay_s
                while self._chance.random() < self._loss:
                    late += 2 * self._delay_s
                self._arrived = max(self._arrived, loop.time() + late)
                await self._way.put((self._arrived, data))
        await self._way.put((self._arrived, b""))

    async def give(self, target: asyncio.StreamWriter) -> None:
        """Hand them out when they arrive."""
        loop = asyncio.get_running_loop()
        with contextlib.suppress(ConnectionError), contextlib.closing(target):
            while True:
                at, data = await self._way.get()
                await asyncio.sleep(max(0.0, at - loop.time()))
                if not data:
                    return
                target.write(data)
                await target.drain()
