"""One direction of a bad line, in virtual time: decides what is lost and when the rest arrives.

What enters waits before the bottleneck, takes its time to pass it, and then flies. Two random streams of one
seed decide: one lays the bursts of loss along the time, the other draws the same few numbers for everything
that enters, so that neither a jitter nor a queue moves a loss elsewhere. No clock, socket or task is here:
`push`, then `pop` what has arrived, at the latest at `next_deadline`.
"""

import heapq
import random
from collections import deque
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final, Generic, TypeVar

from tests.support.impairment import CLEAN, Impairment, Step, Tally

NEVER: Final = float("inf")
_RESENT_AFTER_MS: Final = 20.0
"""A loss costs this even on a short line: three later segments must show it."""
T = TypeVar("T")


class Fate(Enum):
    """What became of something that was pushed."""

    CARRIED = "carried"
    LOST = "lost"
    QUEUE_FULL = "queue full"


@dataclass(frozen=True, slots=True)
class _Waiting(Generic[T]):
    """Something before the bottleneck."""

    item: T
    size: int
    flight_s: float
    order: Hashable
    overtaken: bool


class _Bursts:
    """When everything is lost: bursts of one length at exponentially distributed distances."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._begin = self._end = -NEVER

    def restart(self, line: Impairment, now: float) -> None:
        """Lay the bursts of another impairment from now on."""
        self._begin = self._end = now
        self._advance(line, now)

    def covers(self, line: Impairment, now: float) -> bool:
        """Return whether a burst is going on."""
        self._advance(line, now)
        return self._begin <= now

    def _advance(self, line: Impairment, now: float) -> None:
        length_s = line.burst_ms / 1000
        while self._end <= now:
            distance_s = self._random.expovariate(line.loss / (length_s * (1 - line.loss)))
            self._begin = self._end + distance_s
            self._end = self._begin + length_s


class Lane(Generic[T]):
    """One direction of everything that shares a line.

    Args:
        seed: of its decisions: the same seed, traffic and times give the same fates.
    """

    def __init__(self, seed: int) -> None:
        self.tally = Tally()
        self._line = CLEAN
        self._random = random.Random(seed)
        self._bursts = _Bursts(seed)
        self._plan: deque[tuple[float, Impairment]] = deque()
        self._queue: deque[_Waiting[T]] = deque()
        self._queued_bytes = 0
        self._head_done_at = NEVER
        self._flying: list[tuple[float, int, T]] = []
        self._count = 0
        self._last_arrival: dict[Hashable, float] = {}

    @property
    def line(self) -> Impairment:
        """What it does as of the last call."""
        return self._line

    @property
    def queued_bytes(self) -> int:
        """What waits before the bottleneck, what is passing it included."""
        return self._queued_bytes

    def change(self, line: Impairment, now: float) -> None:
        """Be another line from now on; a plan ends. What waits passes at the new rate."""
        self.plan([Step(0.0, line)], now)

    def plan(self, steps: Sequence[Step], now: float) -> None:
        """Be one line after the other, `at_s` counted from `now` and ascending."""
        self._advance(now)
        self._plan = deque((now + step.at_s, step.impairment) for step in steps)
        self._advance(now)

    def push(self, item: T, size: int, now: float, *, reliable: bool = False, order: Hashable = None) -> Fate:
        """Let something enter.

        Args:
            size: in bytes, with its headers.
            reliable: a segment of TCP: a loss makes it late by a round trip for each time it is sent in
                vain (RFC 6675), and it is never dropped: ask `has_room` first.
            order: what keeps its order among itself; all datagrams are one such thing.
        """
        self._advance(now)
        line = self._line
        chances = [self._random.random() for _ in range(3)]
        lost = self._is_lost(line, chances[0], now)
        if lost and not reliable:
            self.tally.lost += 1
            return Fate.LOST
        if not reliable and not self.has_room(size):
            self.tally.queue_full += 1
            return Fate.QUEUE_FULL
        overtaken = not reliable and chances[2] < line.reorder
        flight_ms = line.delay_ms + chances[1] * line.jitter_ms + overtaken * line.reorder_ms
        if lost:
            self.tally.lost += 1
            flight_ms += self._resent_after_ms(line)
        self.tally.passed += 1
        self.tally.passed_bytes += size
        waiting = _Waiting(item, size, flight_ms / 1000, order, overtaken)
        if line.rate_bps is None:
            self._fly(waiting, now)
        else:
            self._wait(waiting, now)
        return Fate.CARRIED

    def has_room(self, size: int) -> bool:
        """Return whether the queue takes `size` bytes more; an empty one takes anything."""
        held = self._queued_bytes
        return self._line.rate_bps is None or not held or held + size <= self._line.held_bytes

    def pop(self, now: float) -> list[T]:
        """Return what has arrived, in order."""
        self._advance(now)
        arrived = []
        while self._flying and self._flying[0][0] <= now:
            arrived.append(heapq.heappop(self._flying)[2])
        return arrived

    def next_deadline(self) -> float:
        """Return when `pop` is due."""
        flying = self._flying[0][0] if self._flying else NEVER
        planned = self._plan[0][0] if self._plan else NEVER
        return min(flying, planned, self._head_done_at)

    def forget(self, order: Hashable) -> None:
        """Something that kept its order has ended."""
        self._last_arrival.pop(order, None)

    def _is_lost(self, line: Impairment, chance: float, now: float) -> bool:
        if 0 < line.loss < 1 and line.burst_ms:
            return self._bursts.covers(line, now)
        return chance < line.loss

    def _resent_after_ms(self, line: Impairment) -> float:
        """Return how much later a segment comes that was lost once, and perhaps again."""
        each = max(line.burst_ms, 2 * line.delay_ms, _RESENT_AFTER_MS)
        late = each
        while not line.is_blackout and self._random.random() < line.loss:
            late += each
        return late

    def _wait(self, waiting: _Waiting[T], now: float) -> None:
        self._queue.append(waiting)
        self._queued_bytes += waiting.size
        if len(self._queue) == 1:
            self._serve(now)

    def _serve(self, now: float) -> None:
        """Let the head of the queue begin to pass the bottleneck."""
        assert self._line.rate_bps is not None
        self._head_done_at = now + self._queue[0].size * 8 / self._line.rate_bps if self._queue else NEVER

    def _advance(self, now: float) -> None:
        while self._plan and self._plan[0][0] <= now:
            at, line = self._plan.popleft()
            self._pass_until(at)
            self._become(line, at)
        self._pass_until(now)

    def _pass_until(self, now: float) -> None:
        while self._head_done_at <= now:
            done_at = self._head_done_at
            waiting = self._queue.popleft()
            self._queued_bytes -= waiting.size
            self._serve(done_at)
            self._fly(waiting, done_at)

    def _become(self, line: Impairment, now: float) -> None:
        before, self._line = self._line, line
        if 0 < line.loss < 1 and line.burst_ms:
            self._bursts.restart(line, now)
        if self._queue and line.rate_bps is not None:
            assert before.rate_bps is not None
            self._head_done_at = now + (self._head_done_at - now) * before.rate_bps / line.rate_bps
        elif line.rate_bps is None:
            while self._queue:
                self._fly(self._queue.popleft(), now)
            self._queued_bytes, self._head_done_at = 0, NEVER

    def _fly(self, waiting: _Waiting[T], now: float) -> None:
        arrival = now + waiting.flight_s
        if not waiting.overtaken:
            arrival = max(arrival, self._last_arrival.get(waiting.order, arrival))
            self._last_arrival[waiting.order] = arrival
        self._count += 1
        heapq.heappush(self._flying, (arrival, self._count, waiting.item))
