"""Routers that a media process may still hold though their calls are over or live elsewhere by now."""

import asyncio

from signaling.adapters.media.plane import RtcMediaPlane
from signaling.domain.errors import BusyError, DomainError


class Leftovers:
    """Closes the routers left in one process as soon as it answers: they would go on journalling."""

    def __init__(self, plane: RtcMediaPlane) -> None:
        self._plane = plane
        self._routers: dict[str, None] = {}
        self._some = asyncio.Event()

    def add(self, router_id: str) -> None:
        """Note a router; there are never more than there were calls in the process."""
        self._routers[router_id] = None
        self._some.set()

    async def close_now(self, router_id: str) -> None:
        """Close one if it is left over, before its id is used again; raises `media_unreachable`."""
        if router_id in self._routers:
            await self._close(router_id)

    async def run(self) -> None:
        """Close what is noted, until cancelled."""
        while True:
            await self._some.wait()
            await self._plane.until_connected()
            self._some.clear()
            for router_id in list(self._routers):
                try:
                    await self._close(router_id)
                except BusyError:  # gone again in the middle
                    self._some.set()
                    break

    async def _close(self, router_id: str) -> None:
        try:
            await self._plane.request("router.close", {"routerId": router_id})
        except BusyError:
            raise
        except DomainError:  # gone already
            pass
        self._routers.pop(router_id, None)
