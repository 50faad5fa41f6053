"""Sockets that have not said who they are: how many there may be, and who gives way to a new one.

Nobody new is turned away: the oldest socket of the most crowded address goes. An honest client says who it is
within a round trip of opening, so that whoever fills the places with silent sockets only loses their own.
"""

from collections import Counter
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class _Stranger:
    group: str
    since: float


class Strangers:
    """Who is connected and unknown; oldest first.

    Args:
        limit: places for all.
        per_group: places for those who share an address.
    """

    def __init__(self, *, limit: int, per_group: int) -> None:
        self._limit = limit
        self._per_group = per_group
        self._all: dict[str, _Stranger] = {}
        self._crowd: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._all)

    def come(self, sid: str, group: str, now: float) -> str | None:
        """Enter a socket; return the one that has to be cut for it, if the places are taken."""
        gives_way = self._who_gives_way(group)
        if gives_way is not None:
            self.leave(gives_way)
        self._all[sid] = _Stranger(group, now)
        self._crowd[group] += 1
        return gives_way

    def leave(self, sid: str) -> None:
        """Forget a socket: it said who it is, or it is gone."""
        gone = self._all.pop(sid, None)
        if gone is None:
            return
        self._crowd[gone.group] -= 1
        if not self._crowd[gone.group]:
            del self._crowd[gone.group]

    def overdue(self, before: float) -> list[str]:
        """Return those that came at `before` or earlier."""
        return [sid for sid, one in self._all.items() if one.since <= before]

    def _who_gives_way(self, group: str) -> str | None:
        if self._crowd[group] >= self._per_group:
            return self._oldest_of(group)
        if len(self._all) < self._limit:
            return None
        return self._oldest_of(self._crowd.most_common(1)[0][0])

    def _oldest_of(self, group: str) -> str:
        return next(sid for sid, one in self._all.items() if one.group == group)
