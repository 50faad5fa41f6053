"""Presence in Redis: one hash for all, each entry with the time until which it is believed.

Nothing is ever deleted: whose process died is shown as gone. So somebody who is missing, though they were
seen before, was forgotten by Redis itself.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from redis.asyncio import Redis
from redis.exceptions import RedisError

from signaling.adapters.documents import dump, parse
from signaling.domain import presence as rules
from signaling.domain.errors import AwayError, BusyError
from signaling.domain.presence import Presence
from signaling.services.ports import PresenceChange

_KEY: Final = "bangban:presence"
_LIFETIME: Final = 90.0
"""Seconds without a beat after which nobody is believed to be there: their process died."""
_ATTEMPTS: Final = 20
"""Others may change the same person's presence; more often than this in a row is a fault."""
_SWAP: Final = """
if (redis.call('hget', KEYS[1], ARGV[1]) or '') ~= ARGV[2] then return 0 end
redis.call('hset', KEYS[1], ARGV[1], ARGV[3])
return 1
"""
"""Compare and set: 1 when nobody wrote this person's entry since it was read."""


class RedisPresenceStore:
    """PresenceStore port over Redis.

    Args:
        now: wall clock, seconds.
    """

    def __init__(self, redis: Redis, now: Callable[[], float]) -> None:
        self._redis = redis
        self._now = now
        self._parsed: dict[bytes | str, Presence] = {}
        """The documents read last: most people's are the same the next time."""

    async def get(self, staff_id: str) -> Presence | None:
        """Return somebody's presence, unless it went stale."""
        with _in_reach():
            return self._believed(await self._redis.hget(_KEY, staff_id))

    async def change(self, staff_id: str, change: PresenceChange) -> tuple[Presence | None, Presence | None]:
        """Make something else of what is known; tried again when another process was faster."""
        for _ in range(_ATTEMPTS):
            with _in_reach():
                document = await self._redis.hget(_KEY, staff_id)
            before = self._believed(document)
            after = change(before)
            if after is None or after == before:
                return before, before
            with _in_reach():
                swapped = await self._redis.eval(_SWAP, 1, _KEY, staff_id, document or b"", dump(after))
            if swapped:
                return before, after
        raise BusyError("busy")

    async def all(self) -> list[Presence]:
        """Return everybody's; whose process died is off line."""
        with _in_reach():
            documents = await self._redis.hvals(_KEY)
        self._parsed = {document: self._parsed.get(document) or _parsed(document) for document in documents}
        return [
            rules.offline(seen.staff_id, seen.last_beat) if self._is_stale(seen) else seen
            for seen in self._parsed.values()
        ]

    def _believed(self, document: bytes | str | None) -> Presence | None:
        presence = None if document is None else _parsed(document)
        return None if presence is None or self._is_stale(presence) else presence

    def _is_stale(self, presence: Presence) -> bool:
        return presence.online and self._now() - presence.last_beat > _LIFETIME


@contextmanager
def _in_reach() -> Iterator[None]:
    try:
        yield
    except RedisError as error:
        raise AwayError from error


def _parsed(document: bytes | str) -> Presence:
    return parse(Presence, document if isinstance(document, str) else document.decode())
