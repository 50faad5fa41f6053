"""A Redis client that can be cancelled.

redis-py sends each command through `asyncio.wait_for`, which before Python 3.12 swallows a cancellation that
arrives just when the sending ends: a loop that is told to stop at that moment would go on for ever.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from redis.asyncio import Redis


class CancellableRedis(Redis):
    """`Redis`, whose commands never outlive a cancellation of their task."""

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        """Carry out one command; raises what `Redis` raises, and `CancelledError` also when that was lost."""
        with heeding_cancellation():
            return await super().execute_command(*args, **options)  # type: ignore[no-untyped-call]


@contextmanager
def heeding_cancellation() -> Iterator[None]:
    """Raise `CancelledError` at the end of a block in which a cancellation came and was swallowed."""
    task = asyncio.current_task()
    assert task is not None, "for tasks only"
    before = task.cancelling()
    yield
    if task.cancelling() > before:
        raise asyncio.CancelledError
