"""The network test: a person's page and the media process, in a router of their own, for a minute at most.

What the page sends comes back to it: so reachability, rates, loss and delay are those of real media. Nothing
is recorded, nobody else is let in. A socket has one test at a time, a process has a bounded number.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from rtc_server.importance import Importance
from rtc_server.tap_commands import TrackTags
from signaling.domain.actor import Actor
from signaling.domain.errors import DomainError, LimitError, NotFoundError
from signaling.domain.events import DomainEvent, SocketGone
from signaling.domain.ids import JsonObject, StaffId
from signaling.domain.session import ConsumerOptions, Direction, TransportOptions
from signaling.services.ports import Ports

_log = logging.getLogger(__name__)

AT_ONCE: Final = 8
"""Tests of one process: each costs a session's media for some seconds."""
LIFETIME_S: Final = 60.0
PAUSE_S: Final = 5.0
"""Seconds from a person's test to their next one."""
MOST_TRANSPORTS: Final = 24
"""Each way is tried once, and the best one is measured with two; TURN servers may have many addresses."""
MOST_STREAMS: Final = 24
_REMEMBERED: Final = 1024


@dataclass(slots=True)
class _Test:
    router_id: str
    slot: int
    staff_id: StaffId
    ends_at: float
    transports: dict[str, Direction] = field(default_factory=dict)
    producers: dict[str, str] = field(default_factory=dict)
    """Producer → its kind."""
    consumers: int = 0


class NetworkTestService:
    """Opens tests, passes their media commands on, closes them when their time or their socket is over."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._tests: dict[str, _Test] = {}
        self._free = set(range(AT_ONCE))
        self._last: OrderedDict[StaffId, float] = OrderedDict()
        self._changed = asyncio.Event()

    async def open(self, actor: Actor, socket_id: str) -> JsonObject:
        """Begin a test and return its router's RTP capabilities; an earlier one of the socket ends.

        Raises:
            LimitError: `network_test_too_soon` after one, `network_tests_busy` when there are enough.
        """
        now = self._ports.clock.now()
        await self.close(socket_id)
        if now - self._last.get(actor.person, -PAUSE_S) < PAUSE_S:
            raise LimitError("network_test_too_soon")
        if not self._free:
            raise LimitError("network_tests_busy")
        self._note_start(actor.person, now)
        slot = self._free.pop()
        router_id = f"network-test-{self._ports.homes.process}-{slot}"
        test = self._tests[socket_id] = _Test(router_id, slot, actor.person, now + LIFETIME_S)
        self._changed.set()
        try:
            await self._close_router(router_id)  # a process of this name that crashed may have left it
            return await self._ports.media.create_router(router_id, None)
        except BaseException:
            self._forget(socket_id, test)
            raise

    async def create_transport(self, actor: Actor, socket_id: str, direction: Direction) -> TransportOptions:
        """Return a transport of the test; a bounded number each."""
        test = self._of(actor, socket_id)
        if len(test.transports) >= MOST_TRANSPORTS:
            raise LimitError("too_many_transports")
        transport_id = self._ports.secrets.new_id()
        test.transports[transport_id] = direction
        made = await self._ports.media.create_transport(test.router_id, transport_id, direction, sctp=False)
        return TransportOptions(
            transport_id,
            made["iceParameters"],
            tuple(made["iceCandidates"]),
            made["dtlsParameters"],
            made.get("sctpParameters"),
        )

    async def connect_transport(
        self, actor: Actor, socket_id: str, transport_id: str, dtls_parameters: JsonObject
    ) -> None:
        """Hand the page's DTLS parameters to its transport."""
        _require(self._of(actor, socket_id).transports, transport_id, "transport_id")
        await self._ports.media.connect_transport(transport_id, dtls_parameters)

    async def produce(
        self, actor: Actor, socket_id: str, transport_id: str, kind: str, rtp_parameters: JsonObject
    ) -> str:
        """Take a track of the page and return its id."""
        test = self._of(actor, socket_id)
        _require(test.transports, transport_id, "transport_id")
        if len(test.producers) >= MOST_STREAMS:
            raise LimitError("too_many_producers")
        producer_id = self._ports.secrets.new_id()
        test.producers[producer_id] = kind
        tags = TrackTags(participant="test", track="camera", generation=1, recorded=False)
        await self._ports.media.produce(transport_id, producer_id, kind, rtp_parameters, tags, paused=False)
        return producer_id

    async def consume(
        self, actor: Actor, socket_id: str, transport_id: str, producer_id: str, rtp_capabilities: JsonObject
    ) -> ConsumerOptions:
        """Send a track of the page back to it."""
        test = self._of(actor, socket_id)
        _require(test.transports, transport_id, "transport_id")
        _require(test.producers, producer_id, "producer_id")
        if test.consumers >= MOST_STREAMS:
            raise LimitError("too_many_consumers")
        test.consumers += 1
        consumer_id = self._ports.secrets.new_id()
        made = await self._ports.media.consume(
            transport_id, consumer_id, producer_id, rtp_capabilities, Importance.CAMERA, paused=False
        )
        return ConsumerOptions(
            consumer_id, producer_id, test.producers[producer_id], made["rtpParameters"], False
        )

    async def close(self, socket_id: str) -> None:
        """End the socket's test, if it has one."""
        test = self._tests.get(socket_id)
        if test is not None:
            self._forget(socket_id, test)
            await self._close_router(test.router_id)

    async def on_event(self, event: DomainEvent) -> None:
        """End the test of a socket that is gone."""
        if isinstance(event, SocketGone):
            await self.close(event.socket_id)

    async def run(self) -> None:
        """End what is over, until cancelled."""
        while True:
            self._changed.clear()
            now = self._ports.clock.now()
            for socket_id in [key for key, test in self._tests.items() if test.ends_at <= now]:
                await self.close(socket_id)
            next_end = min((test.ends_at for test in self._tests.values()), default=float("inf"))
            await self._ports.clock.wait(next_end, self._changed.wait)

    def _of(self, actor: Actor, socket_id: str) -> _Test:
        test = self._tests.get(socket_id)
        if test is None or test.staff_id != actor.person:
            raise NotFoundError("network_test_over")
        return test

    def _forget(self, socket_id: str, test: _Test) -> None:
        if self._tests.get(socket_id) is test:
            del self._tests[socket_id]
            self._free.add(test.slot)

    def _note_start(self, staff_id: StaffId, now: float) -> None:
        self._last.pop(staff_id, None)
        self._last[staff_id] = now
        if len(self._last) > _REMEMBERED:
            self._last.popitem(last=False)

    async def _close_router(self, router_id: str) -> None:
        with suppress(DomainError):  # there is none, or its process is gone with it
            await self._ports.media.close_router(router_id)


def _require(known: Mapping[str, object], key: str, name: str) -> None:
    if key not in known:
        raise NotFoundError("network_test_over", field=name)
