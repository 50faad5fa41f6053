"""Presence in memory: dies with the process, and people reconnect."""

from signaling.domain.presence import Presence
from signaling.services.ports import PresenceChange


class MemoryPresenceStore:
    """PresenceStore port."""

    def __init__(self) -> None:
        self._presences: dict[str, Presence] = {}

    async def get(self, staff_id: str) -> Presence | None:
        """Return somebody's presence, if they were seen."""
        return self._presences.get(staff_id)

    async def change(self, staff_id: str, change: PresenceChange) -> tuple[Presence | None, Presence | None]:
        """Make something else of what is known; nobody is faster within one process."""
        before = self._presences.get(staff_id)
        after = change(before)
        if after is None:
            return before, before
        self._presences[staff_id] = after
        return before, after

    async def all(self) -> list[Presence]:
        """Return everybody's."""
        return list(self._presences.values())
