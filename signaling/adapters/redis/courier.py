"""What passes between processes at once, past the event bus: one Redis channel a process, one sender here.

Nothing is kept or repeated. What waits is bounded; what Redis does not take in time is dropped. Whoever sends
numbers, so that whoever hears notices: a message of control that comes late is worse than none.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import groupby
from typing import Final

from redis.asyncio import Redis
from redis.exceptions import RedisError

from signaling.adapters.redis.channel import Channel
from signaling.services.keeping import keep

_CHANNEL: Final = "bangban:control:"
_MOST_WAITING: Final = 512
"""Two seconds of a specialist who drags as fast as is allowed; more wait only where Redis does not answer."""

_log = logging.getLogger(__name__)


class RedisCourier:
    """Courier port over Redis publish / subscribe; use `open_redis_courier`."""

    def __init__(self, redis: Redis, process: str) -> None:
        self.process = process
        self._redis = redis
        self._outbox: asyncio.Queue[tuple[str, str]] = asyncio.Queue(_MOST_WAITING)
        self._take: Callable[[str], None] | None = None
        self.channel = Channel(redis, _CHANNEL + process, take=self._hand_on, again=lambda: None)

    def send(self, process: str, text: str) -> bool:
        """Take a text without a line break for another process; False when too many wait."""
        try:
            self._outbox.put_nowait((process, text))
        except asyncio.QueueFull:
            return False
        return True

    def hear(self, take: Callable[[str], None]) -> None:
        """Call `take` with what comes; it must neither wait nor raise."""
        self._take = take

    async def deliver(self) -> None:
        """Hand over what waits, in order, until cancelled."""
        while True:
            waiting = [await self._outbox.get()]
            while not self._outbox.empty():
                waiting.append(self._outbox.get_nowait())
            for process, texts in groupby(waiting, lambda one: one[0]):
                await self._publish(process, "\n".join(text for _, text in texts))

    async def _publish(self, process: str, texts: str) -> None:
        try:
            await self._redis.publish(_CHANNEL + process, texts)
        except RedisError as error:
            _log.warning("messages of control did not reach their process: %s", type(error).__name__)

    def _hand_on(self, data: bytes) -> None:
        if self._take is None:
            return
        for text in data.decode(errors="replace").split("\n"):
            self._take(text)


@asynccontextmanager
async def open_redis_courier(redis: Redis, process: str) -> AsyncIterator[RedisCourier]:
    """Run a courier while the context lasts; it listens when this is entered.

    Args:
        redis: a client of its own pool, without `decode_responses`.
        process: distinct for every process, without spaces.
    """
    courier = RedisCourier(redis, process)
    async with asyncio.TaskGroup() as tasks:
        running = [
            tasks.create_task(keep("the channel of control", courier.channel.run)),
            tasks.create_task(keep("the sending of control", courier.deliver)),
        ]
        try:
            await courier.channel.listening.wait()
            yield courier
        finally:
            courier.channel.leaving.set()
            for task in running:
                task.cancel()
