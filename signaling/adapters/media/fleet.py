"""Several media processes as one plane: a call lives in one of them, the least used when it begins.

A process that died makes only the calls that lived in it join again. One that is out of reach for long is
taken for lost when another answers: its calls begin anew there, and what it may still hold of them is
closed as soon as it answers again. Not done: moving a call away from a process that works.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Final

from signaling.adapters.media import plane as one_process
from signaling.adapters.media.leftovers import Leftovers
from signaling.adapters.media.methods import MediaMethods
from signaling.adapters.media.plane import EVENTS, Connect, RtcMediaPlane, open_media_plane
from signaling.domain.errors import BusyError, DomainError, NotFoundError
from signaling.domain.ids import JsonObject
from signaling.services.keeping import keep
from signaling.services.ports import MediaEvent, MediaProcessLost, MediaProcessRestarted

_IDS: Final = ("routerId", "transportId", "producerId", "consumerId")


@dataclass(frozen=True, slots=True)
class _Home:
    """Where a router is: a process, and which of its lives."""

    plane: RtcMediaPlane
    epoch: str

    @property
    def is_alive(self) -> bool:
        """Whether that life goes on, as far as we know."""
        return self.epoch == self.plane.epoch


@asynccontextmanager
async def open_media_fleet(connects: Sequence[Connect]) -> AsyncIterator["MediaFleet"]:
    """Keep planes to all media processes connected while the context lasts."""
    async with AsyncExitStack() as stack:
        planes = [await stack.enter_async_context(open_media_plane(connect)) for connect in connects]
        fleet = MediaFleet(planes)
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        running = [
            tasks.create_task(keep("the events of a media process", partial(fleet.read, plane)))
            for plane in planes
        ]
        running += [
            tasks.create_task(keep("the closing of what a media process holds", left.run))
            for left in fleet.leftovers.values()
        ]
        try:
            yield fleet
        finally:
            for task in running:
                task.cancel()


class MediaFleet(MediaMethods):
    """Requests go to the process that holds what they name; made by `open_media_fleet`."""

    def __init__(self, planes: Sequence[RtcMediaPlane]) -> None:
        self._planes = planes
        self.leftovers = {plane: Leftovers(plane) for plane in planes}
        self._homes: dict[str, _Home] = {}
        """Where each router is."""
        self._routers: dict[str, str] = {}
        """Transport, producer or consumer → its router."""
        self._events: asyncio.Queue[MediaEvent] = asyncio.Queue(EVENTS)

    def epoch_of(self, router_id: str) -> str:
        """Return which life of which process holds a router; empty for one that none holds."""
        home = self._homes.get(router_id)
        return home.epoch if home is not None and home.is_alive else ""

    async def stats(self) -> Sequence[JsonObject]:
        """Return the figures of the processes that answer now."""
        each = await asyncio.gather(*(plane.stats() for plane in self._planes))
        return [figures for process in each for figures in process]

    async def request(self, method: str, params: JsonObject) -> JsonObject:
        """Ask the process that holds what `params` name; raises `DomainError`."""
        match method:
            case "router.create":
                return await self._create_router(params)
            case "router.close":
                return await self._close_router(params)
        router_id = self._router_of(params)
        home = self._homes.get(router_id)
        if home is None:
            raise NotFoundError("not_found")
        result = await home.plane.request(method, params)
        self._note(method, params, router_id)
        return result

    def _router_of(self, params: JsonObject) -> str:
        if "routerId" in params:
            return str(params["routerId"])
        return next((self._routers[params[name]] for name in _IDS if params.get(name) in self._routers), "")

    async def _create_router(self, params: JsonObject) -> JsonObject:
        router_id = str(params["routerId"])
        home = self._homes.get(router_id)
        if home is None or not home.is_alive:
            self._forget(router_id)
            plane = await self._least_used()
            home = self._homes[router_id] = _Home(plane, plane.epoch)
            try:
                await self.leftovers[plane].close_now(router_id)
                result = await plane.request("router.create", params)
            except DomainError:
                self._forget(router_id)  # the next attempt may choose another
                raise
        else:
            result = await home.plane.request("router.create", params)
        self._homes[router_id] = _Home(home.plane, home.plane.epoch)  # it may have begun anew meanwhile
        return result

    async def _close_router(self, params: JsonObject) -> JsonObject:
        """Close a router wherever it may be; where nobody answers now, as soon as somebody does."""
        router_id = str(params["routerId"])
        home = self._homes.get(router_id)
        self._forget(router_id)
        for plane in [home.plane] if home is not None else self._planes:
            try:
                if not plane.is_connected:
                    raise BusyError("media_unreachable")
                await plane.request("router.close", params)
            except NotFoundError:
                continue
            except BusyError:
                self.leftovers[plane].add(router_id)
        return {}

    async def _least_used(self) -> RtcMediaPlane:
        """Return the process with the fewest calls of those that answer; wait a moment for the first."""
        if not any(plane.is_connected for plane in self._planes):
            await self._until_one_answers()
        ready = [plane for plane in self._planes if plane.is_connected]
        if not ready:
            raise BusyError("media_unreachable")
        homes = [home.plane for home in self._homes.values()]
        return min(ready, key=homes.count)

    async def _until_one_answers(self) -> None:
        waits = [asyncio.ensure_future(plane.until_connected()) for plane in self._planes]
        try:
            await asyncio.wait(waits, timeout=one_process.PATIENCE_S, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    def _note(self, method: str, params: JsonObject, router_id: str) -> None:
        kind, _, act = method.partition(".")
        if act == "create":
            self._routers[params[f"{kind}Id"]] = router_id
        elif act == "close":
            self._routers.pop(params[f"{kind}Id"], None)

    def _forget(self, router_id: str) -> None:
        if self._homes.pop(router_id, None) is not None:
            self._routers = {one: its for one, its in self._routers.items() if its != router_id}

    async def read(self, plane: RtcMediaPlane) -> None:
        """Hand on one process's events until cancelled; those of its life are about its calls alone."""
        async for event in plane.events():
            match event:
                case MediaProcessRestarted():
                    self._forget_lost(plane)
                case MediaProcessLost():
                    if plane.is_connected or not any(other.is_connected for other in self._planes):
                        continue  # back already, or nowhere else to go: the calls wait for it
                    self._give_up(plane)
            await self._events.put(event)

    def _forget_lost(self, plane: RtcMediaPlane) -> None:
        """The process died: what it held in its life before is gone."""
        for router_id, home in list(self._homes.items()):
            if home.plane is plane and not home.is_alive:
                self._forget(router_id)

    def _give_up(self, plane: RtcMediaPlane) -> None:
        """The process is out of reach, dead or not: its calls go elsewhere."""
        for router_id, home in list(self._homes.items()):
            if home.plane is plane:
                self._forget(router_id)
                self.leftovers[plane].add(router_id)

    async def events(self) -> AsyncIterator[MediaEvent]:
        """Yield the events of all processes."""
        while True:
            yield await self._events.get()
