"""Places that many share, and who gives way when they are taken.

Nobody new is turned away for somebody who does nothing: the oldest of the most crowded address goes. So
whoever fills the places only ever loses their own, however many addresses they have.
"""

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

Guest = TypeVar("Guest")


class Crowd(Generic[Guest]):
    """Who has a place, by the group they came with; oldest first.

    Args:
        limit: places for all.
        per_group: places for those who share an address.
        can_go: whether a guest may be asked to leave; by default everybody.
    """

    def __init__(
        self, *, limit: int, per_group: int, can_go: Callable[[Guest], bool] = lambda guest: True
    ) -> None:
        self._limit = limit
        self._per_group = per_group
        self._can_go = can_go
        self._since: dict[Guest, tuple[float, str]] = {}
        self._groups: dict[str, dict[Guest, None]] = {}

    def __len__(self) -> int:
        return len(self._since)

    def __iter__(self) -> Iterator[Guest]:
        return iter(list(self._since))

    def come(self, guest: Guest, group: str, now: float) -> Guest | None:
        """Enter a guest; return who has to go for it, which is the guest itself where nobody can."""
        leaves = self._who_leaves(group, guest)
        if leaves == guest:
            return guest
        if leaves is not None:
            self.leave(leaves)
        self._since[guest] = (now, group)
        self._groups.setdefault(group, {})[guest] = None
        return leaves

    def leave(self, guest: Guest) -> None:
        """Forget a guest, if it is one."""
        _, group = self._since.pop(guest, (0.0, ""))
        theirs = self._groups.get(group, {})
        theirs.pop(guest, None)
        if not theirs:
            self._groups.pop(group, None)

    def came_before(self, moment: float) -> list[Guest]:
        """Return those that came at `moment` or earlier."""
        return [guest for guest, (since, _) in self._since.items() if since <= moment]

    def _who_leaves(self, group: str, guest: Guest) -> Guest | None:
        """Return the one to go, None while there is room."""
        if len(self._groups.get(group, ())) >= self._per_group:
            return self._oldest(group, guest)
        if len(self._since) < self._limit:
            return None
        return self._oldest(max(self._groups, key=lambda one: len(self._groups[one])), guest)

    def _oldest(self, group: str, guest: Guest) -> Guest:
        return next((one for one in self._groups[group] if self._can_go(one)), guest)
