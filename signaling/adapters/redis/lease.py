"""The routing lease: one process decides at a time; another takes over when it lapses."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from redis.asyncio import Redis
from redis.exceptions import RedisError

_log = logging.getLogger(__name__)
_KEY: Final = "bangban:routing-lease"
_EXTEND: Final = """
if redis.call('get', KEYS[1]) == ARGV[1] then
  return redis.call('pexpire', KEYS[1], ARGV[2])
end
if redis.call('pttl', KEYS[1]) > tonumber(ARGV[2]) then redis.call('pexpire', KEYS[1], ARGV[2]) end
return redis.call('set', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) and 1 or 0
"""
"""Take the lease when it is free, or extend one's own; 1 when held afterwards. One that would last longer
than any is given was taken before the clock of Redis's machine was set back: its holder may be long gone.
"""


class RedisLease:
    """Lease port over Redis.

    The lease is kept between decisions, so the same process goes on deciding while it lives. A decision of a
    process that lost it in the middle still cannot do harm: the specialist's claim in SQL decides.

    Args:
        holder: distinct for every process.
        lifetime_ms: how long it lasts without being extended.
    """

    def __init__(self, redis: Redis, holder: str, lifetime_ms: int = 10_000) -> None:
        self._redis = redis
        self._holder = holder
        self._lifetime_ms = lifetime_ms
        self._lock = asyncio.Lock()

    @asynccontextmanager
    async def held(self) -> AsyncIterator[bool]:
        """Enter to decide; False when another process holds the lease or Redis is away."""
        async with self._lock:
            yield await self._take()

    async def release(self) -> None:
        """Let another process decide at once."""
        async with self._lock:
            if await self._redis.get(_KEY) == self._holder.encode():
                await self._redis.delete(_KEY)

    async def _take(self) -> bool:
        try:
            taken = await self._redis.eval(_EXTEND, 1, _KEY, self._holder, str(self._lifetime_ms))
        except RedisError as error:
            _log.warning("the routing lease is out of reach: %s", error)
            return False
        return bool(taken)
