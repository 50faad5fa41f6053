"""Read transport-wide feedback against what was sent: which packets came, when, and how many did not.

A report costs its reader time for every packet it speaks of, so what was sent pays for what is read; a report
of packets that were never sent, or of none that are remembered, is refused whole.
"""

from dataclasses import dataclass, field
from typing import Final

from rtc_server.protocol.estimate.history import CAPACITY, SentHistory
from rtc_server.wire.rtcp import TransportWideFeedback
from rtc_server.wire.rtcp_transport_cc import DELTA_S, REFERENCE_S

READS_PER_PACKET: Final = 8
"""Packet statuses read for each packet sent; browsers report once, and again around a straggler."""

REPORT_COST: Final = 4
"""Statuses that a report of none would count as: a report a packet is still honest."""

_TICKS_PER_REFERENCE: Final = round(REFERENCE_S / DELTA_S)
_REFERENCE_HALF: Final = 1 << 23
_REFERENCE_MASK: Final = (1 << 24) - 1

ReceivedPacket = tuple[int, float, float, int]
"""Number, when it left (our clock), when it arrived (the peer's), both in seconds, and its bytes."""


@dataclass(slots=True)
class Acknowledgement:
    """What one report told that was not known before.

    Attributes:
        received: in the order in which they were sent; a bare tuple each, as there are thousands a second.
        lost: packets missed for the first time, less those that came after all; may be negative.
        lost_bytes: of the packets missed for the first time.
        lost_since: when the oldest of them left, or of those that no report speaks of, in seconds; None
            when there are none.
        round_trip: from the sending of the packet that arrived last to this report, in seconds, the peer's
            wait before it reports included; None when no packet is new.
    """

    received: list[ReceivedPacket] = field(default_factory=list)
    lost: int = 0
    lost_bytes: int = 0
    lost_since: float | None = None
    round_trip: float | None = None


class FeedbackReader:
    """Read one transport's reports; believes nothing about packets that it does not remember.

    Args:
        history: what was sent.
    """

    __slots__ = ("_history", "_reads", "_reference", "_reported", "_ticks")

    def __init__(self, history: SentHistory) -> None:
        self._history = history
        self._reference: int | None = None
        self._ticks = 0
        self._reported = 0
        """All packets before this number were spoken of."""
        self._reads = 0

    def read(self, report: TransportWideFeedback, now: float) -> Acknowledgement | None:
        """Return what a report tells; None when it is refused, which the caller counts."""
        history = self._history
        first = history.unwrap(report.base_sequence_number)
        end = first + len(report.deltas)
        if end > history.next_number or end <= history.oldest or not self._pays(len(report.deltas)):
            return None
        acknowledgement = Acknowledgement()
        newest = self._collect(report, first, acknowledgement)
        self._reported = max(self._reported, end)
        if newest is not None:
            acknowledgement.round_trip = max(now - newest, 0.0)
        return acknowledgement

    def _pays(self, statuses: int) -> bool:
        reads = self._reads + statuses + REPORT_COST
        if reads > READS_PER_PACKET * self._history.next_number + CAPACITY:
            return False
        self._reads = reads
        return True

    def _collect(
        self, report: TransportWideFeedback, number: int, acknowledgement: Acknowledgement
    ) -> float | None:
        """Fill in packets and losses; return when the packet that arrived last was sent."""
        history, reported = self._history, self._reported
        sent_at, sizes, oldest = history.sent_at, history.sizes, history.oldest
        received, lost, lost_bytes = acknowledgement.received, 0, 0
        lost_since: float | None = None
        if oldest <= reported < number:
            lost_since = sent_at[reported % CAPACITY]
        ticks = self._reference_ticks(report.reference_time)
        newest, newest_ticks = None, ticks
        for delta in report.deltas:
            if delta is None:
                if number >= reported:
                    lost += 1
                    if number >= oldest:
                        lost_bytes += sizes[number % CAPACITY]
                        if lost_since is None:
                            lost_since = sent_at[number % CAPACITY]
            else:
                ticks += delta
                slot = number % CAPACITY
                size = sizes[slot] if number >= oldest else 0
                if size:
                    sizes[slot] = 0
                    sent = sent_at[slot]
                    received.append((number, sent, ticks * DELTA_S, size))
                    if number < reported:
                        lost -= 1
                    if newest is None or ticks >= newest_ticks:
                        newest, newest_ticks = sent, ticks
            number += 1
        acknowledgement.lost, acknowledgement.lost_bytes = lost, lost_bytes
        acknowledgement.lost_since = lost_since
        return newest

    def _reference_ticks(self, reference: int) -> int:
        """Return the reference time in units of a delta, on a clock that does not wrap and begins at 0."""
        if self._reference is not None:
            step = (reference - self._reference + _REFERENCE_HALF & _REFERENCE_MASK) - _REFERENCE_HALF
            self._ticks += step * _TICKS_PER_REFERENCE
        self._reference = reference
        return self._ticks
