"""Close the routers of calls that are over, beside everything else.

A media process that is away lets each request wait for seconds, and whoever ends a call stands in the
routing loop: so a router to be closed is only noted there. It stays noted until the media process says
that it is closed or not there: one that is out of reach for a moment would go on journalling.
"""

import asyncio
import logging
from typing import Final

from signaling.domain.errors import BusyError, DomainError
from signaling.domain.ids import CallId
from signaling.services.ports import Ports

_log = logging.getLogger(__name__)
_RETRY_AFTER: Final = 1.0
"""Seconds between rounds, beside the patience of each request; a restart takes a few."""


class RouterCloser:
    """Closes routers in rounds, those of one round at once; never more than there were calls to end."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._pending: dict[CallId, object] = {}
        """Router → which of several wishes to close it this is: its id may be used again."""
        self._noted = asyncio.Event()

    def close(self, call_id: CallId) -> None:
        """Note a router that must be closed; returns at once."""
        self._pending[call_id] = object()
        self._noted.set()

    async def close_now(self, call_id: CallId) -> None:
        """Close what may be left of a router, before a new one gets its id; raises `media_unreachable`."""
        self._pending.pop(call_id, None)
        await self._close(call_id)

    async def run(self) -> None:
        """Close what is noted, until cancelled."""
        while True:
            await self._noted.wait()
            await self.settle()
            if self._pending:
                await self._ports.clock.wait(self._ports.clock.now() + _RETRY_AFTER, self._noted.wait)
                self._noted.set()

    async def settle(self) -> None:
        """Try once to close everything noted; what the media process did not answer stays noted."""
        self._noted.clear()
        async with asyncio.TaskGroup() as tasks:
            for call_id, wish in self._pending.items():
                tasks.create_task(self._try(call_id, wish))

    async def _try(self, call_id: CallId, wish: object) -> None:
        try:
            await self._close(call_id)
        except BusyError:
            _log.info("call %s: its router is out of reach and will be closed later", call_id)
            return
        except DomainError as error:
            _log.warning("call %s: its router was not closed (%s)", call_id, error.code)
        if self._pending.get(call_id) is wish:
            del self._pending[call_id]

    async def _close(self, call_id: CallId) -> None:
        try:
            await self._ports.media.close_router(call_id)
        except DomainError as error:
            if error.code != "not_found":
                raise
            _log.debug("call %s: its router was gone already", call_id)
