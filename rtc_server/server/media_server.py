"""The objects of a media process by id, and the life of its transports' connections.

Control methods (`methods.py`) find objects here; everything they do is synchronous, so requests of one
transport take effect in the order in which they came.
"""

import logging
import secrets
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self, TypeVar

from rtc_server.config import MediaConfig
from rtc_server.errors import LimitError, MalformedError, NotFoundError, StateError
from rtc_server.net.connection import Connection
from rtc_server.net.network import MediaNetwork
from rtc_server.owner_events import (
    ConsumerClosed,
    DataEnd,
    DataEndClosed,
    OwnerEvent,
    ProducerClosed,
    TransportState,
    TransportStateChanged,
)
from rtc_server.sfu.consumer import Consumer
from rtc_server.sfu.data_channel import DataConsumer, DataProducer
from rtc_server.sfu.drops import DropCounter
from rtc_server.sfu.producer import Producer
from rtc_server.sfu.router import Router
from rtc_server.sfu.tap import TapHost
from rtc_server.sfu.transport import WebRtcTransport

logger = logging.getLogger(__name__)

TAP_INTERVAL: Final = 0.25
"""Seconds between the tap host's timer calls."""
RATE_INTERVAL: Final = 1.0
"""Seconds over which packets a second are measured."""

T = TypeVar("T")


@dataclass(slots=True)
class Peer:
    """A transport with its connection."""

    transport: WebRtcTransport
    connection: Connection


