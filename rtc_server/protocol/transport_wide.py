"""Record the arrival of every packet of a transport and report it to the sender: transport-wide congestion
control (draft-holmer-rmcat-transport-wide-cc-extensions-01).

Every authenticated packet that carries the extension is recorded, whatever becomes of it: RTX, padding,
unknown SSRC. A packet left out looks like loss, and the sender slows down.
"""

from itertools import islice
from typing import Final

from rtc_server.protocol.deadline import NEVER
from rtc_server.wire.rtcp import TransportWideFeedback
from rtc_server.wire.sequence import distance16

INTERVAL_S: Final = 0.05
"""Between two reports; at 100 ms browsers ramp up half as fast."""

MAX_RECEIVED_PER_FEEDBACK: Final = 200
"""Arrivals in one feedback packet: two-byte deltas and the worst chunks stay below an MTU."""

MAX_WINDOW: Final = 4000
"""Sequence numbers one report round spans; a larger hole is a new beginning."""

SILENCE_S: Final = 1.0
"""After so long without a packet what did not come is not reported: a line that was away is not a full one,
for which a sender that is told of loss takes it."""

_TICKS_PER_S: Final = 4000
"""250 µs, the unit of receive deltas."""

_TICKS_PER_REFERENCE: Final = 256
"""64 ms, the unit of the reference time."""

_BACK_WINDOW_S: Final = 0.5
"""How long arrivals are kept, so that a straggler can be reported among its neighbours."""


class TransportWideRecorder:
    """Collect arrivals and turn them into feedback each `interval`.

    Args:
        sender_ssrc: of our RTCP on this transport.
        interval: seconds between reports.
    """

    __slots__ = (
        "_arrivals",
        "_deadline",
        "_feedback_count",
        "_highest",
        "_interval",
        "_media_ssrc",
        "_next",
        "_reported_at",
        "_sender_ssrc",
        "_start",
    )

    def __init__(self, sender_ssrc: int, *, interval: float = INTERVAL_S) -> None:
        self._sender_ssrc = sender_ssrc
        self._interval = interval
        self._highest = -1
        self._next = -1
        """The 16-bit number that comes when nothing is missing; none before the first packet."""
        self._arrivals: dict[int, float] = {}
        """Unwrapped number → arrival, in the order of arrival."""
        self._start: int | None = None
        self._media_ssrc = 0
        self._feedback_count = 0
        self._deadline = NEVER
        self._reported_at = 0.0

    def record(self, sequence_number: int, media_ssrc: int, now: float) -> None:
        """Note one packet; the hot path.

        Args:
            sequence_number: the transport-wide one, 16 bit.
            media_ssrc: of the packet; reports name the latest.
            now: arrival, seconds on a monotonic clock.
        """
        if self._deadline == NEVER:
            self._deadline = now + self._interval
            if now - self._reported_at > SILENCE_S:
                self._start = None
                self._arrivals.clear()
        if sequence_number == self._next:
            # The hot path: in order.
            self._next = (sequence_number + 1) & 0xFFFF
            self._highest = highest = self._highest + 1
            self._arrivals[highest] = now
        else:
            self._record_out_of_order(sequence_number, now)
        self._media_ssrc = media_ssrc

    def _record_out_of_order(self, sequence_number: int, now: float) -> None:
        """Note a packet after a hole, a straggler, or the first one, which keeps its own number."""
        if self._next < 0:
            number = sequence_number
        else:
            number = self._highest + distance16(sequence_number, self._highest & 0xFFFF)
        if number > self._highest:
            self._highest = number
            self._next = (sequence_number + 1) & 0xFFFF
        elif self._start is not None and number < self._start and number not in self._arrivals:
            self._start = number  # a straggler: report again from there on
        self._arrivals.setdefault(number, now)

    def next_deadline(self) -> float:
        """Return when the next report is due."""
        return self._deadline

    def handle_timeout(self, now: float) -> list[TransportWideFeedback]:
        """Advance time; return the reports to send now, usually one."""
        if now < self._deadline:
            return []
        self._deadline = NEVER
        self._reported_at = now
        # After a silence the newest one is forgotten, and what comes then may be older.
        highest = self._highest if self._highest in self._arrivals else max(self._arrivals)
        start = self._start
        if start is None or highest - start >= MAX_WINDOW:
            start = min(number for number in self._arrivals if highest - number < MAX_WINDOW)
        reports: list[TransportWideFeedback] = []
        while start <= highest:
            report = self._report(start, highest)
            reports.append(report)
            start += len(report.deltas)
        self._start = start
        self._forget(now, highest)
        return reports

    def _report(self, start: int, highest: int) -> TransportWideFeedback:
        """Return one feedback packet from `start` on; `highest` has arrived.

        A delta that does not fit 16 bits ends the packet; the next one has a reference time of its own.
        """
        arrivals = self._arrivals
        first = next(number for number in range(start, highest + 1) if number in arrivals)
        arrived, ticks = arrivals[first], round(arrivals[first] * _TICKS_PER_S)
        reference = ticks // _TICKS_PER_REFERENCE
        previous = reference * _TICKS_PER_REFERENCE
        deltas: list[int | None] = []
        received = 0
        for number in range(start, highest + 1):
            arrival = arrivals.get(number)
            if arrival is None:
                deltas.append(None)
                continue
            if arrival != arrived:  # packets of one batch came at one time
                arrived, ticks = arrival, round(arrival * _TICKS_PER_S)
            if received == MAX_RECEIVED_PER_FEEDBACK or not -0x8000 <= ticks - previous <= 0x7FFF:
                break
            deltas.append(ticks - previous)
            previous = ticks
            received += 1
        report = TransportWideFeedback(
            sender_ssrc=self._sender_ssrc,
            media_ssrc=self._media_ssrc,
            base_sequence_number=start & 0xFFFF,
            reference_time=(reference + 0x80_0000 & 0xFF_FFFF) - 0x80_0000,
            feedback_count=self._feedback_count,
            deltas=tuple(deltas),
        )
        self._feedback_count = self._feedback_count + 1 & 0xFF
        return report

    def _forget(self, now: float, highest: int) -> None:
        """Drop arrivals that no straggler needs as neighbours: the oldest, which stand first."""
        oldest = now - _BACK_WINDOW_S
        lowest = highest - MAX_WINDOW
        arrivals = self._arrivals
        forgotten = 0
        for number, arrival in arrivals.items():
            if arrival >= oldest and number > lowest:
                break
            forgotten += 1
        for number in list(islice(arrivals, forgotten)):
            del arrivals[number]
