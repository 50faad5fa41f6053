"""`MediaPlane` over the control channel of one media process, through restarts of either side.

The connection is kept up for as long as the plane lives. A media process that died is connected again as
soon as
its successor listens; its new epoch is announced as the event `media.epoch`, after which every router,
transport,
producer and consumer of before is gone. Events are delivered to one consumer, in order.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final, Protocol

from rtc_server.errors import MediaError
from rtc_server.server.client import MediaClient
from signaling.domain.errors import (
    BusyError,
    DomainError,
    InvalidError,
    LimitError,
    NotFoundError,
    StateError,
)
from signaling.domain.ids import ConsumerId, JsonObject, ProducerId, TransportId
from signaling.services.ports import MediaEvent

RETRY_FIRST_S: Final = 0.1
RETRY_LAST_S: Final = 2.0
PATIENCE_S: Final = 5.0
"""How long a request waits for a media process that is being restarted."""
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

    def events(self) -> AsyncIterator[tuple[str, JsonObject]]: ...


Connect = Callable[[], AbstractAsyncContextManager[Client]]


def connect_to(endpoint: str, secret: str) -> Connect:
    """Return how to reach `unix:PATH` or `tcp:HOST:PORT`."""
    kind, _, address = endpoint.partition(":")
    if kind == "unix":
        return lambda: MediaClient.connect(address)
    host, _, port = address.rpartition(":")
    return lambda: MediaClient.connect(host=host.strip("[]"), port=int(port), secret=secret)


@asynccontextmanager
async def open_media_plane(connect: Connect) -> AsyncIterator["RtcMediaPlane"]:
    """Keep a plane connected while the context lasts; it starts without waiting for the media process."""
    plane = RtcMediaPlane()
    async with asyncio.TaskGroup() as tasks:
        keeper = tasks.create_task(plane.keep_connected(connect))
        try:
            yield plane
        finally:
            keeper.cancel()


class RtcMediaPlane:
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

    async def keep_connected(self, connect: Connect) -> None:
        """Connect, hand on events, and connect again, until cancelled."""
        pause = RETRY_FIRST_S
        while True:
            try:
                async with connect() as client:
                    pause = RETRY_FIRST_S
                    self._adopt(client)
                    async for name, data in client.events():
                        self._hand_on(MediaEvent(name, data))
            except MediaError as error:
                _log.debug("media process: %s", error.code)
            finally:
                self._client = None
                self._connected.clear()
            await asyncio.sleep(pause)
            pause = min(pause * 2, RETRY_LAST_S)

    def _adopt(self, client: Client) -> None:
        before, self._epoch = self._epoch, client.epoch
        self._client = client
        self._connected.set()
        _log.info("media process reached, epoch %s", client.epoch)
        if before and before != client.epoch:
            self._hand_on(MediaEvent("media.epoch", {"epoch": client.epoch}))

    def _hand_on(self, event: MediaEvent) -> None:
        try:
            self._events.put_nowait(event)
        except asyncio.QueueFull:
            _log.error("media event %s dropped: nobody reads them", event.name)

    async def events(self) -> AsyncIterator[MediaEvent]:
        """Yield events for as long as the plane lives."""
        while True:
            yield await self._events.get()

    async def _request(self, method: str, params: JsonObject) -> JsonObject:
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

    async def create_router(self, router_id: str, tap: JsonObject | None) -> JsonObject:
        """Return the router's RTP capabilities; the same id again returns the same router."""
        result = await self._request("router.create", {"routerId": router_id, "tap": tap})
        capabilities: JsonObject = result["rtpCapabilities"]
        return capabilities

    async def close_router(self, router_id: str) -> None:
        """Close a router and everything in it."""
        await self._request("router.close", {"routerId": router_id})

    async def create_transport(
        self, router_id: str, transport_id: TransportId, direction: str, *, sctp: bool
    ) -> JsonObject:
        """Return mediasoup-client's transport options."""
        wanted = {"routerId": router_id, "transportId": transport_id, "direction": direction, "sctp": sctp}
        return await self._request("transport.create", wanted)

    async def connect_transport(self, transport_id: TransportId, dtls_parameters: JsonObject) -> None:
        """Hand over the client's fingerprints and role."""
        wanted = {"transportId": transport_id, "dtlsParameters": dtls_parameters}
        await self._request("transport.connect", wanted)

    async def restart_ice(self, transport_id: TransportId) -> JsonObject:
        """Return the new iceParameters."""
        result = await self._request("transport.restartIce", {"transportId": transport_id})
        parameters: JsonObject = result["iceParameters"]
        return parameters

    async def close_transport(self, transport_id: TransportId) -> None:
        """Close a transport with its producers and consumers."""
        await self._request("transport.close", {"transportId": transport_id})

    async def produce(
        self,
        transport_id: TransportId,
        producer_id: ProducerId,
        kind: str,
        rtp_parameters: JsonObject,
        app_data: JsonObject,
        *,
        paused: bool,
    ) -> JsonObject:
        """Create a producer; return its id and type."""
        wanted = {
            "transportId": transport_id,
            "producerId": producer_id,
            "kind": kind,
            "rtpParameters": rtp_parameters,
            "appData": app_data,
            "paused": paused,
        }
        return await self._request("producer.create", wanted)

    async def pause_producer(self, producer_id: ProducerId) -> None:
        """Forward nothing of it."""
        await self._request("producer.pause", {"producerId": producer_id})

    async def resume_producer(self, producer_id: ProducerId) -> None:
        """Forward it again."""
        await self._request("producer.resume", {"producerId": producer_id})

    async def close_producer(self, producer_id: ProducerId) -> None:
        """Close it and its consumers."""
        await self._request("producer.close", {"producerId": producer_id})

    async def consume(
        self,
        transport_id: TransportId,
        consumer_id: ConsumerId,
        producer_id: ProducerId,
        rtp_capabilities: JsonObject,
        *,
        paused: bool,
    ) -> JsonObject:
        """Create a consumer; return mediasoup-client's consumer options."""
        wanted = {
            "transportId": transport_id,
            "consumerId": consumer_id,
            "producerId": producer_id,
            "rtpCapabilities": rtp_capabilities,
            "paused": paused,
        }
        return await self._request("consumer.create", wanted)

    async def pause_consumer(self, consumer_id: ConsumerId) -> None:
        """Send nothing to this one."""
        await self._request("consumer.pause", {"consumerId": consumer_id})

    async def resume_consumer(self, consumer_id: ConsumerId) -> None:
        """Send to this one again."""
        await self._request("consumer.resume", {"consumerId": consumer_id})

    async def close_consumer(self, consumer_id: ConsumerId) -> None:
        """Close it."""
        await self._request("consumer.close", {"consumerId": consumer_id})

    async def request_key_frame(self, consumer_id: ConsumerId) -> None:
        """Ask its producer for a key frame."""
        await self._request("consumer.requestKeyFrame", {"consumerId": consumer_id})

    async def tap_control(self, router_id: str, command: JsonObject) -> JsonObject:
        """Hand a command to the recording tap; return its answer."""
        return await self._request("tap.control", {"routerId": router_id, "command": command})

    async def tap_open(self, router_id: str, options: JsonObject) -> None:
        """Start recording a router."""
        await self._request("tap.open", {"routerId": router_id, "options": options})

    async def stats(self) -> JsonObject:
        """Return the figures of the whole process."""
        return await self._request("stats", {})
