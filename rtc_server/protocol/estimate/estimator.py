"""One number for a receiving transport: the least of what delay, loss and the peer itself allow."""

import math
from enum import Enum
from typing import Final

from rtc_server.protocol.estimate.acknowledged import AcknowledgedRate, OfferedRate
from rtc_server.protocol.estimate.aimd import AimdController
from rtc_server.protocol.estimate.feedback import Acknowledgement
from rtc_server.protocol.estimate.groups import ArrivalGroups
from rtc_server.protocol.estimate.loss import HIGH_LOSS, LossBound
from rtc_server.protocol.estimate.overuse import OveruseDetector, Usage
from rtc_server.protocol.estimate.trendline import Trendline

INITIAL_BPS: Final = 300_000
"""Before anything is known; libwebrtc begins there too."""

MIN_BPS: Final = 30_000
"""Less than speech needs is never said: without it a call is none."""

STALE_S: Final = 5.0
"""Seconds without feedback after which the estimate says nothing any more; REMB comes each second."""

OUTAGE_S: Final = 2.0
"""A loss that is told of so late is no sign of a full line: it was away, and no queue is so long."""

FILLED: Final = 0.8
"""What is sent below this part of the estimate cannot tell whether the line carries it all."""

TRIP_WEIGHT: Final = 1 / 8
"""RFC 6298 §2.3, alpha, of a new round trip in the smoothed one."""


class EstimateState(Enum):
    """What an estimate is worth."""

    UNKNOWN = "unknown"
    """No feedback, or none lately."""
    LIMITED = "limited"
    """Too little is sent to say more: the line carries at least this much of what was sent."""
    MEASURED = "measured"
    """What is sent fills it."""


class DownlinkEstimator:
    """Combine delay, loss and REMB; replayable.

    Args:
        initial_bps, min_bps, max_bps: where it begins and its bounds, whatever the peer says.

    Attributes:
        round_trip: smoothed, seconds, the peer's wait before it reports included; None while unknown.
    """

    def __init__(self, *, max_bps: int, initial_bps: int = INITIAL_BPS, min_bps: int = MIN_BPS) -> None:
        self._initial_bps = initial_bps
        self._min_bps = min_bps
        self._max_bps = max_bps
        self._groups = ArrivalGroups()
        self._trendline = Trendline()
        self._detector = OveruseDetector()
        self._acknowledged = AcknowledgedRate()
        self._offered = OfferedRate()
        self._loss = LossBound(max_bps=max_bps, min_bps=min_bps)
        self._delay = AimdController(initial_bps=initial_bps, min_bps=min_bps, max_bps=max_bps)
        self._remb_bps: int | None = None
        self._heard_at: float | None = None
        self._own_queue_until = -math.inf
        self.round_trip: float | None = None

    @property
    def estimate_bps(self) -> int:
        """Return what the peer can take, in bits a second of RTP packets, headers included."""
        if self._remb_bps is not None:
            return self._remb_bps
        return int(min(self._delay.estimate_bps, self._loss.bps))

    @property
    def acknowledged_bps(self) -> float | None:
        """Return what arrives at the peer; None while unknown."""
        return self._acknowledged.bps

    @property
    def loss(self) -> float:
        """Return the fraction lost on the way to the peer, 0–1."""
        return self._loss.fraction

    @property
    def is_strained(self) -> bool:
        """Return whether a queue grows or much is lost at this moment."""
        return self._detector.usage is Usage.OVER or self._loss.fraction > HIGH_LOSS

    def state(self, now: float) -> EstimateState:
        """Return what the estimate is worth."""
        if self._heard_at is None or now - self._heard_at > STALE_S:
            return EstimateState.UNKNOWN
        if self._remb_bps is not None:
            return EstimateState.MEASURED
        offered = self._offered.bps
        if offered is None or offered < FILLED * self.estimate_bps:
            return EstimateState.LIMITED
        return EstimateState.MEASURED

    def receive(self, acknowledgement: Acknowledgement, now: float) -> None:
        """Take what one report of transport-wide feedback told, in the order of their coming."""
        self._heard_at = now
        self._note_round_trip(acknowledgement.round_trip)
        received = acknowledgement.received
        lost, lost_bytes = acknowledgement.lost, acknowledgement.lost_bytes
        if tells_of_outage(acknowledgement, now):
            lost = lost_bytes = 0
        self._acknowledged.add(received)
        self._offered.add(received, lost_bytes)
        for delta in self._groups.feed(received):
            self._detector.update(
                self._trendline.update(delta),
                sent_ms=delta.sent_s * 1000,
                at_ms=delta.arrived_at * 1000,
            )
        estimate = self.estimate_bps
        self._loss.add(
            received=len(received),
            lost=lost,
            estimate_bps=estimate,
            acknowledged_bps=self._acknowledged.bps,
            now=now,
        )
        if received:
            self._delay.update(
                self._usage(now),
                acknowledged_bps=self._acknowledged.bps,
                round_trip=self.round_trip or 0.0,
                now=now,
            )

    def receive_remb(self, bitrate_bps: int, now: float) -> None:
        """Take the word of a peer without transport-wide feedback (draft-alvestrand-rmcat-remb-03)."""
        self._heard_at = now
        self._remb_bps = min(max(bitrate_bps, self._min_bps), self._max_bps)

    def expect_queue(self, until: float) -> None:
        """A probe is sent, whose own queue is no sign of the line: until then it leads to no decrease."""
        self._own_queue_until = until

    def _usage(self, now: float) -> Usage:
        usage = self._detector.usage
        return Usage.UNDER if usage is Usage.OVER and now < self._own_queue_until else usage

    def raise_to(self, rate_bps: float) -> None:
        """A probe has shown that the line carries this."""
        self._delay.raise_to(rate_bps)
        self._loss.raise_to(rate_bps)

    def _note_round_trip(self, round_trip: float | None) -> None:
        if round_trip is None:
            return
        before = round_trip if self.round_trip is None else self.round_trip
        self.round_trip = before + TRIP_WEIGHT * (round_trip - before)


def tells_of_outage(acknowledgement: Acknowledgement, now: float) -> bool:
    """Return whether a report tells of the end of an outage: of losses that nobody can repair any more."""
    lost_since = acknowledgement.lost_since
    return lost_since is not None and now - lost_since > OUTAGE_S
