"""The routing lease of a process that is alone: a lock."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class MemoryLease:
    """Lease port: always held, by one task at a time."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()

    @asynccontextmanager
    async def held(self) -> AsyncIterator[bool]:
        """Enter to decide."""
        async with self._lock:
            yield True
