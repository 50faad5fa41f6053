"""A Redis client that can be cancelled and knows when to leave off.

redis-py sends each command through `asyncio.wait_for`, which before Python 3.12 swallows a cancellation that
arrives just when the sending ends: a loop that is told to stop at that moment would go on for ever.

By default it also tries a command eleven times, each with a time-out of its own: a Redis that is frozen
would hold up whoever asks for minutes. Here a command waits once, and what comes within the second after
one that got no answer is refused at once: nothing piles up behind a server that is away.
"""

import asyncio
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as LostError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as NoAnswerError

PATIENCE_S: Final = 3.0
"""How long a command waits for its answer; above the worst of a Redis that is only slow."""
_REST_S: Final = 1.0
_BETWEEN_TRIES_S: Final = 1.0

_log = logging.getLogger(__name__)


class CancellableRedis(Redis):
    """`Redis`, whose commands never outlive a cancellation of their task; made by `open_redis`."""

    _away_until = 0.0

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        """Carry out one command; raises what `Redis` raises, and `CancelledError` also when that was lost."""
        if time.monotonic() < self._away_until:
            raise LostError("Redis gave no answer a moment ago")
        try:
            with heeding_cancellation():
                return await super().execute_command(*args, **options)  # type: ignore[no-untyped-call]
        except (LostError, NoAnswerError):
            self._away_until = time.monotonic() + _REST_S
            raise


def open_redis(url: str) -> CancellableRedis:
    """Return a client that connects lazily; close it with `aclose`."""
    client = CancellableRedis.from_url(
        url,
        socket_timeout=PATIENCE_S,
        socket_connect_timeout=PATIENCE_S,
        # Once more for a connection that was lost while it was idle, never for one that does not answer.
        retry=Retry(NoBackoff(), 1, supported_errors=(LostError,)),
    )
    assert isinstance(client, CancellableRedis)
    return client


async def until_reached(redis: Redis) -> None:
    """Return when Redis answers; says once that it is waited for."""
    said = False
    while True:
        try:
            await redis.ping()
        except RedisError as error:
            if not said:
                _log.warning("Redis does not answer (%s); this process waits for it", type(error).__name__)
                said = True
            await asyncio.sleep(_BETWEEN_TRIES_S)
        else:
            return


@contextmanager
def heeding_cancellation() -> Iterator[None]:
    """Raise `CancelledError` at the end of a block in which a cancellation came and was swallowed.

    Also when it ended in another error: a command that runs out of time just then says only that.
    """
    task = asyncio.current_task()
    assert task is not None, "for tasks only"
    before = task.cancelling()
    try:
        yield
    except Exception as error:
        if task.cancelling() > before:
            raise asyncio.CancelledError from error
        raise
    if task.cancelling() > before:
        raise asyncio.CancelledError
