"""Presence in Redis: one hash for all, each entry with the time until which it is believed."""

from collections.abc import Callable
from typing import Final

from redis.asyncio import Redis

from signaling.adapters.sql.documents import dump, parse
from signaling.domain.presence import Presence

_KEY: Final = "bangban:presence"
_LIFETIME: Final = 90.0
"""Seconds without a beat after which nobody is believed to be there: their process died."""


class RedisPresenceStore:
    """PresenceStore port over Redis.

    Args:
        now: wall clock, seconds.
    """

    def __init__(self, redis: Redis, now: Callable[[], float]) -> None:
        self._redis = redis
        self._now = now

    async def get(self, staff_id: str) -> Presence | None:
        """Return somebody's presence, unless it went stale."""
        return self._believed(await self._redis.hget(_KEY, staff_id))

    async def put(self, presence: Presence) -> None:
        """Keep a presence."""
        await self._redis.hset(_KEY, presence.staff_id, dump(presence))

    async def all(self) -> list[Presence]:
        """Return everybody's that is not stale."""
        found = (self._believed(document) for document in await self._redis.hvals(_KEY))
        return [presence for presence in found if presence is not None]

    def _believed(self, document: bytes | str | None) -> Presence | None:
        if document is None:
            return None
        presence = parse(Presence, document if isinstance(document, str) else document.decode())
        stale = presence.online and self._now() - presence.last_beat > _LIFETIME
        return None if stale else presence
