"""A bounded queue in which nobody's crowd keeps the others waiting.

Work comes in lanes, one for each device or address it comes from. Lanes take turns, those of known devices
before all others; when the queue is full the longest lane gives way.
"""

from collections import OrderedDict, deque
from dataclasses import dataclass
from typing import Generic, TypeVar

Work = TypeVar("Work")


@dataclass(frozen=True, slots=True)
class Lane:
    """Where work comes from; `known` says that it is somebody's own device or our own work."""

    name: str
    known: bool


OURS = Lane("", known=True)
"""Work that nobody outside can ask for."""


class FairQueue(Generic[Work]):
    """Work of many lanes.

    Args:
        size: how much may wait in all.
        per_lane: how much of one lane.
    """

    def __init__(self, *, size: int, per_lane: int) -> None:
        self._size = size
        self._per_lane = per_lane
        self._known: OrderedDict[Lane, deque[Work]] = OrderedDict()
        self._others: OrderedDict[Lane, deque[Work]] = OrderedDict()
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def put(self, lane: Lane, work: Work) -> Work | None:
        """Append; return what is refused for it, which is `work` itself where its own lane is too long."""
        lanes = self._known if lane.known else self._others
        waiting = len(lanes.get(lane, ()))
        if waiting >= self._per_lane:
            return work
        refused: Work | None = None
        if self._count >= self._size:
            longest = self._longest()
            if not lane.known and len(longest) <= waiting + 1:
                return work
            refused = longest.pop()
            self._count -= 1
        lanes.setdefault(lane, deque()).append(work)
        self._count += 1
        return refused

    def take(self) -> Work | None:
        """Return what is next, None when nothing waits."""
        for lanes in (self._known, self._others):
            while lanes:
                lane, works = lanes.popitem(last=False)
                if not works:
                    continue
                work = works.popleft()
                if works:
                    lanes[lane] = works
                self._count -= 1
                return work
        return None

    def _longest(self) -> deque[Work]:
        """Return the longest lane, of unknown devices if they have any work here."""
        lanes = [works for works in self._others.values() if works] or list(self._known.values())
        return max(lanes, key=len)
