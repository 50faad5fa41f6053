"""The event bus of several processes: the memory bus of each, and Redis publish / subscribe between them.

Every subscriber hears the events of one process in the order in which that process published them. What
`publish` returns speaks of this process's own subscribers; other processes hear a little later. While Redis
is away events reach only their own process. What they were about is in SQL, where every change is made: who
could not listen for a while hears `NewsMissed` afterwards, and so does everybody before the next event of
who could not be heard.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Final

from redis.asyncio import Redis
from redis.exceptions import RedisError

from signaling.adapters.memory.bus import MAX_WAITING, MemoryBus
from signaling.adapters.redis.client import heeding_cancellation
from signaling.adapters.redis.events import dump_event, parse_event
from signaling.domain.events import DomainEvent, NewsMissed

_log = logging.getLogger(__name__)
_CHANNEL: Final = "bangban:events"
_RETRY_AFTER: Final = 1.0
_POLL: Final = 5.0
_LAST_WORDS_S: Final = 2.0
"""How long a process that ends waits for Redis to take what it still has to say."""


class RedisBus:
    """EventBus port; use `open_redis_bus`."""

    def __init__(self, redis: Redis, process_id: str) -> None:
        self._redis = redis
        self._process_id = process_id
        self._local = MemoryBus()
        self._outbox: asyncio.Queue[DomainEvent] = asyncio.Queue(MAX_WAITING)
        self.listening = asyncio.Event()
        self._was_listening = False

    def publish(self, *events: DomainEvent) -> Awaitable[None]:
        """Deliver here and to the other processes; return what is done when those here have handled it."""
        for event in events:
            try:
                self._outbox.put_nowait(event)
            except asyncio.QueueFull:
                _log.error("event %s reached this process only: too many wait", type(event).__name__)
        return self._local.publish(*events)

    async def settled(self) -> None:
        """Return when everything published so far is handled by this process's subscribers."""
        await self._local.settled()

    def subscribe(self, handler: Callable[[DomainEvent], Awaitable[None]]) -> Callable[[], None]:
        """Call `handler` with every event of every process; return how to stop that."""
        return self._local.subscribe(handler)

    async def deliver(self) -> None:
        """Hand out events to the subscribers, until cancelled."""
        await self._local.run()

    async def send(self) -> None:
        """Tell the other processes, in order, until cancelled."""
        unheard = False
        while True:
            event = await self._outbox.get()
            try:
                if unheard:
                    await self._tell(NewsMissed())
                unheard = True
                await self._tell(event)
                unheard = False
            except RedisError as error:
                _log.warning("event %s reached this process only: %s", type(event).__name__, error)
            finally:
                self._outbox.task_done()

    async def _tell(self, event: DomainEvent) -> None:
        await self._redis.publish(_CHANNEL, f"{self._process_id} {dump_event(event)}")

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
                    if self._was_listening:
                        self._local.publish(NewsMissed())
                    self._was_listening = True
                    self.listening.set()
                elif message["type"] == "message":
                    self._hand_on(message["data"])

    def _hand_on(self, data: bytes) -> None:
        try:
            sender, _, text = data.decode().partition(" ")
            event = parse_event(text) if sender != self._process_id else None
        except ValueError as error:  # of another version, or of nobody
            _log.warning("an event of another process is not understood: %s", type(error).__name__)
            return
        if event is not None:
            self._local.publish(event)

    async def leave(self) -> None:
        """Let nobody here wait any more, and let Redis take what is left to say, for a moment."""
        self._local.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(_LAST_WORDS_S):
                await self._outbox.join()


@asynccontextmanager
async def open_redis_bus(redis: Redis, process_id: str) -> AsyncIterator[RedisBus]:
    """Run a bus; it listens when this is entered.

    Args:
        redis: a client of its own pool, without `decode_responses`.
        process_id: distinct for every process, without spaces.
    """
    bus = RedisBus(redis, process_id)
    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(work()) for work in (bus.listen, bus.deliver, bus.send)]
        try:
            await bus.listening.wait()
            yield bus
        finally:
            try:
                await bus.leave()
            finally:
                for task in running:
                    task.cancel()
