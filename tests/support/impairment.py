"""What a bad line does, told in the words that people use of lines: rate, delay, loss in bursts, blackout."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Impairment:
    """What one direction of a line does to what is sent on it.

    Attributes:
        loss: share 0–1 that vanishes; 1 is a blackout. A TCP connection shows loss as a stall.
        burst_ms: loss comes in bursts of this length, in which everything vanishes, and whose distances are
            random (Gilbert's two states, in time); 0: each datagram is lost by itself.
        delay_ms, jitter_ms: everything takes `delay_ms` and a random part of `jitter_ms`, in order.
        reorder, reorder_ms: this share takes `reorder_ms` more, and what follows overtakes it.
        rate_bps: bits per second of the bottleneck; None: no limit.
        queue_ms: what waits before the bottleneck, as the time it takes to pass; more is dropped.
        queue_bytes: the same in bytes, in place of `queue_ms`.
    """

    loss: float = 0.0
    burst_ms: float = 0.0
    delay_ms: float = 0.0
    jitter_ms: float = 0.0
    reorder: float = 0.0
    reorder_ms: float = 50.0
    rate_bps: float | None = None
    queue_ms: float = 200.0
    queue_bytes: int | None = None

    def __post_init__(self) -> None:
        if not (0 <= self.loss <= 1 and 0 <= self.reorder <= 1):
            raise ValueError("loss and reorder are shares")
        if min(self.burst_ms, self.delay_ms, self.jitter_ms, self.reorder_ms, self.queue_ms) < 0:
            raise ValueError("times are not negative")
        if self.rate_bps is not None and self.rate_bps <= 0:
            raise ValueError("a line without a rate is a blackout")

    @property
    def is_blackout(self) -> bool:
        """Whether nothing passes."""
        return self.loss >= 1

    @property
    def is_clean(self) -> bool:
        """Whether everything passes at once."""
        return self == CLEAN

    @property
    def held_bytes(self) -> float:
        """How much may wait before the bottleneck."""
        if self.queue_bytes is not None:
            return self.queue_bytes
        return (self.rate_bps or 0) * self.queue_ms / 8000


CLEAN: Final = Impairment()
BLACKOUT: Final = Impairment(loss=1.0)


@dataclass(frozen=True, slots=True)
class Step:
    """From `at_s` after a plan began, the direction is as `impairment` says."""

    at_s: float
    impairment: Impairment


@dataclass(slots=True)
class Tally:
    """What became of the datagrams (of TCP: segments) of one direction."""

    passed: int = 0
    lost: int = 0
    queue_full: int = 0
    passed_bytes: int = 0
