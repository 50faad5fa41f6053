"""argon2id in one niced thread behind a bounded queue: a rush of logins delays logins and nothing else."""

import asyncio
import os
import queue
import threading
from collections.abc import Callable
from typing import Final, TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from signaling.domain.errors import BusyError

T = TypeVar("T")

_MEMORY_KIB: Final = 19 * 1024
"""OWASP's least for argon2id: 19 MiB, two passes, one lane."""
_NICENESS: Final = 15
"""Unless the whole service is further behind already: only root may come forward."""


class ArgonHasher:
    """PasswordHasher port: hashes one at a time.

    Args:
        queue_size: how many may wait; one more is refused with `busy`.
        memory_kib: memory of one hash; tests make it small.
    """

    def __init__(self, queue_size: int = 32, memory_kib: int = _MEMORY_KIB) -> None:
        self._argon = PasswordHasher(time_cost=2, memory_cost=memory_kib, parallelism=1, type=Type.ID)
        self._work: queue.Queue[Callable[[], None] | None] = queue.Queue(queue_size)
        self._thread: threading.Thread | None = None
        self._decoy: str | None = None

    async def hash(self, password: str) -> str:
        """Return the encoded hash; raises BusyError when the queue is full."""
        return await self._run(lambda: self._argon.hash(password))

    async def verify(self, encoded: str | None, password: str) -> bool:
        """Compare; None (unknown user) takes as long and is False. Raises BusyError for a full queue."""
        return await self._run(lambda: self._verify(encoded, password))

    def close(self) -> None:
        """Let the thread finish what is queued and end."""
        if self._thread is not None:
            self._work.put(None)
            self._thread.join()
            self._thread = None

    def _verify(self, encoded: str | None, password: str) -> bool:
        if self._decoy is None:
            self._decoy = self._argon.hash("nobody's password")
        try:
            self._argon.verify(encoded or self._decoy, password)
        except (VerificationError, InvalidHashError):
            return False
        return encoded is not None

    async def _run(self, work: Callable[[], T]) -> T:
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()

        def job() -> None:
            try:
                result = work()
            except Exception as error:  # handed to whoever waits
                loop.call_soon_threadsafe(_fail, done, error)
            else:
                loop.call_soon_threadsafe(_finish, done, result)

        self._start()
        try:
            self._work.put_nowait(job)
        except queue.Full:
            raise BusyError from None
        return await done

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._work_off, name="passwords", daemon=True)
            self._thread.start()

    def _work_off(self) -> None:
        me = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, me, max(_NICENESS, os.getpriority(os.PRIO_PROCESS, me)))
        while (job := self._work.get()) is not None:
            job()


def _finish(done: asyncio.Future[T], result: T) -> None:
    if not done.done():
        done.set_result(result)


def _fail(done: asyncio.Future[T], error: Exception) -> None:
    if not done.done():
        done.set_exception(error)
