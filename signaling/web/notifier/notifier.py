"""Listen to the bus and tell the people concerned.

Every process hears every event and tells its own sockets. A teller that fails is logged; the change it
would have told of has happened all the same.
"""

import asyncio
import logging

from signaling.domain.events import EVENT_KINDS, DomainEvent
from signaling.services.keeping import keep
from signaling.services.ports import EventBus
from signaling.web.context import WebContext
from signaling.web.notifier import calls, people, session
from signaling.web.notifier.table import TELLERS, Stage
from signaling.web.notifier.watchers import QueueWatchers
from signaling.web.sio.live import LiveSockets

_log = logging.getLogger(__name__)
_FAMILIES = (calls, people, session)

_missing = set(EVENT_KINDS.values()) - set(TELLERS)
assert not _missing, f"no teller for {_missing}"


class Notifier:
    """Tells the sockets of this process."""

    def __init__(self, context: WebContext, sockets: LiveSockets) -> None:
        self._watchers = QueueWatchers(context, sockets.hub)
        self._stage = Stage(context, sockets.hub, sockets.server, self._watchers)

    async def run(self, bus: EventBus) -> None:
        """Listen until cancelled."""
        unsubscribe = bus.subscribe(self.tell)
        try:
            await keep("the supervisors' lists", self._watchers.run)
        finally:
            unsubscribe()

    async def tell(self, event: DomainEvent) -> None:
        """Tell of one event; never raises."""
        try:
            await TELLERS[type(event)](self._stage, event)
        except asyncio.CancelledError:
            raise
        except Exception:
            _log.exception("nobody was told of %s", type(event).__name__)
