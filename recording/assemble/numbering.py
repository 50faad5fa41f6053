"""Unwrapped sequence numbers and timestamps of a journal's packets; both passes number alike.

16 bits of sequence number wrap within a minute or two, so after a pause or a long silence the old numbers say
nothing: the count then goes on far above, which reads as a hole.
"""

from struct import Struct
from typing import Final

from rtc_server.errors import WireError
from rtc_server.wire.rtp import RtpView
from rtc_server.wire.sequence import Unwrapper

SILENCE_SECONDS: Final = 10.0
_EPOCH: Final = 1 << 20
_HEADER: Final = Struct("!xxHI")


class Numbering:
    """Number the packets of one stream in their order of arrival."""

    def __init__(self) -> None:
        self._sequence = Unwrapper(16)
        self._timestamp = Unwrapper(32)
        self._offset = 0
        self._highest = 0
        self._last_arrival: float | None = None

    def interrupt(self) -> None:
        """Packets are missing on purpose; those to come are counted anew."""
        if self._last_arrival is not None:
            self._offset = (self._highest // _EPOCH + 2) * _EPOCH
            self._sequence = Unwrapper(16)
            self._last_arrival = None

    def number(self, packet: bytes, arrival: float) -> tuple[int, int] | None:
        """Return sequence number and timestamp, unwrapped; None for what is no RTP.

        Args:
            arrival: seconds; a silence of more than `SILENCE_SECONDS` counts as an interruption.
        """
        if len(packet) < 12:
            return None
        raw_sequence, raw_timestamp = _HEADER.unpack_from(packet)
        return self.follow(raw_sequence, raw_timestamp, arrival)

    def follow(self, raw_sequence: int, raw_timestamp: int, arrival: float) -> tuple[int, int]:
        """Do what `number` does, for a packet that is read already."""
        if self._last_arrival is not None and arrival - self._last_arrival > SILENCE_SECONDS:
            self.interrupt()
        self._last_arrival = arrival
        sequence = self._offset + self._sequence.unwrap(raw_sequence)
        if sequence > self._highest:
            self._highest = sequence
        return sequence, self._timestamp.unwrap(raw_timestamp)

    def peek_timestamp(self, raw: int) -> int:
        """Return the unwrapped form of a timestamp near the latest one."""
        return self._timestamp.peek(raw)


def read_view(packet: bytes) -> RtpView | None:
    """Return the packet read in place, None for what is no RTP."""
    try:
        return RtpView(packet)
    except WireError:
        return None
