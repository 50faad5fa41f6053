"""Who gets whose data messages in one router; closing returns what ended, as the router's own closes do."""

from collections.abc import Iterable

from rtc_server.errors import StateError
from rtc_server.owner_events import DataEnd, DataEndClosed
from rtc_server.sfu.data_channel import DataConsumer, DataProducer
from rtc_server.sfu.parameters import SctpStreamParameters
from rtc_server.sfu.transport import WebRtcTransport


class DataRouter:
    """The data channels between the transports of one router.

    Args:
        router_id: named in what ended.
        transports: the router's own, read whenever something is closed.
    """

    def __init__(self, router_id: str, transports: Iterable[WebRtcTransport]) -> None:
        self._router_id = router_id
        self._transports = transports

    def produce(
        self,
        transport: WebRtcTransport,
        data_producer_id: str,
        *,
        parameters: SctpStreamParameters,
        label: str,
        protocol: str,
    ) -> DataProducer:
        """Make a data producer.

        Raises:
            StateError: the transport was made without SCTP.
            LimitError, MalformedError: no room, or the stream is taken.
        """
        _check_sctp(transport)
        producer = DataProducer(data_producer_id, transport, parameters, label, protocol)
        transport.data.add_producer(producer)
        return producer

    def consume(
        self, transport: WebRtcTransport, data_consumer_id: str, producer: DataProducer
    ) -> DataConsumer:
        """Make a data consumer, reliable and ordered as its producer is.

        Raises:
            StateError: the transport was made without SCTP.
            LimitError: every stream is in use.
        """
        _check_sctp(transport)
        source = producer.parameters
        parameters = SctpStreamParameters(
            transport.data.take_stream_id(),
            source.ordered,
            source.max_packet_life_time_ms,
            source.max_retransmits,
        )
        consumer = DataConsumer(data_consumer_id, transport, producer, parameters)
        transport.data.add_consumer(consumer)
        producer.consumers.append(consumer)
        return consumer

    def close_producer(self, producer: DataProducer, reason: str) -> list[DataEndClosed]:
        """End a data producer and its consumers."""
        ended: list[DataEndClosed] = []
        for consumer in list(producer.consumers):
            ended += self.close_consumer(consumer, "producer_closed")
        transport = self._transport(producer)
        transport.data.remove_producer(producer)
        return [*ended, DataEndClosed(self._router_id, transport.id, DataEnd.PRODUCER, producer.id, reason)]

    def close_consumer(self, consumer: DataConsumer, reason: str) -> list[DataEndClosed]:
        """End one data consumer, whose stream is reset."""
        transport = self._transport(consumer)
        consumer.producer.consumers.remove(consumer)
        transport.data.remove_consumer(consumer)
        transport.outbox.send_message(consumer.parameters, 0, None)
        return [DataEndClosed(self._router_id, transport.id, DataEnd.CONSUMER, consumer.id, reason)]

    def close_all_of(self, transport: WebRtcTransport, reason: str) -> list[DataEndClosed]:
        """End all data channels of a transport, whose SCTP association is gone."""
        ended: list[DataEndClosed] = []
        for consumer in list(transport.data.consumers):
            ended += self.close_consumer(consumer, reason)
        for producer in list(transport.data.producers):
            ended += self.close_producer(producer, reason)
        return ended

    def _transport(self, end: DataProducer | DataConsumer) -> WebRtcTransport:
        return next(transport for transport in self._transports if transport is end.transport)


def _check_sctp(transport: WebRtcTransport) -> None:
    if not transport.wants_sctp:
        raise StateError("This transport was made without SCTP.")
