"""A paced sender: what may leave to one peer now, what waits, and what is not worth waiting for any more.

Sound never waits. Repeats leave before new pictures; pictures at a multiple of what the line is estimated to
carry while that is a burst, and at the estimate itself while it lasts; padding only where nothing else waits.
The rate is kept as a debt in seconds: each packet owes the time it takes at the rate, and as long as that is
less than one burst the next one may follow at once. So a frame that the line swallows in a few milliseconds
leaves whole, and costs one comparison.

A queue that is too old or too long would be shown late, or never: it is given up whole, and its streams go on
with their next key frames, which the caller has to ask for.

Not done: sound in the budget, as the estimate leaves it out too; fairness among the streams of one peer.
"""

from collections import deque
from collections.abc import Callable, Iterable
from enum import IntEnum
from math import inf
from typing import Final, Generic, NamedTuple, TypeVar

from rtc_server.protocol.deadline import NEVER

FACTOR: Final = 2.5
"""Pictures leave so much faster than the estimate (libwebrtc): what waits is gone before the next frame."""

THIN_BPS: Final = 500_000
THIN_FACTOR: Final = 1.25
"""The same below so thin an estimate, which after a decrease is 0.85 of what arrives: as fast as the line.
Faster they would only wait in its own queue, which is short in bytes, and speech behind them or lost: at 300
kbit/s a camera of 250 made it 0.2 s late, at 150 kbit/s every tenth packet of it was dropped."""

MIN_BPS: Final = 100_000
"""No burst is slower, whatever is estimated."""

LASTING_S: Final = 0.3
"""A picture that waited so long is no burst any more: more is offered than the line carries."""

LASTING_MIN_BPS: Final = 40_000
"""Then pictures leave at the estimate itself, or the line's own queue would stay full; so much at least. A
line of 150 kbit/s has no more than 90 beside speech."""

BURST_S: Final = 0.01
"""A tick of the shell: as much of the rate as may leave at once."""

MAX_AGE_S: Final = 2.0
"""The oldest picture that still waits (libwebrtc's limit of its queue)."""

MAX_REPAIR_BYTES: Final = 64 * 1024
"""Repeats that wait; a peer that asks for more asks again."""

FLIGHT_S: Final = 0.25
"""On a path that is a stream, pictures are handed over up to so much of the estimate that has not arrived:
what comes after them, sound above all, waits as long at most."""

MIN_FLIGHT_BYTES: Final = 16 * 1024
"""All there is while nothing is known; less leaves a line of 100 ms and 1 Mbit/s empty half of the time."""

Item = TypeVar("Item")


class Lane(IntEnum):
    """What leaves first."""

    SOUND = 0
    REPAIR = 1
    PICTURE = 2
    PADDING = 3


class Taken(NamedTuple, Generic[Item]):
    """What leaves now, in this order, and what was given up."""

    items: list[Item]
    given_up: list[Item]


