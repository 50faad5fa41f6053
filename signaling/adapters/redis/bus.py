"""The event bus of several processes: Redis publish / subscribe, and direct delivery within a process.

A process's own subscribers are called before `publish` returns, as with the memory bus; other processes
hear it through Redis. While Redis is away events reach only their own process; the calls themselves are in
SQL, where every change is made, so what was missed is told with the next change.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

from redis.asyncio import Redis
from redis.exceptions import RedisError

from signaling.adapters.memory.bus import MemoryBus
from signaling.adapters.redis.client import heeding_cancellation
from signaling.adapters.redis.events import dump_event, parse_event
from signaling.domain.events import DomainEvent

_log = logging.getLogger(__name__)
_CHANNEL: Final = "bangban:events"
_RETRY_AFTER: Final = 1.0
_POLL: Final = 5.0


class RedisBus:
    """EventBus port; use `open_redis_bus`."""

    def __init__(self, redis: Redis, process_id: str) -> None:
        self._redis = redis
        self._process_id = process_id
        self._local = MemoryBus()
        self.listening = asyncio.Event()

    async def publish(self, *events: DomainEvent) -> None:
        """Deliver here, then to the other processes."""
        await self._local.publish(*events)
        for event in events:
            try:
                await self._redis.publish(_CHANNEL, f"{self._process_id} {dump_event(event)}")
            except RedisError as error:
                _log.warning("event %s reached this process only: %s", type(event).__name__, error)

    def subscribe(self, handler: Callable[[DomainEvent], Awaitable[None]]) -> Callable[[], None]:
        """Call `handler` with every event of every process; return how to stop that."""
        return self._local.subscribe(handler)

    async def listen(self) -> None:
        """Hand on what other processes publish, until cancelled; reconnects."""
        while True:
            try:
                await self._listen_once()
            except RedisError as error:
                _log.warning("event channel lost, trying again: %s", error)
            self.listening.clear()
            await asyncio.sleep(_RETRY_AFTER)

    async def _listen_once(self) -> None:
        async with self._redis.pubsub(ignore_subscribe_messages=False) as channel:
            with heeding_cancellation():
                await channel.subscribe(_CHANNEL)
            while True:
                message = await channel.get_message(timeout=_POLL)
                if message is None:
                    continue
                if message["type"] == "subscribe":
                    self.listening.set()
                elif message["type"] == "message":
                    await self._hand_on(message["data"])

    async def _hand_on(self, data: bytes) -> None:
        sender, _, text = data.decode().partition(" ")
        if sender == self._process_id:
            return
        event = parse_event(text)
        if event is not None:
            await self._local.publish(event)


@asynccontextmanager
async def open_redis_bus(redis: Redis, process_id: str) -> AsyncIterator[RedisBus]:
    """Run a bus; it listens when this is entered.

    Args:
        redis: a client of its own pool, without `decode_responses`.
        process_id: distinct for every process, without spaces.
    """
    bus = RedisBus(redis, process_id)
    async with asyncio.TaskGroup() as tasks:
        listener = tasks.create_task(bus.listen())
        try:
            await bus.listening.wait()
            yield bus
        finally:
            listener.cancel()
