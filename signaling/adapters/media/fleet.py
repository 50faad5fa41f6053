"""Several media processes as one plane: a call lives in one of them, the least used when it begins.

The epoch is made of all processes' epochs, so that the end of one makes the people of every call join again;
calls of the other processes find their routers there. Not done: moving a call, or having only
those calls rejoin that a lost process held.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Final

from signaling.adapters.media.methods import MediaMethods
from signaling.adapters.media.plane import EVENTS, Connect, RtcMediaPlane, open_media_plane
from signaling.domain.errors import BusyError, NotFoundError
from signaling.domain.ids import JsonObject
from signaling.services.ports import MediaEvent

_IDS: Final = ("routerId", "transportId", "producerId", "consumerId")


@asynccontextmanager
async def open_media_fleet(connects: Sequence[Connect]) -> AsyncIterator["MediaFleet"]:
    """Keep planes to all media processes connected while the context lasts."""
    async with AsyncExitStack() as stack:
        planes = [await stack.enter_async_context(open_media_plane(connect)) for connect in connects]
        fleet = MediaFleet(planes)
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        readers = [tasks.create_task(fleet.read(plane)) for plane in planes]
        try:
            yield fleet
        finally:
            for reader in readers:
                reader.cancel()


class MediaFleet(MediaMethods):
    """Requests go to the process that holds what they name; made by `open_media_fleet`."""

    def __init__(self, planes: Sequence[RtcMediaPlane]) -> None:
        self._planes = planes
        self._homes: dict[str, RtcMediaPlane] = {}
        """Where each router is."""
        self._routers: dict[str, str] = {}
        """Transport, producer or consumer → its router."""
        self._events: asyncio.Queue[MediaEvent] = asyncio.Queue(EVENTS)

    @property
    def epoch(self) -> str:
        """Which lives of the media processes these are."""
        together = " ".join(plane.epoch for plane in self._planes)
        return hashlib.sha256(together.encode()).hexdigest()[:16]

    async def request(self, method: str, params: JsonObject) -> JsonObject:
        """Ask the process that holds what `params` name; raises `DomainError`."""
        if method == "stats":
            return {"processes": [await plane.request(method, params) for plane in self._planes]}
        if method == "router.close" and params["routerId"] not in self._homes:
            return await self._close_everywhere(params)
        router_id = self._router_of(params)
        if method == "router.create":
            self._homes.setdefault(router_id, self._least_used())
        home = self._homes.get(router_id)
        if home is None:
            raise NotFoundError("not_found")
        result = await home.request(method, params)
        self._note(method, params, router_id)
        return result

    def _router_of(self, params: JsonObject) -> str:
        if "routerId" in params:
            return str(params["routerId"])
        return next((self._routers[params[name]] for name in _IDS if params.get(name) in self._routers), "")

    def _least_used(self) -> RtcMediaPlane:
        ready = [plane for plane in self._planes if plane.is_connected]
        if not ready:
            raise BusyError("media_unreachable")
        homes = list(self._homes.values())
        return min(ready, key=homes.count)

    async def _close_everywhere(self, params: JsonObject) -> JsonObject:
        """Close a router left over from a signalling process before us."""
        for plane in self._planes:
            with suppress(NotFoundError, BusyError):
                await plane.request("router.close", params)
        return {}

    def _note(self, method: str, params: JsonObject, router_id: str) -> None:
        kind, _, act = method.partition(".")
        if act == "create" and kind != "router":
            self._routers[params[f"{kind}Id"]] = router_id
        elif act == "close" and kind == "router":
            self._homes.pop(router_id, None)
            self._routers = {one: its for one, its in self._routers.items() if its != router_id}
        elif act == "close":
            self._routers.pop(params[f"{kind}Id"], None)

    async def read(self, plane: RtcMediaPlane) -> None:
        """Hand on one process's events until cancelled; a new life of it is a new epoch of all."""
        async for event in plane.events():
            if event.name == "media.epoch":
                lost = [router_id for router_id, home in self._homes.items() if home is plane]
                for router_id in lost:
                    self._note("router.close", {}, router_id)
                event = MediaEvent("media.epoch", {"epoch": self.epoch})
            await self._events.put(event)

    async def events(self) -> AsyncIterator[MediaEvent]:
        """Yield the events of all processes."""
        while True:
            yield await self._events.get()
