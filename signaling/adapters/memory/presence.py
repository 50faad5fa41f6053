"""Presence in memory: dies with the process, and people reconnect."""

from signaling.domain.presence import Presence


class MemoryPresenceStore:
    """PresenceStore port."""

    def __init__(self) -> None:
        self._presences: dict[str, Presence] = {}

    async def get(self, staff_id: str) -> Presence | None:
        """Return somebody's presence, if they were seen."""
        return self._presences.get(staff_id)

    async def put(self, presence: Presence) -> None:
        """Keep a presence."""
        self._presences[presence.staff_id] = presence

    async def all(self) -> list[Presence]:
        """Return everybody's."""
        return list(self._presences.values())