class Pacer(Generic[Item]):
    """The queue of one peer; no clock, no timer: `take` after every `put`, and when `next_deadline` is due.

    Args:
        max_bytes: of what waits.

    Attributes:
        waiting_bytes: of everything that waits.
    """

    def __init__(self, *, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._rate_bps: float | None = None
        self._lasting_bps = inf
        self._estimate_bps: float | None = None
        self._free_at = -inf
        """When what left would have passed a line of the pacing rate."""
        self._due = NEVER
        self._repairs: deque[tuple[Item, int, float]] = deque()
        self._pictures: deque[tuple[Item, int, float]] = deque()
        self._repair_bytes = 0
        self.waiting_bytes = 0

    def pace(
        self,
        estimate_bps: float,
        *,
        probe_bps: float = 0.0,
        is_limit: bool = True,
        is_strained: bool = False,
    ) -> None:
        """Say what is known of the line; before the first call nothing is.

        Args:
            estimate_bps: what it is estimated to carry.
            probe_bps: what it is probed for at the moment, 0 for nothing.
            is_limit: whether it ever showed that it does not carry everything; as long as it did not, an
                estimate is only what has not been tried yet, and pictures leave as they come.
            is_strained: whether it shows it at this moment, by a queue of its own that grows or by loss.
        """
        self._estimate_bps = estimate_bps
        self._lasting_bps = max(estimate_bps, LASTING_MIN_BPS, probe_bps)
        if not is_limit:
            self._rate_bps = None
        elif is_strained:
            self._rate_bps = self._lasting_bps
        else:
            factor = THIN_FACTOR if estimate_bps < THIN_BPS else FACTOR
            self._rate_bps = max(factor * estimate_bps, MIN_BPS, probe_bps)

    @property
    def flight_bytes(self) -> float:
        """Return how much of a stream's path may be filled; sound may fill more."""
        return max((self._estimate_bps or 0.0) * FLIGHT_S / 8, MIN_FLIGHT_BYTES)

    def passes(self, size: int, now: float, room: float) -> bool:
        """Return whether `size` bytes leave at once, as nothing waits; they count as sent then."""
        if self.waiting_bytes or size > room:
            return False
        if self._rate_bps is not None:
            free_at = max(self._free_at, now) + size * 8 / self._rate_bps
            if free_at > now + BURST_S:
                return False
            self._free_at = free_at
        return True

    def put(self, lane: Lane, item: Item, size: int, now: float) -> bool:
        """Let a repeat or a picture wait; False for a repeat when too many do.

        Raises:
            ValueError: a lane that does not wait.
        """
        if lane is Lane.REPAIR:
            if self._repair_bytes + size > MAX_REPAIR_BYTES:
                return False
            self._repair_bytes += size
            self._repairs.append((item, size, now))
        elif lane is Lane.PICTURE:
            self._pictures.append((item, size, now))
        else:
            raise ValueError("this lane does not wait")
        self.waiting_bytes += size
        return True

    def take(self, now: float, room: float = inf) -> Taken[Item]:
        """Return what leaves now, which counts as sent.

        Args:
            room: bytes that the path takes.
        """
        given_up = self._give_up(now)
        rate_bps = self._rate_bps
        if rate_bps is not None and self.age(now) > LASTING_S:
            rate_bps = self._lasting_bps
        items: list[Item] = []
        self._due = NEVER
        while self.waiting_bytes:
            if rate_bps is not None and self._free_at > now + BURST_S:
                self._due = self._free_at - BURST_S
                break
            queue = self._repairs or self._pictures
            item, size, _ = queue[0]
            if size > room:
                self._due = now + BURST_S  # nobody says when a path has room again
                break
            queue.popleft()
            self._count_out(queue is self._repairs, size)
            room -= size
            if rate_bps is not None:
                self._free_at = max(self._free_at, now) + size * 8 / rate_bps
            items.append(item)
        return Taken(items, given_up)

    def take_all(self) -> list[Item]:
        """Return everything that waits."""
        items = [entry[0] for entry in (*self._repairs, *self._pictures)]
        self._clear()
        return items

    def discard(self, is_unwanted: Callable[[Item], bool]) -> int:
        """Forget what waits and is unwanted; return how much that was, in items."""
        before = len(self._repairs) + len(self._pictures)
        for queue in (self._repairs, self._pictures):
            kept = [entry for entry in queue if not is_unwanted(entry[0])]
            queue.clear()
            queue.extend(kept)
        self._repair_bytes = _total(self._repairs)
        self.waiting_bytes = self._repair_bytes + _total(self._pictures)
        return before - len(self._repairs) - len(self._pictures)

    def age(self, now: float) -> float:
        """Return for how long the oldest picture waits, seconds."""
        return now - self._pictures[0][2] if self._pictures else 0.0

    def next_deadline(self) -> float:
        """Return when `take` is due."""
        return self._due

    def _give_up(self, now: float) -> list[Item]:
        if self.age(now) <= MAX_AGE_S and self.waiting_bytes <= self._max_bytes:
            return []
        return self.take_all()

    def _count_out(self, is_repair: bool, size: int) -> None:
        self.waiting_bytes -= size
        if is_repair:
            self._repair_bytes -= size

    def _clear(self) -> None:
        self._repairs.clear()
        self._pictures.clear()
        self._repair_bytes = self.waiting_bytes = 0
        self._due = NEVER


def _total(entries: Iterable[tuple[Item, int, float]]) -> int:
    return sum(size for _, size, _ in entries)
