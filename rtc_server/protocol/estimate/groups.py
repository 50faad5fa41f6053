"""Packets in groups, and how the way of one group differs from that of the one before (GCC §5.2).

A group is what was sent as one burst: its delay is that of its last packet, and the time between its packets
says nothing of the line.
"""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from rtc_server.protocol.estimate.feedback import ReceivedPacket

BURST_S: Final = 0.005
"""GCC table 1, burst_time: packets sent within it are one group."""

MAX_BURST_S: Final = 0.1
"""A burst of arrivals is no longer than this (libwebrtc): else a queue that drains would be one group."""

MAX_VARIATION_S: Final = 3.0
"""More between two groups is a clock that was set, not a queue (libwebrtc)."""

MAX_REORDERED: Final = 3
"""Groups in a row that arrive before their predecessors until the clock is taken for set (libwebrtc)."""


class GroupDelta(NamedTuple):
    """How a group compares with the one before.

    Attributes:
        sent_s, arrived_s: time between their last packets, in seconds, on our clock and on the peer's.
        arrived_at: of the later group, seconds on the peer's clock.
    """

    sent_s: float
    arrived_s: float
    arrived_at: float

    @property
    def variation_ms(self) -> float:
        """Return the delay variation d(i) = t(i) − t(i−1) − (T(i) − T(i−1)), in milliseconds."""
        return (self.arrived_s - self.sent_s) * 1000


class ArrivalGroups:
    """Gather packets in the order in which they were sent."""

    __slots__ = ("_arrived", "_before", "_first_arrived", "_first_sent", "_reordered", "_sent")

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._before: tuple[float, float] | None = None
        """Of the group before: its last sending and its last arrival."""
        self._first_sent: float | None = None
        self._first_arrived = self._sent = self._arrived = 0.0
        self._reordered = 0

    def feed(self, packets: Iterable[ReceivedPacket]) -> Iterator[GroupDelta]:
        """Yield a delta for each group that is whole, as it ends with the first packet of the next one."""
        for _, sent, arrived, _ in packets:
            first = self._first_sent
            if first is None:
                self._open(sent, arrived)
            elif sent < first:
                continue  # reported late; its group has been judged
            elif sent - first <= BURST_S or self._is_burst(sent, arrived):
                if sent > self._sent:
                    self._sent = sent
                if arrived > self._arrived:
                    self._arrived = arrived
            else:
                delta = self._close()
                self._open(sent, arrived)
                if delta is not None:
                    yield delta

    def _is_burst(self, sent: float, arrived: float) -> bool:
        """Return whether a packet came with the group though it left later: a queue lets them go together.

        GCC §5.2: "a packet which has an inter-arrival time less than burst_time and an inter-group delay
        variation d(i) less than 0 is considered being part of the current group of packets".
        """
        apart = arrived - self._arrived
        return (
            -MAX_BURST_S < apart <= BURST_S
            and apart < sent - self._sent
            and arrived - self._first_arrived < MAX_BURST_S
        )

    def _open(self, sent: float, arrived: float) -> None:
        self._first_sent = self._sent = sent
        self._first_arrived = self._arrived = arrived

    def _close(self) -> GroupDelta | None:
        before, self._before = self._before, (self._sent, self._arrived)
        if before is None:
            return None
        delta = GroupDelta(self._sent - before[0], self._arrived - before[1], self._arrived)
        if abs(delta.arrived_s - delta.sent_s) > MAX_VARIATION_S:
            self._begin()
            return None
        if delta.arrived_s < 0:
            self._reordered += 1
            if self._reordered >= MAX_REORDERED:
                self._begin()
            else:
                self._before = before
            return None
        self._reordered = 0
        return delta
