"""The event bus of one process: subscribers are called in order, one event after the other."""

import logging
from collections.abc import Awaitable, Callable

from signaling.domain.events import DomainEvent

_log = logging.getLogger(__name__)


class MemoryBus:
    """EventBus port: `publish` returns when every subscriber has handled the events."""

    def __init__(self) -> None:
        self._handlers: list[Callable[[DomainEvent], Awaitable[None]]] = []

    async def publish(self, *events: DomainEvent) -> None:
        """Deliver to all; a failing subscriber is logged and does not stop the others."""
        for event in events:
            for handler in tuple(self._handlers):
                try:
                    await handler(event)
                except Exception:
                    _log.exception("a subscriber failed on %s", type(event).__name__)

    def subscribe(self, handler: Callable[[DomainEvent], Awaitable[None]]) -> Callable[[], None]:
        """Call `handler` with every event; return how to stop that."""
        self._handlers.append(handler)
        return lambda: self._handlers.remove(handler)
