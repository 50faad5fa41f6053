"""The event bus of one process: one queue, and one task that hands each event to every subscriber in turn.

`publish` only appends, so it may be called under a lock and by a subscriber, who may step what the event is
about. What it returns is done when every subscriber has handled the events *and all that was published
because of them*; inside a subscriber it is done at once, since that one is what the others wait for.
Whoever awaits it must hold no lock that a subscriber takes. The task belongs to the bus: a publisher that
is cancelled takes no event from anybody.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Final

from signaling.domain.events import DomainEvent
from signaling.services.keeping import keep

MAX_WAITING: Final = 10_000
"""Events not yet handled. Publishers await theirs, so more are subscribers that publish in a circle or hang:
further ones are dropped and logged, and what they told is told by the next change."""

PATIENCE_S: Final = 30.0
"""How long one subscriber may take for one event; then it is cut short, since all others wait for it."""

_log = logging.getLogger(__name__)


class _Wave:
    """Events published at once, and all that subscribers publish because of them."""

    __slots__ = ("bus", "done", "left")

    def __init__(self, bus: "MemoryBus") -> None:
        self.bus = bus
        self.left = 0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()


_following: ContextVar[_Wave | None] = ContextVar("_following", default=None)
"""The wave a subscriber works for, in its tasks too."""


class MemoryBus:
    """EventBus port; use `open_memory_bus`."""

    def __init__(self) -> None:
        self._handlers: list[Callable[[DomainEvent], Awaitable[None]]] = []
        self._queue: asyncio.Queue[tuple[DomainEvent, _Wave]] = asyncio.Queue(MAX_WAITING)
        self._waves: set[_Wave] = set()
        self._closed = False

    def publish(self, *events: DomainEvent) -> Awaitable[None]:
        """Append the events; return what is done when they and what follows from them are handled."""
        followed = self._followed()
        wave = followed or _Wave(self)
        for event in events if not self._closed else ():
            try:
                self._queue.put_nowait((event, wave))
            except asyncio.QueueFull:
                _log.error("%s dropped: the subscribers do not get on", type(event).__name__)
            else:
                wave.left += 1
        if followed is None and wave.left:
            self._waves.add(wave)
            return wave.done
        return _done()

    def publish_here(self, *events: DomainEvent) -> Awaitable[None]:
        """Do what `publish` does: there is no other process."""
        return self.publish(*events)

    async def settled(self) -> None:
        """Return when everything published so far and what follows from it is handled."""
        if self._waves and self._followed() is None:
            await asyncio.wait([wave.done for wave in self._waves])

    def subscribe(self, handler: Callable[[DomainEvent], Awaitable[None]]) -> Callable[[], None]:
        """Call `handler` with every event; return how to stop that."""
        self._handlers.append(handler)
        return lambda: self._handlers.remove(handler)

    async def run(self) -> None:
        """Hand out what is published, until cancelled."""
        while True:
            event, wave = await self._queue.get()
            _following.set(wave)
            await self._hand_out(event)
            wave.left -= 1
            if not wave.left:
                self._finish(wave)

    async def _hand_out(self, event: DomainEvent) -> None:
        """Tell one subscriber after the other; one that takes too long is left behind."""
        for handler in tuple(self._handlers):
            try:
                async with asyncio.timeout(PATIENCE_S):
                    await _tell(handler, event)
            except TimeoutError:
                _log.error("a subscriber took too long for %s", type(event).__name__)

    def close(self) -> None:
        """Take nothing more and let nobody wait."""
        self._closed = True
        for wave in tuple(self._waves):
            self._finish(wave)

    def _followed(self) -> _Wave | None:
        """Return the wave the caller works for, unless that is over: its task outlived its subscriber."""
        wave = _following.get()
        return wave if wave is not None and wave.bus is self and wave in self._waves else None

    def _finish(self, wave: _Wave) -> None:
        self._waves.discard(wave)
        if not wave.done.done():  # whoever awaited it may be cancelled
            wave.done.set_result(None)


async def _tell(handler: Callable[[DomainEvent], Awaitable[None]], event: DomainEvent) -> None:
    try:
        await handler(event)
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        _log.warning("a subscriber was cancelled on %s", type(event).__name__)
    except Exception:
        _log.exception("a subscriber failed on %s", type(event).__name__)


def _done() -> Awaitable[None]:
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    done.set_result(None)
    return done


@asynccontextmanager
async def open_memory_bus() -> AsyncIterator[MemoryBus]:
    """Run a bus while the context lasts; what is not handled at its end is forgotten."""
    bus = MemoryBus()
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(keep("the delivery of events", bus.run))
        try:
            yield bus
        finally:
            running.cancel()
            bus.close()
