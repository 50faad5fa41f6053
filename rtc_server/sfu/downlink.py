"""What the line to one peer can take, as its feedback tells: a transport's end of `protocol.estimate`.

Transport-wide feedback where its extension was negotiated, else REMB. `sharing` divides it among the
pictures, and there are probes while they could use more.
"""

from collections.abc import Mapping
from typing import Any

from rtc_server.config import MediaConfig
from rtc_server.protocol.deadline import NEVER
from rtc_server.protocol.estimate.estimator import DownlinkEstimator, EstimateState, tells_of_outage
from rtc_server.protocol.estimate.feedback import FeedbackReader
from rtc_server.protocol.estimate.probe import Prober
from rtc_server.sfu.consumer import Consumer
from rtc_server.sfu.drops import Drop, DropCounter
from rtc_server.sfu.outbox import Outbox
from rtc_server.wire.rtcp import TransportWideFeedback


class Downlink:
    """The estimate of one receiving transport.

    Args:
        outbox: of the transport, which remembers what left.
        drops: of the transport; feedback that is refused is counted there.
        consumers: the transport's own table; their repair streams carry the padding of probes.
    """

    def __init__(
        self,
        outbox: Outbox,
        drops: DropCounter,
        consumers: Mapping[int, Consumer],
        config: MediaConfig,
    ) -> None:
        self._outbox = outbox
        self._drops = drops
        self._consumers = consumers
        self._least_wanted_bps = self._wanted_bps = config.wanted_downlink_bps
        self._estimator = DownlinkEstimator(max_bps=config.max_downlink_bps)
        self._reader: FeedbackReader | None = None
        self._prober: Prober | None = None
        """Both begin with the first report, as only then something was sent."""
        self._was_strained = False
        self._max_bps = config.max_downlink_bps

    def want(self, rate_bps: int) -> None:
        """Say what the peer could use: while less is estimated, probes look whether the line carries it."""
        self._wanted_bps = max(rate_bps, self._least_wanted_bps)
        if self._prober is not None:
            self._prober.want(self._wanted_bps)

    def budget(self) -> float | None:
        """Return what the pictures to this peer may cost together; None where nothing tells it.

        Sound is in no estimate: it is sent beside, and what it takes of the line shows in the estimate.
        """
        if any(each.stream.route.stamp is not None for each in self._consumers.values()):
            return self._estimator.estimate_bps
        return None

    def loss(self, now: float) -> float:
        """Return which part of the pictures is lost on the way at present, 0–1; 0 when nobody tells."""
        if self._estimator.state(now) is EstimateState.UNKNOWN:
            return 0.0
        return self._estimator.loss

    def receive_feedback(self, report: TransportWideFeedback, now: float) -> bool:
        """Take one report of the peer's; one that cannot be right is counted and changes nothing.

        Returns:
            Whether the line was away, so that pictures have to begin anew.
        """
        history = self._outbox.history
        if self._reader is None and history is not None:
            self._reader = FeedbackReader(history)
            self._prober = Prober(history, self._estimator)
            self._prober.want(self._wanted_bps)
        told = None if self._reader is None else self._reader.read(report, now)
        if told is None:
            self._drops.count(Drop.BAD_FEEDBACK)
            return False
        self._estimator.receive(told, now)
        if self._prober is not None:
            self._prober.receive(told.received, now)
        self._pace()
        return tells_of_outage(told, now)

    def receive_remb(self, bitrate_bps: int, now: float) -> None:
        """Take the peer's own estimate; one that was to give feedback is not asked for its opinion."""
        if self._outbox.history is not None:
            self._drops.count(Drop.BAD_FEEDBACK)
        else:
            self._estimator.receive_remb(bitrate_bps, now)
            self._pace()

    def _pace(self) -> None:
        """Let pictures leave by what is known now; a probe at its own rate."""
        estimator = self._estimator
        self._was_strained = self._was_strained or estimator.is_strained
        self._outbox.pacer.pace(
            estimator.estimate_bps,
            probe_bps=0.0 if self._prober is None else self._prober.rate_bps,
            is_strained=estimator.is_strained,
            is_limit=estimator.estimate_bps < self._max_bps
            and (
                self._was_strained or self._outbox.history is None  # REMB is the peer's own word
            ),
        )

    # --- time

    def next_deadline(self) -> float:
        """Return when `handle_timeout` is due."""
        return NEVER if self._prober is None else self._prober.next_deadline()

    def handle_timeout(self, now: float) -> None:
        """Advance time: the padding of a probe that is due waits in the outbox."""
        if self._prober is None or now < self._prober.next_deadline():
            return
        streams = [each.stream for each in self._consumers.values() if each.stream.can_pad]
        owed = self._prober.handle_timeout(now, can_pad=bool(streams))
        self._pace()
        owed -= self._outbox.pacer.waiting_bytes
        while owed > 0:
            owed -= streams[0].pad()

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
            "probes": 0 if self._prober is None else self._prober.probes,
        }