class MediaServer:
    """All routers of one media process; use as `async with`.

    Args:
        config: addresses, codecs, bounds.
        tap_host: makes the taps of routers opened with tap options; None refuses such routers.
        on_event: told every event, in order.
    """

    def __init__(
        self, config: MediaConfig, tap_host: TapHost | None, *, on_event: Callable[[OwnerEvent], None]
    ) -> None:
        self.config = config
        self.limits = config.limits
        self.tap_host = tap_host
        self.epoch = secrets.token_hex(8)
        self.routers: dict[str, Router] = {}
        self.peers: dict[str, Peer] = {}
        self.producers: dict[str, Producer] = {}
        self.consumers: dict[str, Consumer] = {}
        self.data_producers: dict[str, DataProducer] = {}
        self.data_consumers: dict[str, DataConsumer] = {}
        self.network = MediaNetwork(config, on_tick=self._tick)
        self._on_event = on_event
        self._tapped: set[str] = set()
        self._closed_drops = DropCounter()
        self._tap_at = 0.0
        self._datagrams: deque[tuple[float, int, int]] = deque(maxlen=2)
        self._closed_datagrams = [0, 0]
        self._wall_offset = time.time() - self.now()

    async def __aenter__(self) -> Self:
        await self.network.__aenter__()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        for router in list(self.routers.values()):
            await self.close_router(router, "shutdown")
        await self.network.__aexit__(*exc_info)

    def now(self) -> float:
        """Return the process's monotonic time."""
        return self.network.clock()

    # --- finding

    def router(self, router_id: str) -> Router:
        """Return a router or raise NotFoundError."""
        return _find(self.routers, router_id, "router")

    def peer(self, transport_id: str) -> Peer:
        """Return a transport with its connection or raise NotFoundError."""
        return _find(self.peers, transport_id, "transport")

    def router_of(self, transport_id: str) -> Router:
        """Return the router of a transport or raise NotFoundError."""
        return self.peer(transport_id).transport.router

    def producer(self, producer_id: str) -> Producer:
        """Return a producer or raise NotFoundError."""
        return _find(self.producers, producer_id, "producer")

    def consumer(self, consumer_id: str) -> Consumer:
        """Return a consumer or raise NotFoundError."""
        return _find(self.consumers, consumer_id, "consumer")

    def data_producer(self, data_producer_id: str) -> DataProducer:
        """Return a data producer or raise NotFoundError."""
        return _find(self.data_producers, data_producer_id, "data producer")

    def data_consumer(self, data_consumer_id: str) -> DataConsumer:
        """Return a data consumer or raise NotFoundError."""
        return _find(self.data_consumers, data_consumer_id, "data consumer")

    @staticmethod
    def refuse_double(table: Mapping[str, object], new_id: str) -> None:
        """Raise MalformedError when an id is in use."""
        if new_id in table:
            raise MalformedError("This id is in use.")

    # --- routers and taps

    def open_router(self, router_id: str, tap: Mapping[str, Any] | None) -> Router:
        """Return the router with this id, made if it is new.

        Raises:
            LimitError: too many routers.
            MediaError: the tap host refused.
        """
        existing = self.routers.get(router_id)
        if existing is not None:
            return existing
        if len(self.routers) >= self.limits.max_routers:
            raise LimitError("This media process has as many calls as it may have.")
        router = Router(router_id, config=self.config, emit=self._emit, wall_offset=self._wall_offset)
        if tap is not None:
            self.open_tap(router, tap)
        self.routers[router_id] = router
        return router

    def open_tap(self, router: Router, options: Mapping[str, Any]) -> None:
        """Let the tap host hear a router's producers.

        Raises:
            StateError: no tap host, or tapped already.
            MediaError: the tap host refused.
        """
        host = self.tap_host
        if host is None:
            raise StateError("This media process cannot record.")
        if router.id in self._tapped:
            raise StateError("This router is tapped already.")
        host.open_router(router.id, options)
        self._tapped.add(router.id)
        router.open_tap(
            lambda producer_id, app_data: host.create_tap(router.id, producer_id, app_data), self.now()
        )

    async def close_router(self, router: Router, reason: str) -> None:
        """End a router with everything on it."""
        del self.routers[router.id]
        for transport in router.close(reason):
            await self._close_connection(self.peers.pop(transport.id), reason)
        if router.id in self._tapped and self.tap_host is not None:
            self._tapped.discard(router.id)
            self.tap_host.close_router(router.id, reason)

    # --- transports

    def open_transport(self, router: Router, transport_id: str, *, direction: str, wants_sctp: bool) -> Peer:
        """Make a transport and its connection.

        Raises:
            MalformedError: the id is in use.
            LimitError: too many transports.
        """
        self.refuse_double(self.peers, transport_id)
        transport = router.create_transport(
            transport_id, direction=direction, wants_sctp=wants_sctp, ssrc=new_ssrc(), now=self.now()
        )
        connection = self.network.open(
            transport, lambda state, reason: self._state_changed(transport, state, reason)
        )
        peer = self.peers[transport_id] = Peer(transport, connection)
        return peer

    async def close_transport(self, peer: Peer, reason: str) -> None:
        """End a transport with everything on it."""
        if self.peers.pop(peer.transport.id, None) is None:
            return
        peer.transport.router.close_transport(peer.transport, reason)
        await self._close_connection(peer, reason)

    async def _close_connection(self, peer: Peer, reason: str) -> None:
        await self.network.close(peer.connection, reason)
        self._closed_drops.add(peer.transport.drops)
        self._closed_datagrams[0] += peer.connection.received_datagrams
        self._closed_datagrams[1] += peer.connection.sent_datagrams

    def _state_changed(self, transport: WebRtcTransport, state: TransportState, reason: str | None) -> None:
        logger.info("transport %s: %s%s", transport.id, state.value, f", {reason}" if reason else "")
        if state is not TransportState.CONNECTED:
            transport.disconnected()
        if state is TransportState.CLOSED and self.peers.pop(transport.id, None) is not None:
            # The peer said goodbye: its connection ends by itself, its objects here.
            self._closed_drops.add(transport.drops)
            transport.router.close_transport(transport, reason or "closed")
        self._emit(TransportStateChanged(transport.router.id, transport.id, state, reason))

    # --- events and time

    def _emit(self, event: OwnerEvent) -> None:
        match event:
            case ProducerClosed():
                self.producers.pop(event.producer_id, None)
            case ConsumerClosed():
                self.consumers.pop(event.consumer_id, None)
            case DataEndClosed():
                table: dict[str, Any] = (
                    self.data_producers if event.end is DataEnd.PRODUCER else self.data_consumers
                )
                table.pop(event.id, None)
            case _:
                pass
        self._on_event(event)

    def _tick(self, now: float) -> None:
        for router in self.routers.values():
            if router.next_deadline() <= now:
                router.handle_timeout(now)
        self._serve_taps(now)
        if not self._datagrams or now - self._datagrams[-1][0] >= RATE_INTERVAL:
            self._datagrams.append((now, *self._count_datagrams()))

    def _serve_taps(self, now: float) -> None:
        tap_host = self.tap_host
        if tap_host is None:
            return
        tap_host.flush(now)
        if now >= self._tap_at:
            self._tap_at = now + TAP_INTERVAL
            for event in tap_host.handle_timeout(now):
                self._emit(event)

    # --- statistics

    def stats(self) -> dict[str, Any]:
        """Return the process-wide counters of `stats`."""
        drops = DropCounter()
        drops.add(self._closed_drops)
        drops.add(self.network.mux.drops)
        for peer in self.peers.values():
            drops.add(peer.transport.drops)
        received, sent = self._count_datagrams()
        received_rate, sent_rate = self._rates()
        return {
            "epoch": self.epoch,
            "routers": len(self.routers),
            "transports": len(self.peers),
            "producers": len(self.producers),
            "consumers": len(self.consumers),
            "datagramsReceived": received,
            "datagramsSent": sent,
            "packetsReceivedPerSecond": received_rate,
            "packetsSentPerSecond": sent_rate,
            "drops": drops.as_dict(),
            "loopLagMs": self.network.loop_lag_ms,
            "maxLoopLagMs": self.network.max_loop_lag_ms,
            "sockets": [
                {
                    "address": udp_socket.address,
                    "port": udp_socket.port,
                    "receiveBufferBytes": udp_socket.receive_buffer_bytes,
                    "sendBufferBytes": udp_socket.send_buffer_bytes,
                }
                for udp_socket in self.network.udp_sockets
            ],
        }

    def _count_datagrams(self) -> tuple[int, int]:
        received, sent = self._closed_datagrams
        for peer in self.peers.values():
            received += peer.connection.received_datagrams
            sent += peer.connection.sent_datagrams
        return received, sent

    def _rates(self) -> tuple[float, float]:
        if len(self._datagrams) < 2:
            return 0.0, 0.0
        (then, received_then, sent_then), (now, received, sent) = self._datagrams
        return (received - received_then) / (now - then), (sent - sent_then) / (now - then)


def new_ssrc() -> int:
    """Return a random even SSRC; the next one is free for a repair stream."""
    return secrets.randbelow(0x7FFF_FFF0) * 2 + 16


def _find(table: Mapping[str, T], wanted: str, noun: str) -> T:
    found = table.get(wanted)
    if found is None:
        raise NotFoundError(f"There is no such {noun}.")
    return found
