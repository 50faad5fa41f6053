"""Data producers and consumers: messages by SCTP stream, relayed as they come (RFC 8831, no DCEP)."""

from dataclasses import dataclass, field
from typing import Final

from rtc_server.sfu.drops import Drop
from rtc_server.sfu.parameters import SctpStreamParameters
from rtc_server.sfu.peer_ports import Downstream

STRING: Final = 51
BINARY: Final = 53
STRING_EMPTY: Final = 56
BINARY_EMPTY: Final = 57
_RELAYED: Final = frozenset((STRING, BINARY, STRING_EMPTY, BINARY_EMPTY))


@dataclass(slots=True, eq=False)
class DataProducer:
    """A stream of messages from one peer."""

    id: str
    transport: Downstream
    parameters: SctpStreamParameters
    label: str
    protocol: str
    consumers: list["DataConsumer"] = field(default_factory=list)
    messages: int = 0
    message_bytes: int = 0

    def stats(self) -> dict[str, object]:
        """Return counters for `transport.stats`."""
        return {"id": self.id, "messages": self.messages, "bytes": self.message_bytes}

    def receive(self, protocol_id: int, data: bytes) -> None:
        """Hand one message to every consumer, payload protocol id kept."""
        if protocol_id not in _RELAYED:
            self.transport.drops.count(Drop.UNKNOWN_STREAM)
            return
        self.messages += 1
        self.message_bytes += len(data)
        for consumer in self.consumers:
            try:
                consumer.transport.outbox.send_message(consumer.parameters, protocol_id, data)
            except Exception:
                consumer.transport.drops.count_fault("a message", consumer.id)


@dataclass(slots=True, eq=False)
class DataConsumer:
    """A stream of messages to one peer."""

    id: str
    transport: Downstream
    producer: DataProducer
    parameters: SctpStreamParameters
