"""The rate that delay allows: up while the line is not used too much, down below what arrives when it is.

Beyond the draft, whose sender keeps to the estimate: where more arrives and no queue grows, the line carries
it, and the estimate follows to where a decrease would have led.

GCC §5.5, with its table of states:

    signal  ╲ state   hold        increase    decrease
    over              decrease    decrease    decrease
    normal            increase    increase    hold
    under             hold        hold        hold
"""

import math
from enum import Enum
from typing import Final

from rtc_server.protocol.estimate.maximum import LineMaximum
from rtc_server.protocol.estimate.overuse import Usage

BETA: Final = 0.85
"""GCC table 1: what is left of the incoming rate after a decrease."""

GROWTH_PER_S: Final = 1.08
"""GCC §5.5, eta: far from the maximum, a second."""

APPLICATION_FACTOR: Final = 1.5
"""GCC §5.5: "the rate … is limited: A_hat(i) < 1.5 · R_hat(i)"; more says nothing when little is sent."""

RESPONSE_S: Final = 0.1
"""GCC §5.5, added to the round trip: how long the detector takes."""

FRAMES_PER_S: Final = 30
PACKET_BITS: Final = 1200 * 8
"""GCC §5.5: what the mean packet is reckoned from."""

MIN_STEP_BITS: Final = 1000.0
"""GCC §5.5: least additive increase."""

MIN_DECREASE_INTERVAL_S: Final = 0.01
MAX_DECREASE_INTERVAL_S: Final = 0.2
"""Bounds of the round trip that has to pass between two decreases (libwebrtc): the first one has to show."""

COLLAPSED: Final = 0.5
"""Below this part of the estimate the incoming rate is believed at once (libwebrtc)."""


class RateState(Enum):
    """What the rate is doing."""

    HOLD = "hold"
    INCREASE = "increase"
    DECREASE = "decrease"


_NEXT: Final = {
    (state, usage): following
    for usage, row in {
        Usage.OVER: (RateState.DECREASE, RateState.DECREASE, RateState.DECREASE),
        Usage.NORMAL: (RateState.INCREASE, RateState.INCREASE, RateState.HOLD),
        Usage.UNDER: (RateState.HOLD, RateState.HOLD, RateState.HOLD),
    }.items()
    for state, following in zip(RateState, row, strict=True)
}


class AimdController:
    """Additive increase near the known maximum, multiplicative far from it, multiplicative decrease.

    Args:
        initial_bps, min_bps, max_bps: where it begins, and its bounds.

    Attributes:
        estimate_bps: A_hat(i).
        state: after the latest signal.
    """

    __slots__ = (
        "_decreased_at",
        "_max_bps",
        "_maximum",
        "_min_bps",
        "_updated_at",
        "estimate_bps",
        "state",
    )

    def __init__(self, *, initial_bps: float, min_bps: float, max_bps: float) -> None:
        self.estimate_bps = float(initial_bps)
        self.state = RateState.HOLD
        self._min_bps = min_bps
        self._max_bps = max_bps
        self._maximum = LineMaximum()
        self._updated_at: float | None = None
        self._decreased_at = -math.inf

    def update(self, usage: Usage, *, acknowledged_bps: float | None, round_trip: float, now: float) -> None:
        """Take one signal; without an incoming rate nothing changes.

        Args:
            acknowledged_bps: R_hat(i), what arrives; None while it is unknown.
            round_trip: seconds.
        """
        self.state = _NEXT[self.state, usage]
        since = 0.0 if self._updated_at is None else max(now - self._updated_at, 0.0)
        self._updated_at = now
        if acknowledged_bps is None:
            return
        if self.state is RateState.INCREASE:
            self._increase(acknowledged_bps, round_trip, since)
        elif self.state is RateState.DECREASE:
            self._decrease(acknowledged_bps, round_trip, now)

    def raise_to(self, rate_bps: float) -> None:
        """A probe has shown that the line carries this."""
        if rate_bps > self.estimate_bps:
            self._maximum.outgrown_by(rate_bps)
            self.estimate_bps = self._bounded(rate_bps)

    def _increase(self, acknowledged_bps: float, round_trip: float, since: float) -> None:
        estimate = self.estimate_bps
        self._maximum.outgrown_by(acknowledged_bps)
        if self._maximum.mean_bps is None:
            grown = estimate * GROWTH_PER_S ** min(since, 1.0)
        else:
            grown = estimate + additive_step(estimate, round_trip, since)
        highest = APPLICATION_FACTOR * acknowledged_bps
        self.estimate_bps = self._bounded(max(estimate, min(grown, highest), BETA * acknowledged_bps))

    def _decrease(self, acknowledged_bps: float, round_trip: float, now: float) -> None:
        interval = min(max(round_trip, MIN_DECREASE_INTERVAL_S), MAX_DECREASE_INTERVAL_S)
        if now - self._decreased_at < interval and acknowledged_bps >= COLLAPSED * self.estimate_bps:
            return
        rate = BETA * acknowledged_bps
        if rate > self.estimate_bps and self._maximum.mean_bps is not None:
            rate = BETA * self._maximum.mean_bps
        self._maximum.add(acknowledged_bps)
        self.estimate_bps = self._bounded(min(rate, self.estimate_bps))
        self._decreased_at = now

    def _bounded(self, rate_bps: float) -> float:
        return min(max(rate_bps, self._min_bps), self._max_bps)


def additive_step(estimate_bps: float, round_trip: float, since: float) -> float:
    """Return the increase near the maximum after `since` seconds: about half a packet a response time."""
    frame_bits = estimate_bps / FRAMES_PER_S
    packet_bits = frame_bits / max(math.ceil(frame_bits / PACKET_BITS), 1)
    alpha = 0.5 * min(since / (RESPONSE_S + round_trip), 1.0)
    return max(MIN_STEP_BITS, alpha * packet_bits)
