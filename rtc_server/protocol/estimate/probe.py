"""When to probe, and how far up: only while somebody wants more than is estimated, and little of it.

begin      3 × the first estimate, then 6 ×, then twice what was found, as long as probes succeed
at times   2 ×, while the estimate is limited by what is sent
recovery   0.85 × what it was before it dropped at once
"""

from typing import Final

from rtc_server.protocol.deadline import NEVER
from rtc_server.protocol.estimate.estimator import DownlinkEstimator, EstimateState
from rtc_server.protocol.estimate.feedback import ReceivedPacket
from rtc_server.protocol.estimate.history import SentHistory
from rtc_server.protocol.estimate.probe_cluster import DURATION_S, PATIENCE_S, ProbeCluster

FIRST_FACTORS: Final = (3.0, 6.0)
"""Of the first estimate (libwebrtc)."""

FURTHER_FACTOR: Final = 2.0
"""Of what a probe found, or of a limited estimate (libwebrtc)."""

SUCCESS: Final = 0.7
"""Part of the hoped-for rate that a probe has to find for the next one to follow at once (libwebrtc)."""

INTERVAL_S: Final = 5.0
"""Between probes of an estimate that is limited (libwebrtc)."""

AFTER_FAILURE_S: Final = 10.0
"""After a probe that found less: a line that is full should not be filled each 5 s."""

DRAIN_S: Final = 0.5
"""After a probe: its queue drains, and leaves the trendline's window."""

DROP: Final = 0.66
"""An estimate that falls below this part of itself within a second dropped at once (libwebrtc)."""

RECOVERY_S: Final = 3.0
"""After such a drop: what made it may be over."""

RECOVERY_FACTOR: Final = 0.85
"""Of the estimate before the drop (libwebrtc)."""

WORTH_IT: Final = 1.1
"""A probe for less more than this is not sent: what is sent will show."""

SHARE: Final = 0.05
"""Part of the traffic that padding may be in the long run."""

ALLOWANCE_BYTES: Final = 60_000
"""Padding that may be sent beyond the share: the probes of the beginning, up to 2 Mbit/s."""

LOOK_S: Final = 0.25
"""Between two looks while more is wanted."""


class Prober:
    """The probes of one transport.

    Args:
        history, estimator: of the transport.

    Attributes:
        probes: begun so far.
    """

    def __init__(self, history: SentHistory, estimator: DownlinkEstimator) -> None:
        self._history = history
        self._estimator = estimator
        self._wanted_bps = 0
        self._cluster: ProbeCluster | None = None
        self._plan = [factor * estimator.estimate_bps for factor in FIRST_FACTORS]
        """Rates to be probed for, one after the other."""
        self._due_at = self._limited_due_at = 0.0
        """When the next probe may begin; and one that is not planned, while the estimate is limited."""
        self._budget_bytes = float(ALLOWANCE_BYTES)
        self._looked_at: float | None = None
        self._seen = (0.0, estimator.estimate_bps)
        """When the estimate was noted last, to see it drop."""
        self.probes = 0

    def want(self, rate_bps: int) -> None:
        """Say what the peer could use; probes end there, 0 for no probes."""
        self._wanted_bps = rate_bps

    @property
    def rate_bps(self) -> float:
        """Return what is probed for at the moment, 0 between probes."""
        return 0.0 if self._cluster is None else self._cluster.rate_bps

    def next_deadline(self) -> float:
        """Return when `handle_timeout` is due."""
        if self._cluster is not None:
            return self._cluster.next_deadline()
        if not self._wanted_bps:
            return NEVER
        return 0.0 if self._looked_at is None else self._looked_at + LOOK_S

    def handle_timeout(self, now: float, *, can_pad: bool) -> int:
        """Advance time; return the bytes of padding to send now, 0 for none.

        Args:
            can_pad: whether it can be sent; no probe begins without.
        """
        if self._cluster is None:
            self._look(now, can_pad)
        if self._cluster is None:
            return 0
        if self._cluster.is_over(now):
            self._judge(self._cluster, now)
            return 0
        owed = self._cluster.pace(now)
        return owed if can_pad else 0

    def receive(self, packets: list[ReceivedPacket], now: float) -> None:
        """Take what one report told, after the estimator did."""
        if self._cluster is None:
            return
        self._cluster.receive(packets)
        if self._cluster.is_over(now):
            self._judge(self._cluster, now)

    # --- when

    def _look(self, now: float, can_pad: bool) -> None:
        """Begin a probe if one is due, wanted, possible and paid for."""
        passed = 0.0 if self._looked_at is None else now - self._looked_at
        self._looked_at = now
        self._earn(passed)
        self._note_drop(now)
        rate = self._next_rate(now) if can_pad else None
        if rate is None or rate * DURATION_S / 8 > self._budget_bytes:
            return
        self._cluster = ProbeCluster(rate, self._history, now)
        self._estimator.expect_queue(now + DURATION_S + PATIENCE_S)
        self.probes += 1

    def _next_rate(self, now: float) -> float | None:
        """Return the rate to probe for now, None for no probe."""
        estimate, state = self._estimator.estimate_bps, self._estimator.state(now)
        if state is EstimateState.UNKNOWN or self._estimator.is_strained or now < self._due_at:
            return None
        while self._plan:
            if (rate := min(self._plan[0], self._wanted_bps)) >= WORTH_IT * estimate:
                return rate
            self._plan.pop(0)
        rate = min(FURTHER_FACTOR * estimate, self._wanted_bps)
        if state is EstimateState.LIMITED and now >= self._limited_due_at and rate >= WORTH_IT * estimate:
            return rate
        return None

    def _note_drop(self, now: float) -> None:
        at, before = self._seen
        estimate = self._estimator.estimate_bps
        if estimate < DROP * before:
            self._plan = [RECOVERY_FACTOR * before]
            self._due_at = max(self._due_at, now + RECOVERY_S)
        elif now - at < 1.0 and estimate <= before:
            return
        self._seen = (now, estimate)

    def _earn(self, passed: float) -> None:
        """Let padding be a share of what arrives."""
        earned = SHARE * (self._estimator.acknowledged_bps or 0.0) / 8 * passed
        self._budget_bytes = min(self._budget_bytes + earned, ALLOWANCE_BYTES)

    # --- and then

    def _judge(self, cluster: ProbeCluster, now: float) -> None:
        """Use what a probe found, and plan the next one."""
        self._cluster = None
        self._budget_bytes -= cluster.padding_bytes
        self._estimator.expect_queue(now + DRAIN_S)
        found = cluster.measured_bps()
        if found is not None:
            self._estimator.raise_to(found)
        if found is None or found < SUCCESS * cluster.rate_bps:
            self._plan = []
            self._due_at = now + AFTER_FAILURE_S
            return
        self._limited_due_at = now + INTERVAL_S
        self._plan = self._plan[1:] or [FURTHER_FACTOR * found]
