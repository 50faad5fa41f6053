"""Record the arrival of every packet of a transport and report it to the sender: transport-wide congestion
control (draft-holmer-rmcat-transport-wide-cc-extensions-01).

Every authenticated packet that carries the extension is recorded, whatever becomes of it: RTX, padding,
unknown SSRC. A packet left out looks like loss, and the sender slows down.
"""

from typing import Final

from rtc_server.protocol.deadline import NEVER
from rtc_server.wire.rtcp import TransportWideFeedback
from rtc_server.wire.sequence import Unwrapper

INTERVAL_S: Final = 0.05
"""Between two reports; at 100 ms browsers ramp up half as fast."""

MAX_RECEIVED_PER_FEEDBACK: Final = 200
"""Arrivals in one feedback packet: two-byte deltas and the worst chunks stay below an MTU."""

MAX_WINDOW: Final = 4000
"""Sequence numbers one report round spans; a larger hole is a new beginning."""

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
        "_interval",
        "_media_ssrc",
        "_sender_ssrc",
        "_start",
        "_unwrapper",
    )

    def __init__(self, sender_ssrc: int, *, interval: float = INTERVAL_S) -> None:
        self._sender_ssrc = sender_ssrc
        self._interval = interval
        self._unwrapper = Unwrapper()
        self._arrivals: dict[int, float] = {}
        self._start: int | None = None
        self._media_ssrc = 0
        self._feedback_count = 0
        self._deadline = NEVER

    def record(self, sequence_number: int, media_ssrc: int, now: float) -> None:
        """Note one packet; the hot path.

        Args:
            sequence_number: the transport-wide one, 16 bit.
            media_ssrc: of the packet; reports name the latest.
            now: arrival, seconds on a monotonic clock.
        """
        number = self._unwrapper.unwrap(sequence_number)
        arrivals = self._arrivals
        if number in arrivals:
            return
        arrivals[number] = now
        self._media_ssrc = media_ssrc
        if self._deadline == NEVER:
            self._deadline = now + self._interval
        if self._start is not None and number < self._start:
            self._start = number  # a straggler: report again from there on

    def next_deadline(self) -> float:
        """Return when the next report is due."""
        return self._deadline

    def handle_timeout(self, now: float) -> list[TransportWideFeedback]:
        """Advance time; return the reports to send now, usually one."""
        if now < self._deadline:
            return []
        self._deadline = NEVER
        highest = max(self._arrivals)
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
        reference = round(arrivals[first] * _TICKS_PER_S) // _TICKS_PER_REFERENCE
        previous = reference * _TICKS_PER_REFERENCE
        deltas: list[int | None] = []
        received = 0
        for number in range(start, highest + 1):
            arrival = arrivals.get(number)
            if arrival is None:
                deltas.append(None)
                continue
            ticks = round(arrival * _TICKS_PER_S)
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
        """Drop arrivals that no straggler needs as neighbours."""
        oldest = now - _BACK_WINDOW_S
        lowest = highest - MAX_WINDOW
        self._arrivals = {
            number: arrival
            for number, arrival in self._arrivals.items()
            if arrival >= oldest and number > lowest
        }
