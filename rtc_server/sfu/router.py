"""A router: the transports of one call, and who hears whom.

What is closed returns everything that ended with it, as values in the order in which it ended: whoever keeps
a table of ids forgets them and tells their owners. Ids are unique per process, which the server sees to.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from rtc_server.config import MediaConfig
from rtc_server.errors import LimitError, StateError, UnsupportedError
from rtc_server.importance import Importance
from rtc_server.owner_events import (
    ConsumerClosed,
    ConsumerProducerPaused,
    DataEndClosed,
    OwnerEvent,
    ProducerClosed,
    ProducerLayersWanted,
    SpeakerChanged,
)
from rtc_server.sfu.consumer import Consumer
from rtc_server.sfu.data_router import DataRouter
from rtc_server.sfu.engine import Engine
from rtc_server.sfu.parameters import (
    can_consume,
    check_producer_parameters,
    consumable_parameters,
    consumer_parameters,
    map_producer,
    parse_rtp_capabilities,
    parse_rtp_parameters,
    producer_type,
    router_capabilities,
)
from rtc_server.sfu.peer_ports import Origin
from rtc_server.sfu.producer import Producer
from rtc_server.sfu.python_engine import PythonEngine
from rtc_server.sfu.route import make_route
from rtc_server.sfu.speaker import SpeakerDetector
from rtc_server.sfu.tap import Tap
from rtc_server.sfu.transport import WebRtcTransport
from rtc_server.wire.extensions import AUDIO_LEVEL


@dataclass(frozen=True, slots=True)
class TransportEnded:
    """A transport is gone with everything on it; the shell closes its connection."""

    router_id: str
    transport_id: str
    reason: str


Ended = TransportEnded | ProducerClosed | ConsumerClosed | DataEndClosed
"""What a close returns, one for each object that ended."""

logger = logging.getLogger(__name__)

MakeTap = Callable[[str, Mapping[str, Any]], Tap | None]
"""Makes the tap of a producer from its id and application data; None lets it go unheard."""


class Router:
    """Forward between the transports of one call.

    Args:
        router_id: chosen by the owner.
        emit: told every event, in order.
        engine: makes the streams.
        wall_offset: seconds to add to `now` to get Unix time.
    """

    def __init__(
        self,
        router_id: str,
        *,
        config: MediaConfig,
        emit: Callable[[OwnerEvent], None],
        wall_offset: float,
        engine: Engine | None = None,
    ) -> None:
        self.id = router_id
        self.capabilities = router_capabilities(config.codecs)
        self.emit = emit
        self.transports: list[WebRtcTransport] = []
        self.data = DataRouter(router_id, self.transports)
        self._config = config
        self._wall_offset = wall_offset
        self._engine = engine or PythonEngine()
        self._consumers: dict[Origin, list[Consumer]] = {}
        """Who hears whom."""
        self._speaker = SpeakerDetector()
        self._make_tap: MakeTap | None = None

    # --- transports

    def create_transport(
        self, transport_id: str, *, direction: str, wants_sctp: bool, ssrc: int, now: float
    ) -> WebRtcTransport:
        """Make a transport; the shell connects it.

        Raises:
            LimitError: too many transports.
        """
        if len(self.transports) >= self._config.limits.max_transports_per_router:
            raise LimitError("This router has as many transports as it may have.")
        transport = WebRtcTransport(
            transport_id,
            router_id=self.id,
            direction=direction,
            wants_sctp=wants_sctp,
            ssrc=ssrc,
            config=self._config,
            wall_offset=self._wall_offset,
            emit=self.emit,
            now=now,
        )
        self.transports.append(transport)
        return transport

    def close_transport(self, transport: WebRtcTransport, reason: str) -> list[Ended]:
        """End a transport and everything on it; the consumers that others had of its producers, too."""
        ended: list[Ended] = []
        for consumer in list(transport.consumers.values()):
            ended += self.close_consumer(consumer, "transport_closed")
        ended += self.data.close_all_of(transport, reason)
        for producer in list(transport.producers):
            ended += self.close_producer(producer, reason)
        self.transports.remove(transport)
        return [*ended, TransportEnded(self.id, transport.id, reason)]

    # --- producers

    def produce(
        self,
        transport: WebRtcTransport,
        producer_id: str,
        *,
        kind: str,
        rtp_parameters: object,
        app_data: Mapping[str, Any],
        paused: bool,
        now: float,
    ) -> Producer:
        """Make a producer from a client's parameters.

        Raises:
            MalformedError, UnsupportedError: the parameters (MEDIA_CONTRACT D).
            LimitError: too many producers.
        """
        checked = check_producer_parameters(kind, parse_rtp_parameters(rtp_parameters))
        named = replace(checked, cname=transport.id, msid=None)  # a peer's own names go to nobody else
        parameters, mapping = map_producer(named, self.capabilities, 0)
        hears_levels = kind == "audio" and parameters.extension_id(AUDIO_LEVEL) is not None
        producer = Producer(
            producer_id,
            transport=transport,
            kind=kind,
            parameters=parameters,
            consumable=consumable_parameters(kind, parameters, self.capabilities, mapping),
            mapping=mapping,
            app_data=app_data,
            paused=paused,
            limits=self._config.limits,
            engine=self._engine,
            speaker=self._speaker if hears_levels else None,
            tell_layers=lambda layer: self.emit(ProducerLayersWanted(self.id, producer_id, layer)),
        )
        transport.add_producer(producer, now)
        self._consumers[producer] = []
        if hears_levels:
            self._speaker.add(producer_id, now)
        self._tap(producer)
        return producer

    def pause_producer(self, producer: Producer) -> None:
        """Stop forwarding a producer; its consumers' owners are told."""
        if not producer.paused:
            producer.pause()
            self._tell_paused(producer, paused=True)

    def resume_producer(self, producer: Producer, now: float) -> None:
        """Forward a producer again; its consumers' owners are told."""
        if producer.paused:
            producer.resume(now)
            self._tell_paused(producer, paused=False)

    def close_producer(self, producer: Producer, reason: str) -> list[Ended]:
        """End a producer and its consumers."""
        ended: list[Ended] = []
        for consumer in list(self._consumers[producer]):
            ended += self.close_consumer(consumer, "producer_closed")
        del self._consumers[producer]
        producer.close(reason)
        self._speaker.remove(producer.id)
        self._transport(producer).remove_producer(producer)
        return [*ended, ProducerClosed(self.id, producer.id, reason)]

    @staticmethod
    def type_of(producer: Producer) -> str:
        """Return mediasoup's word for the producer's encodings."""
        return producer_type(producer.parameters)

    # --- consumers

    def consume(
        self,
        transport: WebRtcTransport,
        consumer_id: str,
        producer: Producer,
        *,
        rtp_capabilities: object,
        importance: Importance = Importance.CAMERA,
        paused: bool,
        ssrc: int,
        now: float,
    ) -> Consumer:
        """Make a consumer of a producer for one client.

        Args:
            importance: of a picture; sound is always the most important.
            ssrc: random and even; its successor is the repair stream's.

        Raises:
            MalformedError: the capabilities.
            UnsupportedError: no codec in common.
            LimitError: too many consumers.
        """
        capabilities = parse_rtp_capabilities(rtp_capabilities)
        if not can_consume(producer.consumable, capabilities):
            raise UnsupportedError("This client understands none of the producer's codecs.")
        transport.check_room_for_consumer()
        parameters = consumer_parameters(
            producer.consumable,
            capabilities,
            ssrc=ssrc,
            enable_rtx=True,
            mid=transport.take_mid(),
        )
        stream = self._engine.sender(
            make_route(producer.kind, producer.parameters, producer.mapping, parameters),
            paused=paused,
            outbox=transport.outbox,
            drops=transport.drops,
        )
        consumer = Consumer(
            consumer_id,
            transport=transport,
            origin=producer,
            parameters=parameters,
            stream=stream,
            importance=Importance.SOUND if producer.kind == "audio" else importance,
            paused=paused,
        )
        transport.add_consumer(consumer, now)
        self._consumers[producer].append(consumer)
        producer.attach(stream)
        consumer.request_key_frame(now)
        return consumer

    def close_consumer(self, consumer: Consumer, reason: str) -> list[Ended]:
        """End one consumer."""
        origin = consumer.origin
        origin.detach(consumer.stream)
        self._consumers[origin].remove(consumer)
        self._transport(consumer).remove_consumer(consumer)
        return [ConsumerClosed(self.id, consumer.transport.id, consumer.id, origin.id, reason)]

    # --- taps

    def open_tap(self, make_tap: MakeTap) -> None:
        """Tap every producer, those that exist too.

        Raises:
            StateError: it is tapped already.
        """
        if self._make_tap is not None:
            raise StateError("This router is tapped already.")
        self._make_tap = make_tap
        for producer in self._producers():
            self._tap(producer)

    def _tap(self, producer: Producer) -> None:
        """Let a producer be heard; one whose tap cannot be made goes on unheard, as one whose tap fails."""
        if self._make_tap is None:
            return
        try:
            tap = self._make_tap(producer.id, producer.app_data)
            if tap is not None:
                producer.add_tap(tap)
        except Exception:
            logger.exception("producer %s: no tap could be made", producer.id)

    # --- life and time

    def close(self, reason: str) -> list[Ended]:
        """End everything."""
        ended: list[Ended] = []
        for transport in list(self.transports):
            ended += self.close_transport(transport, reason)
        return ended

    def next_deadline(self) -> float:
        """Return when `handle_timeout` is due; transports have deadlines of their own."""
        return self._speaker.next_deadline()

    def handle_timeout(self, now: float) -> None:
        """Advance time: who speaks."""
        if self._speaker.handle_timeout(now):
            self.emit(SpeakerChanged(self.id, self._speaker.speaker))
            speaker = next((each for each in self._producers() if each.id == self._speaker.speaker), None)
            for transport in self.transports:
                transport.sharing.speaks(None if speaker is None else speaker.transport.id, now)
                transport.touch()

    def _producers(self) -> Iterator[Producer]:
        for transport in self.transports:
            yield from transport.producers

    def _transport(self, end: Producer | Consumer) -> WebRtcTransport:
        """Return the transport of an end, which itself knows it by a narrow protocol only."""
        return next(transport for transport in self.transports if transport is end.transport)

    def _tell_paused(self, producer: Producer, *, paused: bool) -> None:
        for consumer in self._consumers[producer]:
            self.emit(ConsumerProducerPaused(self.id, consumer.transport.id, consumer.id, paused))
