"""Which data producer or consumer has which SCTP stream of one transport (RFC 8831 §6.4)."""

from collections.abc import Collection

from rtc_server.config import MediaLimits
from rtc_server.errors import LimitError, MalformedError
from rtc_server.sfu.data_channel import DataConsumer, DataProducer
from rtc_server.sfu.parameters import StreamIds


class DataStreams:
    """The data channels of one transport, a bounded number each way."""

    def __init__(self, limits: MediaLimits) -> None:
        self.consumers: list[DataConsumer] = []
        self._by_stream: dict[int, DataProducer] = {}
        self._max_producers = limits.max_data_producers_per_transport
        self._stream_ids = StreamIds(limits.max_data_consumers_per_transport)

    @property
    def producers(self) -> Collection[DataProducer]:
        """Return the data producers."""
        return self._by_stream.values()

    def by_stream(self, stream_id: int) -> DataProducer | None:
        """Return whose messages come by a stream."""
        return self._by_stream.get(stream_id)

    def add_producer(self, producer: DataProducer) -> None:
        """Route a stream's messages to a data producer.

        Raises:
            LimitError: too many data producers.
            MalformedError: the stream is taken.
        """
        if len(self._by_stream) >= self._max_producers:
            raise LimitError("This transport has as many data producers as it may have.")
        if producer.parameters.stream_id in self._by_stream:
            raise MalformedError("Another data producer of this transport uses this stream.")
        self._by_stream[producer.parameters.stream_id] = producer

    def remove_producer(self, producer: DataProducer) -> None:
        """Forget a data producer."""
        del self._by_stream[producer.parameters.stream_id]

    def take_stream_id(self) -> int:
        """Return a free stream for a data consumer; `add_consumer` follows.

        Raises:
            LimitError: every stream is in use.
        """
        return self._stream_ids.take()

    def add_consumer(self, consumer: DataConsumer) -> None:
        """Keep a data consumer, made with a stream from `take_stream_id`."""
        self.consumers.append(consumer)

    def remove_consumer(self, consumer: DataConsumer) -> None:
        """Forget a data consumer and free its stream, whose reset is the caller's to send."""
        self.consumers.remove(consumer)
        self._stream_ids.release(consumer.parameters.stream_id)
