"""argon2id in one niced thread behind a fair queue: a rush of logins delays those who rush."""

import asyncio
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from signaling.domain.errors import BusyError
from signaling.domain.fair_queue import OURS, FairQueue, Lane

T = TypeVar("T")

_MEMORY_KIB: Final = 19 * 1024
"""OWASP's least for argon2id: 19 MiB, two passes, one lane."""
_NICENESS: Final = 15
"""Unless the whole service is further behind already: only root may come forward."""


class ArgonHasher:
    """PasswordHasher port: hashes one at a time.

    Args:
        queue_size: how many may wait; one more is refused with `busy`, or one of whoever has most there.
        per_lane: how many may wait of one device or address.
        memory_kib: memory of one hash; tests make it small.
    """

    def __init__(self, queue_size: int = 512, per_lane: int = 8, memory_kib: int = _MEMORY_KIB) -> None:
        self._argon = PasswordHasher(time_cost=2, memory_cost=memory_kib, parallelism=1, type=Type.ID)
        self._work: FairQueue[_Job] = FairQueue(size=queue_size, per_lane=per_lane)
        self._news = threading.Condition()
        self._closed = False
        self._thread: threading.Thread | None = None
        self._decoy: str | None = None

    async def hash(self, password: str, lane: Lane = OURS) -> str:
        """Return the encoded hash; raises BusyError when the queue is full."""
        return await self._run(lambda: self._argon.hash(password), lane)

    async def verify(self, encoded: str | None, password: str, lane: Lane = OURS) -> bool:
        """Compare; None (unknown user) takes as long and is False. Raises BusyError for a full queue."""
        return await self._run(lambda: self._verify(encoded, password), lane)

    def close(self) -> None:
        """Let the thread finish what is queued and end."""
        if self._thread is not None:
            with self._news:
                self._closed = True
                self._news.notify()
            self._thread.join()
            self._thread, self._closed = None, False

    def _verify(self, encoded: str | None, password: str) -> bool:
        if self._decoy is None:
            self._decoy = self._argon.hash("nobody's password")
        try:
            self._argon.verify(encoded or self._decoy, password)
        except (VerificationError, InvalidHashError):
            return False
        return encoded is not None

    async def _run(self, work: Callable[[], T], lane: Lane) -> T:
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
        with self._news:
            refused = self._work.put(lane, _Job(job, lambda: _fail(done, BusyError())))
            self._news.notify()
        if refused is not None:
            refused.refuse()
        return await done

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._work_off, name="passwords", daemon=True)
            self._thread.start()

    def _work_off(self) -> None:
        me = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, me, max(_NICENESS, os.getpriority(os.PRIO_PROCESS, me)))
        while (job := self._next()) is not None:
            job.run()

    def _next(self) -> "_Job | None":
        """Return what is to be done next; None once nothing is and the hasher is closed."""
        with self._news:
            self._news.wait_for(lambda: len(self._work) or self._closed)
            return self._work.take()


@dataclass(frozen=True, slots=True)
class _Job:
    """One hash: `run` in the thread, or `refuse` in the loop."""

    run: Callable[[], None]
    refuse: Callable[[], None]


def _finish(done: asyncio.Future[T], result: T) -> None:
    if not done.done():
        done.set_result(result)


def _fail(done: asyncio.Future[T], error: Exception) -> None:
    if not done.done():
        done.set_exception(error)
