"""The life of what a media process holds: routers and taps, transports and their connections.

Control methods (`methods.py`) find objects in the registry; everything they do is synchronous but for the
goodbye of a connection, so requests of one transport take effect in the order in which they came.
"""

import logging
import secrets
import time
from collections.abc import Callable, Sequence
from typing import Any, Final, Self

from rtc_server.config import MediaConfig
from rtc_server.errors import LimitError, StateError
from rtc_server.net.network import MediaNetwork
from rtc_server.owner_events import OwnerEvent, TransportState, TransportStateChanged
from rtc_server.server.registry import Peer, Registry
from rtc_server.server.traffic import Traffic
from rtc_server.sfu.consumer import Consumer
from rtc_server.sfu.data_channel import DataConsumer, DataProducer
from rtc_server.sfu.producer import Producer
from rtc_server.sfu.router import Ended, Router, TransportEnded
from rtc_server.sfu.tap import TapHost
from rtc_server.sfu.transport import WebRtcTransport
from rtc_server.tap_commands import OpenTap

logger = logging.getLogger(__name__)

Attached = Producer | Consumer | DataProducer | DataConsumer

TAP_INTERVAL: Final = 0.25
"""Seconds between the tap host's timer calls."""


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
        self.network = MediaNetwork(config, on_tick=self._tick)
        self.registry = Registry(self.network.mux.drops)
        self._on_event = on_event
        self._tapped: set[str] = set()
        self._traffic = Traffic(self.registry.peers, self.network.mux.drops)
        self._tap_at = 0.0
        self._wall_offset = time.time() - self.now()

    async def __aenter__(self) -> Self:
        await self.network.__aenter__()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        for router in list(self.registry.routers):
            await self.close_router(router, "shutdown")
        await self.network.__aexit__(*exc_info)

    def now(self) -> float:
        """Return the process's monotonic time."""
        return self.network.clock()

    # --- routers and taps

    def open_router(self, router_id: str, tap: OpenTap | None) -> Router:
        """Return the router with this id, made if it is new.

        Raises:
            LimitError: too many routers.
            MediaError: the tap host refused.
        """
        existing = self.registry.routers.find(router_id)
        if existing is not None:
            return existing
        if len(self.registry.routers) >= self.limits.max_routers:
            raise LimitError("This media process has as many calls as it may have.")
        router = Router(router_id, config=self.config, emit=self._on_event, wall_offset=self._wall_offset)
        if tap is not None:
            self.open_tap(router, tap)
        self.registry.routers.add(router_id, router)
        return router

    def open_tap(self, router: Router, opening: OpenTap) -> None:
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
        host.open_router(router.id, opening)
        self._tapped.add(router.id)
        router_id = router.id
        router.open_tap(lambda producer_id, app_data: host.create_tap(router_id, producer_id, app_data))

    async def close_router(self, router: Router, reason: str) -> None:
        """End a router with everything on it: at one moment all that is in it, then its connections."""
        peers = [self.registry.peers.get(transport.id) for transport in router.transports]
        self.finish(router.close(reason))
        self.registry.routers.remove(router.id)
        for peer in peers:
            self._traffic.keep(peer)
            await self.network.close(peer.connection, reason)
        if router.id in self._tapped and self.tap_host is not None:
            self._tapped.discard(router.id)
            try:
                self.tap_host.close_router(router.id, reason)
            except Exception:
                self.network.mux.drops.count_fault("the end of recording", router.id)

    # --- transports

    def open_transport(self, router: Router, transport_id: str, *, direction: str, wants_sctp: bool) -> Peer:
        """Make a transport and its connection.

        Raises:
            MalformedError: the id is in use.
            LimitError: too many transports.
        """
        self.registry.peers.refuse_double(transport_id)
        router_id = router.id
        transport = router.create_transport(
            transport_id, direction=direction, wants_sctp=wants_sctp, ssrc=new_ssrc(), now=self.now()
        )
        connection = self.network.open(
            transport,
            on_state=lambda state, reason: self._state_changed(router_id, transport, state, reason),
            on_data_end=lambda reason: self._data_ended(transport_id, reason),
        )
        peer = Peer(router, transport, connection)
        self.registry.peers.add(transport_id, peer)
        return peer

    async def close_transport(self, peer: Peer, reason: str) -> None:
        """End a transport with everything on it: first its objects, then its connection."""
        await self.network.close(peer.connection, reason)

    def _state_changed(
        self, router_id: str, transport: WebRtcTransport, state: TransportState, reason: str | None
    ) -> None:
        """Follow a connection, whoever ended it: the owner's request, the peer's goodbye, a bug, shutdown."""
        logger.info("transport %s: %s%s", transport.id, state.value, f", {reason}" if reason else "")
        if state is not TransportState.CONNECTED:
            transport.disconnected()
        peer = self.registry.peers.find(transport.id)
        if state is TransportState.CLOSED and peer is not None:  # else it ended with its router
            self.finish(peer.router.close_transport(transport, reason or "closed"))
            self._traffic.keep(peer)
        self._on_event(TransportStateChanged(router_id, transport.id, state, reason))

    def _data_ended(self, transport_id: str, reason: str) -> None:
        peer = self.registry.peers.find(transport_id)
        if peer is not None:  # else it ended with its router, whose connections close one after the other
            self.finish(peer.router.data.close_all_of(peer.transport, reason))

    def router_of(self, end: Attached) -> Router:
        """Return the router in which something on a transport is."""
        return self.registry.peers.get(end.transport.id).router

    # --- ends, events and time

    def finish(self, ended: Sequence[Ended]) -> None:
        """Forget what a close returned, and tell its owner; of a transport's end its connection tells."""
        self.registry.forget(ended)
        for end in ended:
            if not isinstance(end, TransportEnded):
                self._on_event(end)

    def _tick(self, now: float) -> None:
        for router in list(self.registry.routers):
            try:
                if router.next_deadline() <= now:
                    router.handle_timeout(now)
            except Exception:
                self.network.mux.drops.count_fault("a timer", router.id)
        if self.tap_host is not None:
            self._serve_taps(self.tap_host, now)
        self._traffic.sample(now)

    def _serve_taps(self, tap_host: TapHost, now: float) -> None:
        """Let the recording do its part; the calls go on without it."""
        faults = self.network.mux.drops
        try:
            tap_host.flush(now)
        except Exception:
            faults.count_fault("a flush", "the tap host")
        if now < self._tap_at:
            return
        self._tap_at = now + TAP_INTERVAL
        try:
            for event in tap_host.handle_timeout(now):
                self._on_event(event)
        except Exception:
            faults.count_fault("a timer", "the tap host")

    def stats(self) -> dict[str, Any]:
        """Return the process-wide counters of `stats`."""
        network = self.network
        return {
            "epoch": self.epoch,
            **self.registry.counts(),
            **self._traffic.stats(),
            "loopLagMs": network.loop_lag_ms,
            "maxLoopLagMs": network.max_loop_lag_ms,
            "reachableAddresses": network.reachable_addresses(),
            "sockets": [
                {
                    "address": udp_socket.address,
                    "port": udp_socket.port,
                    "receiveBufferBytes": udp_socket.receive_buffer_bytes,
                    "sendBufferBytes": udp_socket.send_buffer_bytes,
                }
                for udp_socket in network.udp_sockets
            ],
        }


def new_ssrc() -> int:
    """Return a random even SSRC; the next one is free for a repair stream."""
    return secrets.randbelow(0x7FFF_FFF0) * 2 + 16
