"""What the line to one peer can take, as its feedback tells: a transport's end of `protocol.estimate`.

Transport-wide feedback where its extension was negotiated, else REMB. Nothing decides by the estimate yet:
consumers get what producers send.
"""

from typing import Any

from rtc_server.config import MediaConfig
from rtc_server.protocol.estimate.estimator import DownlinkEstimator
from rtc_server.protocol.estimate.feedback import FeedbackReader
from rtc_server.sfu.drops import Drop, DropCounter
from rtc_server.sfu.outbox import Outbox
from rtc_server.wire.rtcp import TransportWideFeedback


class Downlink:
    """The estimate of one receiving transport.

    Args:
        outbox: of the transport, which remembers what left.
        drops: of the transport; feedback that is refused is counted there.
    """

    def __init__(self, outbox: Outbox, drops: DropCounter, config: MediaConfig) -> None:
        self._outbox = outbox
        self._drops = drops
        self._estimator = DownlinkEstimator(max_bps=config.max_downlink_bps)
        self._reader: FeedbackReader | None = None

    def receive_feedback(self, report: TransportWideFeedback, now: float) -> None:
        """Take one report of the peer's; one that cannot be right is counted and changes nothing."""
        if self._reader is None and self._outbox.history is not None:
            self._reader = FeedbackReader(self._outbox.history)
        told = None if self._reader is None else self._reader.read(report, now)
        if told is None:
            self._drops.count(Drop.BAD_FEEDBACK)
        else:
            self._estimator.receive(told, now)

    def receive_remb(self, bitrate_bps: int, now: float) -> None:
        """Take the peer's own estimate; one that was to give feedback is not asked for its opinion."""
        if self._outbox.history is not None:
            self._drops.count(Drop.BAD_FEEDBACK)
        else:
            self._estimator.receive_remb(bitrate_bps, now)

    def stats(self, now: float) -> dict[str, Any]:
        """Return the `downlink` of `transport.stats`."""
        estimator = self._estimator
        arrives, trip = estimator.acknowledged_bps, estimator.round_trip
        return {
            "estimateBps": estimator.estimate_bps,
            "state": estimator.state(now).value,
            "acknowledgedBps": None if arrives is None else round(arrives),
            "rttMs": None if trip is None else trip * 1000,
            "loss": estimator.loss,
        }
