"""The time that the processes show each other: one that starts joins in.

Every process keeps its clock through a machine's clock being set (`adapters.system`), and one that starts
believes the machine. Between the two, whoever is connected at one would long be gone at the other, and what
one signed would have run out at the other.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from redis.asyncio import Redis
from redis.exceptions import RedisError

_log = logging.getLogger(__name__)
_KEY: Final = "bangban:clock"
_LIFETIME_MS: Final = 15_000
_EACH_S: Final = 3.0


async def shown_by_others(redis: Redis) -> float | None:
    """Return what the clocks of running processes show, seconds since the Unix epoch; None without any."""
    try:
        shown, left_ms = await redis.get(_KEY), await redis.pttl(_KEY)
    except RedisError:
        return None
    if shown is None or not 0 <= left_ms <= _LIFETIME_MS:
        return None
    return float(shown) + (_LIFETIME_MS - int(left_ms)) / 1000


async def show_others(redis: Redis, now: Callable[[], float]) -> None:
    """Say what this process's clock shows, until cancelled."""
    while True:
        try:
            await redis.set(_KEY, repr(now()), px=_LIFETIME_MS)
        except RedisError as error:
            _log.debug("the time did not reach Redis: %s", error)
        await asyncio.sleep(_EACH_S)
