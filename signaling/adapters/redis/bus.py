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
from signaling.adapters.redis.channel import Channel
from signaling.adapters.redis.events import dump_event, parse_event
from signaling.domain.events import DomainEvent, NewsMissed
from signaling.services.keeping import keep

_log = logging.getLogger(__name__)
_CHANNEL: Final = "bangban:events"
_RETRY_AFTER: Final = 1.0
_LAST_WORDS_S: Final = 2.0
"""How long a process that ends waits for Redis to take what it still has to say."""


class RedisBus:
    """EventBus port; use `open_redis_bus`."""

    def __init__(self, redis: Redis, process_id: str) -> None:
        self._redis = redis
        self._process_id = process_id
        self._local = MemoryBus()
        self._outbox: asyncio.Queue[DomainEvent] = asyncio.Queue(MAX_WAITING)
        self._unheard = False
        """Something did not reach the others, and they were not told so yet."""
        self.channel = Channel(redis, _CHANNEL, take=self._hand_on, again=self._missed)

    def publish(self, *events: DomainEvent) -> Awaitable[None]:
        """Deliver here and to the other processes; return what is done when those here have handled it."""
        for event in events:
            try:
                self._outbox.put_nowait(event)
            except asyncio.QueueFull:
                self._unheard = True
                _log.error("event %s reached this process only: too many wait", type(event).__name__)
        return self._local.publish(*events)

    def publish_here(self, *events: DomainEvent) -> Awaitable[None]:
        """Deliver to the subscribers of this process alone."""
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
        while True:
            if self._unheard:
                await self._own_up()
            event = await self._outbox.get()
            try:
                await self._tell(event)
            except RedisError as error:
                self._unheard = True
                _log.warning("event %s reached this process only: %s", type(event).__name__, error)
            finally:
                self._outbox.task_done()

    async def _own_up(self) -> None:
        """Tell the others that they missed news; return when that reached Redis."""
        while True:
            try:
                await self._tell(NewsMissed())
            except RedisError:
                await asyncio.sleep(_RETRY_AFTER)
            else:
                self._unheard = False
                return

    async def _tell(self, event: DomainEvent) -> None:
        await self._redis.publish(_CHANNEL, f"{self._process_id} {dump_event(event)}")

    def _missed(self) -> None:
        self._local.publish(NewsMissed())

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
        running = [
            tasks.create_task(keep("the event channel", bus.channel.run)),
            tasks.create_task(keep("the delivery of events", bus.deliver)),
            tasks.create_task(keep("the telling of other processes", bus.send)),
        ]
        try:
            await bus.channel.listening.wait()
            yield bus
        finally:
            try:
                await bus.leave()
            finally:
                bus.channel.leaving.set()
                for task in running:
                    task.cancel()
