"""Put packets of a journal into sequence order and tell holes.

A journal has packets in the order they arrived: RTX fills holes late. A hole is given up when packets that
arrived `PATIENCE` later than its successor show that nothing comes any more, or when too many wait. Nor is
what arrives first the first that was sent: where to begin is decided `START_PATIENCE` later.
"""

from collections.abc import Iterator
from heapq import heappop, heappush
from typing import Final

from recording.assemble.frames import OrderedPacket
from rtc_server.wire.rtp import RtpView

PATIENCE: Final = 2.0
"""Seconds; twenty round trips of 100 ms, more than any NACK retry."""
START_PATIENCE: Final = 0.2
"""Seconds; packets of the first picture overtake one another by less. Without its first packet there would be
no picture until the next key frame.
"""
MAX_WAITING: Final = 4096


class ReorderBuffer:
    """Order packets by unwrapped sequence number; drop repeats and what comes after its hole was given up."""

    def __init__(self) -> None:
        self._waiting: list[tuple[int, float, int, RtpView]] = []
        self._next: int | None = None
        self._began_at: float | None = None
        self._hole = False

    def advance(self, sequence: int) -> bool:
        """Take the next packet by its number alone if it is the one that is due: the usual case."""
        if sequence != self._next or self._waiting:
            return False
        self._next = sequence + 1
        return True

    def push(self, sequence: int, timestamp: int, arrival: float, view: RtpView) -> Iterator[OrderedPacket]:
        """Take a packet in order of arrival (seconds) and yield those whose turn it is."""
        if self._next is None:
            self._begin(sequence, timestamp, arrival, view)
        elif sequence == self._next and not self._waiting:
            yield self._release(sequence, timestamp, view)
            return
        elif sequence >= self._next:
            heappush(self._waiting, (sequence, arrival, timestamp, view))
        yield from self._drain(arrival - PATIENCE)

    def finish(self) -> Iterator[OrderedPacket]:
        """Yield what waits, giving every hole up."""
        self._settle_start()
        yield from self._drain(float("inf"))

    def _begin(self, sequence: int, timestamp: int, arrival: float, view: RtpView) -> None:
        """Keep one of the first packets; after a while, or too many, the lowest of them is the first."""
        heappush(self._waiting, (sequence, arrival, timestamp, view))
        if self._began_at is None:
            self._began_at = arrival
        if arrival - self._began_at >= START_PATIENCE or len(self._waiting) > MAX_WAITING:
            self._settle_start()

    def _settle_start(self) -> None:
        if self._next is None and self._waiting:
            self._next = self._waiting[0][0]

    def _drain(self, waiting_since: float) -> Iterator[OrderedPacket]:
        waiting = self._waiting
        while waiting and self._next is not None:
            sequence, arrival, timestamp, view = waiting[0]
            if sequence > self._next:
                if arrival > waiting_since and len(waiting) <= MAX_WAITING:
                    return
                self._hole = True
            heappop(waiting)
            if sequence >= self._next:
                yield self._release(sequence, timestamp, view)

    def _release(self, sequence: int, timestamp: int, view: RtpView) -> OrderedPacket:
        hole, self._hole = self._hole, False
        self._next = sequence + 1
        return OrderedPacket(view, sequence, timestamp, hole)
