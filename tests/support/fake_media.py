"""A media process in memory: it knows which routers, transports, producers and consumers exist.

It answers and tells what the real one does, which `tests/signaling/adapters/test_media_contract.py` holds it
to, but looks at nobody's RTP parameters and carries no media.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from rtc_server.errors import MalformedError, NotFoundError, StateError, error_from_code
from rtc_server.owner_events import (
    ConsumerClosed,
    ConsumerProducerPaused,
    OwnerEvent,
    ProducerClosed,
    TransportState,
    TransportStateChanged,
)
from rtc_server.tap_commands import TAP_COMMANDS, TAP_OPENINGS, OpenTap, TapCommand

Params = dict[str, Any]


@dataclass(frozen=True)
class Transport:
    """Where a transport is, and whether a client connected it."""

    router_id: str
    connected: bool = False


@dataclass(frozen=True)
class Producer:
    """Whose transport a producer is on."""

    transport_id: str
    kind: str
    paused: bool


@dataclass(frozen=True)
class Consumer:
    """Who gets which producer."""

    transport_id: str
    producer_id: str


class FakeMedia:
    """The client's side of a control channel, answered from memory; `restart` gives it a new life."""

    def __init__(self, epoch: str = "") -> None:
        self.epoch = epoch or secrets.token_hex(4)
        self.requests: list[tuple[str, Params]] = []
        self.commands: list[tuple[str, TapCommand]] = []
        """What taps were told, and of which router."""
        self.routers: dict[str, OpenTap | None] = {}
        self.transports: dict[str, Transport] = {}
        self.producers: dict[str, Producer] = {}
        self.consumers: dict[str, Consumer] = {}
        self.lines: dict[str, Params] = {}
        """What is told of the line of a transport; nothing flows on others."""
        self.is_up = asyncio.Event()
        self.is_up.set()
        self.called = asyncio.Event()
        """Somebody tried to connect."""
        self._asked: dict[str, asyncio.Future[None]] = {}
        self._connections: list[FakeConnection] = []

    @asynccontextmanager
    async def connect(self) -> AsyncIterator["FakeConnection"]:
        """Be connected to, by one controller or several; out of reach unless it is up."""
        self.called.set()
        if not self.is_up.is_set():
            raise error_from_code("media_unreachable", "Nobody answers.")
        connection = FakeConnection(self)
        self._connections.append(connection)
        try:
            yield connection
        finally:
            self._connections.remove(connection)

    def _tell(self, event: OwnerEvent | None) -> None:
        for connection in self._connections:
            connection.queue.put_nowait(event)

    def hang_up(self) -> None:
        """Be out of reach until `is_up` is set, and keep everything."""
        self.is_up.clear()
        self._tell(None)

    def until_asked(self, method: str) -> asyncio.Future[None]:
        """Return what is done after the next request of that method was answered."""
        return self._asked.setdefault(method, asyncio.get_running_loop().create_future())

    def restart(self, epoch: str = "") -> None:
        """Die and come back empty."""
        self.epoch = epoch or secrets.token_hex(4)
        for table in (self.routers, self.transports, self.producers, self.consumers):
            table.clear()
        self._tell(None)

    def emit(self, event: OwnerEvent) -> None:
        """Let an event happen."""
        self._tell(event)

    async def request(self, method: str, params: Params | None = None) -> Params:
        """Answer one request; raises what the real one raises."""
        params = params or {}
        self.requests.append((method, params))
        try:
            return self._answer(method, params)
        finally:
            if method in self._asked:
                self._asked.pop(method).set_result(None)

    def _answer(self, method: str, params: Params) -> Params:
        match method.split("."):
            case ["router", act]:
                return self._router(act, params)
            case ["transport", act]:
                return self._transport(act, params)
            case ["producer", act]:
                return self._producer(act, params)
            case ["consumer", act]:
                return self._consumer(act, params)
            case ["tap", "control"]:
                return self._control_tap(params)
            case ["stats"]:
                return self._figures()
        raise error_from_code("unsupported", "There is no such method.")

    def _router(self, act: str, params: Params) -> Params:
        router_id = params["routerId"]
        if act == "create":
            tap = params.get("tap")
            self.routers.setdefault(router_id, TAP_OPENINGS.read(tap) if tap is not None else None)
            return {"rtpCapabilities": {"codecs": [{"mimeType": "audio/opus"}], "headerExtensions": []}}
        _find(self.routers, router_id)
        if act == "lines":
            return {"lines": [self.lines.get(key, _line(key)) for key in self._transports_of(router_id)]}
        transports = self._transports_of(router_id)
        for transport_id in transports:
            self._end_all_of(router_id, transport_id)
        for transport_id in transports:
            self._tell_state(router_id, transport_id, TransportState.CLOSED, "closed")
        del self.routers[router_id]
        return {}

    def _transports_of(self, router_id: str) -> list[str]:
        return [key for key, one in self.transports.items() if one.router_id == router_id]

    def _transport(self, act: str, params: Params) -> Params:
        transport_id = params["transportId"]
        if act == "create":
            _find(self.routers, params["routerId"])
            _refuse_double(self.transports, transport_id)
            self.transports[transport_id] = Transport(params["routerId"])
            sctp = {"sctpParameters": {"port": 5000, "maxMessageSize": 262_144}} if params["sctp"] else {}
            return {
                "id": transport_id,
                "iceParameters": _ice_parameters(),
                "iceCandidates": [{"ip": "127.0.0.1", "port": 40000, "protocol": "udp"}],
                "dtlsParameters": {"role": "auto", "fingerprints": []},
                **sctp,
            }
        transport = _find(self.transports, transport_id)
        match act:
            case "connect":
                if transport.connected:
                    raise StateError("This transport is connected already.")
                self.transports[transport_id] = replace(transport, connected=True)
                self._tell_state(transport.router_id, transport_id, TransportState.CONNECTING)
            case "restartIce":
                return {"iceParameters": _ice_parameters()}
            case "close":
                self._end_all_of(transport.router_id, transport_id)
                self._tell_state(transport.router_id, transport_id, TransportState.CLOSED, "closed")
        return {}

    def _producer(self, act: str, params: Params) -> Params:
        producer_id = params["producerId"]
        if act == "create":
            _find(self.transports, params["transportId"])
            _refuse_double(self.producers, producer_id)
            self.producers[producer_id] = Producer(params["transportId"], params["kind"], params["paused"])
            return {"id": producer_id, "type": "simple"}
        producer = _find(self.producers, producer_id)
        match act:
            case "pause" | "resume":
                self._set_paused(producer_id, producer, act == "pause")
            case "close":
                self._end_producer(self.transports[producer.transport_id].router_id, producer_id, "closed")
        return {}

    def _set_paused(self, producer_id: str, producer: Producer, paused: bool) -> None:
        if producer.paused is paused:
            return
        self.producers[producer_id] = replace(producer, paused=paused)
        router_id = self.transports[producer.transport_id].router_id
        for key, consumer in self._heard_by(producer_id):
            self._tell(ConsumerProducerPaused(router_id, consumer.transport_id, key, paused))

    def _consumer(self, act: str, params: Params) -> Params:
        consumer_id = params["consumerId"]
        if act == "create":
            transport = _find(self.transports, params["transportId"])
            _refuse_double(self.consumers, consumer_id)
            producer = _find(self.producers, params["producerId"])
            if self.transports[producer.transport_id].router_id != transport.router_id:
                raise MalformedError("The producer belongs to another router.")
            self.consumers[consumer_id] = Consumer(params["transportId"], params["producerId"])
            return {
                "id": consumer_id,
                "producerId": params["producerId"],
                "kind": producer.kind,
                "rtpParameters": {"codecs": []},
                "type": "simple",
                "producerPaused": producer.paused,
            }
        _find(self.consumers, consumer_id)
        if act == "close":
            del self.consumers[consumer_id]  # whoever asks for it is not told
        return {}

    def _control_tap(self, params: Params) -> Params:
        router_id = params["routerId"]
        if _find(self.routers, router_id) is None:
            raise NotFoundError("This router is not recorded.")
        self.commands.append((router_id, TAP_COMMANDS.read(params["command"])))
        return {}

    def _heard_by(self, producer_id: str) -> list[tuple[str, Consumer]]:
        return [(key, one) for key, one in self.consumers.items() if one.producer_id == producer_id]

    def _end_all_of(self, router_id: str, transport_id: str) -> None:
        """End a transport: what it gets, then what it sends."""
        for key, consumer in list(self.consumers.items()):
            if consumer.transport_id == transport_id:
                self._end_consumer(router_id, key, "transport_closed")
        for key, producer in list(self.producers.items()):
            if producer.transport_id == transport_id:
                self._end_producer(router_id, key, "closed")
        del self.transports[transport_id]

    def _end_producer(self, router_id: str, producer_id: str, reason: str) -> None:
        for key, _ in self._heard_by(producer_id):
            self._end_consumer(router_id, key, "producer_closed")
        del self.producers[producer_id]
        self._tell(ProducerClosed(router_id, producer_id, reason))

    def _end_consumer(self, router_id: str, consumer_id: str, reason: str) -> None:
        consumer = self.consumers.pop(consumer_id)
        told = ConsumerClosed(router_id, consumer.transport_id, consumer_id, consumer.producer_id, reason)
        self._tell(told)

    def _tell_state(
        self, router_id: str, transport_id: str, state: TransportState, reason: str | None = None
    ) -> None:
        self._tell(TransportStateChanged(router_id, transport_id, state, reason))

    def _figures(self) -> Params:
        tables = ("routers", "transports", "producers", "consumers")
        counts = {name: len(getattr(self, name)) for name in tables}
        rates = {"packetsReceivedPerSecond": 0.0, "packetsSentPerSecond": 0.0, "loopLagMs": 0.1}
        rates["reachableAddresses"] = 1
        return {"epoch": self.epoch, **counts, **rates, "drops": {"egress_full": 2}}


class FakeConnection:
    """One controller's connection."""

    def __init__(self, media: FakeMedia) -> None:
        self.epoch = media.epoch
        self.request = media.request
        self.queue: asyncio.Queue[OwnerEvent | None] = asyncio.Queue()

    async def events(self) -> AsyncIterator[OwnerEvent]:
        """Yield events until the process dies."""
        while (event := await self.queue.get()) is not None:
            yield event


def _find(table: dict[str, Any], key: str) -> Any:
    if key not in table:
        raise NotFoundError("There is no such thing.")
    return table[key]


def _refuse_double(table: dict[str, Any], key: str) -> None:
    if key in table:
        raise MalformedError("This id is in use.")


def _line(transport_id: str) -> Params:
    return {"id": transport_id, "received": 0, "sent": 0, "rttMs": None, "streams": []}


def _ice_parameters() -> Params:
    return {"usernameFragment": secrets.token_hex(4), "password": "p", "iceLite": True}
