"""Password hashes: argon2id, 19 MiB, t=2, p=1 (OWASP's recommendation), in one niced thread.

A hash costs some 30 ms of CPU, so hashes wait in a short bounded queue for one thread of low priority: a flood of
logins slows logins, never the calls.
"""

import asyncio
import contextlib
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Final, Self, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

QUEUE_LENGTH: Final = 32
"""Logins waiting for the hash thread, a good second's worth; more are refused."""
_NICENESS: Final = 10

Result = TypeVar("Result")


class HashQueueFull(Exception):
    """Too many passwords wait to be checked."""

    code = "too_many"


class ArgonPasswords:
    """Hash and verify passwords off the event loop; an async context manager that ends its thread."""

    def __init__(self, queue_length: int = QUEUE_LENGTH) -> None:
        self._hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="argon2", initializer=_be_nice)
        self._free = queue_length
        self._dummy = ""

    async def __aenter__(self) -> Self:
        self._dummy = await self.hash("nobody's password")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._executor.shutdown(wait=False, cancel_futures=True)

    async def hash(self, password: str) -> str:
        """Return the encoded hash of `password`; raises `HashQueueFull`."""
        return await self._run(self._hasher.hash, password)

    async def verify(self, encoded: str | None, password: str) -> bool:
        """Return whether `password` has this hash.

        With `encoded` None the same time is spent and the answer is False: nobody learns which names exist. Raises
        `HashQueueFull`.
        """
        matches = await self._run(self._matches, encoded or self._dummy, password)
        return matches and encoded is not None

    async def _run(self, work: Callable[..., Result], *arguments: str) -> Result:
        if self._free <= 0:
            raise HashQueueFull
        self._free -= 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._executor, work, *arguments)
        finally:
            self._free += 1

    def _matches(self, encoded: str, password: str) -> bool:
        try:
            return self._hasher.verify(encoded, password)
        except (VerificationError, InvalidHashError):
            return False


def _be_nice() -> None:
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
