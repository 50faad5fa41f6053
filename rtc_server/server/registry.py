"""The one table of ids of a media process: whatever can be named in a request stands here, and only here.

Objects come in when they are made and go when `forget` is given what a close returned; nothing else adds or
removes. Whom an object serves is its own affair (a producer has consumers, a transport streams by SSRC).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, assert_never

from rtc_server.errors import MalformedError, NotFoundError
from rtc_server.net.connection import Connection
from rtc_server.owner_events import ConsumerClosed, DataEnd, DataEndClosed, ProducerClosed
from rtc_server.sfu.consumer import Consumer
from rtc_server.sfu.data_channel import DataConsumer, DataProducer
from rtc_server.sfu.drops import DropCounter
from rtc_server.sfu.producer import Producer
from rtc_server.sfu.router import Ended, Router, TransportEnded
from rtc_server.sfu.transport import WebRtcTransport

T = TypeVar("T")


@dataclass(slots=True)
class Peer:
    """A transport with its connection, and the router that it belongs to."""

    router: Router
    transport: WebRtcTransport
    connection: Connection


class Table(Generic[T]):
    """The objects of one noun, by the id their owner chose.

    Args:
        noun: as a person reads it in a refusal.
    """

    __slots__ = ("_by_id", "_noun")

    def __init__(self, noun: str) -> None:
        self._noun = noun
        self._by_id: dict[str, T] = {}

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[T]:
        return iter(self._by_id.values())

    def find(self, wanted: str) -> T | None:
        """Return the object with this id if there is one."""
        return self._by_id.get(wanted)

    def get(self, wanted: str) -> T:
        """Return the object with this id or raise NotFoundError."""
        found = self._by_id.get(wanted)
        if found is None:
            raise NotFoundError(f"There is no such {self._noun}.")
        return found

    def refuse_double(self, new_id: str) -> None:
        """Raise MalformedError when an id is in use; to be asked before an object is made."""
        if new_id in self._by_id:
            raise MalformedError("This id is in use.")

    def add(self, new_id: str, new: T) -> None:
        """Let an object be found by its id."""
        self.refuse_double(new_id)
        self._by_id[new_id] = new

    def remove(self, ended_id: str) -> None:
        """Forget an object that ended."""
        del self._by_id[ended_id]


class Registry:
    """Every object of one media process.

    Args:
        drops: counts an end that is told of what is not there.
    """

    def __init__(self, drops: DropCounter) -> None:
        self._drops = drops
        self.routers = Table[Router]("router")
        self.peers = Table[Peer]("transport")
        self.producers = Table[Producer]("producer")
        self.consumers = Table[Consumer]("consumer")
        self.data_producers = Table[DataProducer]("data producer")
        self.data_consumers = Table[DataConsumer]("data consumer")

    def forget(self, ended: Iterable[Ended]) -> None:
        """Forget what a close returned; one that is not there keeps none of the others."""
        for end in ended:
            table, ended_id = self._place(end)
            try:
                table.remove(ended_id)
            except KeyError:
                self._drops.count_fault("the end", ended_id)

    def _place(self, end: Ended) -> tuple[Table[Any], str]:
        """Return where something that ended stands, and its id there."""
        match end:
            case TransportEnded():
                return self.peers, end.transport_id
            case ProducerClosed():
                return self.producers, end.producer_id
            case ConsumerClosed():
                return self.consumers, end.consumer_id
            case DataEndClosed():
                return self._data_ends(end.end), end.id
            case _:
                assert_never(end)

    def _data_ends(self, end: DataEnd) -> Table[DataProducer] | Table[DataConsumer]:
        return self.data_producers if end is DataEnd.PRODUCER else self.data_consumers

    def counts(self) -> dict[str, int]:
        """Return how many objects of each noun there are."""
        return {
            "routers": len(self.routers),
            "transports": len(self.peers),
            "producers": len(self.producers),
            "consumers": len(self.consumers),
            "dataProducers": len(self.data_producers),
            "dataConsumers": len(self.data_consumers),
        }
