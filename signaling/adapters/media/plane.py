"""`MediaPlane` over the control channel of one media process, through restarts of either side.

The connection is kept up for as long as the plane lives. A media process that died is connected again as
soon as its successor listens, which is told as `MediaProcessRestarted`; one that stays away is told once as
`MediaProcessLost`. Events are delivered to one consumer, in order.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import Final, Protocol

from rtc_server.config import ControlTls
from rtc_server.errors import MediaError
from rtc_server.owner_events import OwnerEvent
from rtc_server.server.client import MediaClient
from signaling.adapters.media.methods import MediaMethods
from signaling.domain.errors import (
    BusyError,
    DomainError,
    InvalidError,
    LimitError,
    NotFoundError,
    StateError,
)
from signaling.domain.ids import JsonObject
from signaling.services.keeping import keep
from signaling.services.ports import MediaEvent, MediaProcessLost, MediaProcessRestarted

RETRY_FIRST_S: Final = 0.1
RETRY_LAST_S: Final = 2.0
PATIENCE_S: Final = 5.0
"""How long a request waits for a media process that is being restarted."""
LOST_S: Final = 15.0
"""A media process out of reach for so long is not being restarted: who has another one goes there."""
EVENTS: Final = 10_000
"""Unread events; a consumer further behind than this has stopped for good, so new ones are dropped and
logged.
"""

_ERRORS: Final[dict[str, type[DomainError]]] = {
    "malformed": InvalidError,
    "unsupported": InvalidError,
    "not_found": NotFoundError,
    "limit_reached": LimitError,
    "bad_state": StateError,
    "media_unreachable": BusyError,
}

_log = logging.getLogger(__name__)


class Client(Protocol):
    """What the plane uses of `MediaClient`."""

    epoch: str

    async def request(self, method: str, params: JsonObject | None = None) -> JsonObject: ...

    def events(self) -> AsyncIterator[OwnerEvent]: ...


Connect = Callable[[], AbstractAsyncContextManager[Client]]


def connect_to(endpoint: str, secret: str, *, process: str, tls: ControlTls | None = None) -> Connect:
    """Return how to reach `unix:PATH` or `tcp:HOST:PORT`.

    Args:
        process: names this signalling process among those that share the media process.
        tls: of a media process over TCP; one beyond loopback needs it.
    """
    kind, _, address = endpoint.partition(":")
    if kind == "unix":
        return lambda: MediaClient.connect(address, controller=process)
    host, _, port = address.rpartition(":")
    return lambda: MediaClient.connect(
        host=host.strip("[]"), port=int(port), secret=secret, controller=process, tls=tls
    )


@asynccontextmanager
async def open_media_plane(connect: Connect) -> AsyncIterator["RtcMediaPlane"]:
    """Keep a plane connected while the context lasts; it starts without waiting for the media process."""
    plane = RtcMediaPlane()
    async with asyncio.TaskGroup() as tasks:
        keeper = tasks.create_task(
            keep("the connection to a media process", partial(plane.keep_connected, connect))
        )
        try:
            yield plane
        finally:
            keeper.cancel()


class RtcMediaPlane(MediaMethods):
    """One media process; made by `open_media_plane`."""

    def __init__(self) -> None:
        self._client: Client | None = None
        self._connected = asyncio.Event()
        self._events: asyncio.Queue[MediaEvent] = asyncio.Queue(EVENTS)
        self._epoch = ""

    @property
    def epoch(self) -> str:
        """Which life of the media process this is; empty until it was reached."""
        return self._epoch

    @property
    def is_connected(self) -> bool:
        """Whether the media process answers now."""
        return self._client is not None

    def epoch_of(self, router_id: str) -> str:
        """Return which life of the media process a router would be in: there is only this one."""
        return self._epoch

    async def until_connected(self) -> None:
        """Return when the media process answers; at once if it does."""
        await self._connected.wait()

    async def keep_connected(self, connect: Connect) -> None:
        """Connect, hand on events, and connect again, until cancelled."""
        pause, away_for = RETRY_FIRST_S, 0.0
        while True:
            try:
                async with connect() as client:
                    pause, away_for = RETRY_FIRST_S, 0.0
                    self._adopt(client)
                    async for event in client.events():
                        self._hand_on(event)
            except MediaError as error:
                _log.debug("media process: %s", error.code)
            finally:
                self._client = None
                self._connected.clear()
            if away_for < LOST_S <= away_for + pause:
                self._hand_on(MediaProcessLost())
            away_for += pause
            await asyncio.sleep(pause)
            pause = min(pause * 2, RETRY_LAST_S)

    def _adopt(self, client: Client) -> None:
        before, self._epoch = self._epoch, client.epoch
        self._client = client
        self._connected.set()
        _log.info("media process reached, epoch %s", client.epoch)
        if before and before != client.epoch:
            self._hand_on(MediaProcessRestarted(client.epoch))

    def _hand_on(self, event: MediaEvent) -> None:
        try:
            self._events.put_nowait(event)
        except asyncio.QueueFull:
            _log.error("media event %s dropped: nobody reads them", type(event).__name__)

    async def events(self) -> AsyncIterator[MediaEvent]:
        """Yield events for as long as the plane lives."""
        while True:
            yield await self._events.get()

    async def stats(self) -> Sequence[JsonObject]:
        """Return the process's figures, if it answers now."""
        return [await self.request("stats", {})] if self.is_connected else []

    async def request(self, method: str, params: JsonObject) -> JsonObject:
        """Ask the media process; wait a moment for one that is being restarted."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self._connected.wait()
        except TimeoutError:
            raise BusyError("media_unreachable") from None
        if self._client is None:
            raise BusyError("media_unreachable")
        try:
            return await self._client.request(method, params)
        except MediaError as error:
            raise _ERRORS.get(error.code, StateError)(error.code, reason=str(error)) from error
