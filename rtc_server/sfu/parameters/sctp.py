"""Parameters of data channels (MEDIA_CONTRACT 46–48): negotiated streams, no DCEP."""

from dataclasses import dataclass
from typing import Final

from rtc_server.errors import LimitError, MalformedError
from rtc_server.sfu.parameters.fields import read_flag, read_integer, read_object, require_integer
from rtc_server.sfu.parameters.types import JsonObject

MAX_STREAM_ID: Final = 65534
"""RFC 8831 §6.5: 65535 must not be used."""

_MAX_UINT16: Final = 65535


@dataclass(frozen=True, slots=True)
class SctpStreamParameters:
    """One data channel's stream.

    Attributes:
        stream_id: 0–65534.
        ordered: whether messages arrive in order.
        max_packet_life_time_ms: give a message up after this; None for never.
        max_retransmits: give a message up after this many; None for never.
    """

    stream_id: int
    ordered: bool = True
    max_packet_life_time_ms: int | None = None
    max_retransmits: int | None = None

    def to_json(self) -> JsonObject:
        """Return mediasoup's `SctpStreamParameters`."""
        json: JsonObject = {"streamId": self.stream_id, "ordered": self.ordered}
        if self.max_packet_life_time_ms is not None:
            json["maxPacketLifeTime"] = self.max_packet_life_time_ms
        if self.max_retransmits is not None:
            json["maxRetransmits"] = self.max_retransmits
        return json


def parse_sctp_stream_parameters(value: object) -> SctpStreamParameters:
    """Read `sctpStreamParameters` of a new data producer.

    mediasoup takes a limit of 0 for none; we take it so only when `ordered: false` was not sent.

    Raises:
        MalformedError: no stream id, both limits, or explicitly ordered with a limit.
    """
    source = read_object(value, "sctpStreamParameters")
    stream_id = require_integer(source, "streamId", 0, MAX_STREAM_ID)
    ordered = read_flag(source, "ordered")
    life_time = read_integer(source, "maxPacketLifeTime", 0, _MAX_UINT16)
    retransmits = read_integer(source, "maxRetransmits", 0, _MAX_UINT16)
    if life_time and retransmits:
        raise MalformedError("maxPacketLifeTime and maxRetransmits exclude each other")
    if ordered is not False:
        life_time, retransmits = life_time or None, retransmits or None
    elif life_time is not None and retransmits is not None:
        # One of them is 0: the other limit is meant.
        life_time, retransmits = life_time or None, retransmits if not life_time else None
    limited = life_time is not None or retransmits is not None
    if ordered and limited:
        raise MalformedError("an ordered stream cannot have maxPacketLifeTime or maxRetransmits")
    return SctpStreamParameters(
        stream_id, not limited if ordered is None else ordered, life_time, retransmits
    )


class StreamIds:
    """Give out stream ids on a consumer's transport, each free one in turn.

    Args:
        count: ids 0 … count − 1.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._taken: set[int] = set()
        self._next = 0

    def take(self) -> int:
        """Return a free id.

        Raises:
            LimitError: every id is in use.
        """
        for step in range(self._count):
            candidate = (self._next + step) % self._count
            if candidate not in self._taken:
                self._taken.add(candidate)
                self._next = (candidate + 1) % self._count
                return candidate
        raise LimitError("no SCTP stream is free on this transport")

    def release(self, stream_id: int) -> None:
        """Take an id back; one that was not given out is ignored."""
        self._taken.discard(stream_id)
