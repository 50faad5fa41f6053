"""argon2id in one niced thread behind a bounded queue, so that a rush of logins delays logins and nothing
else.
"""

import asyncio
import contextlib
import os
import queue
import threading
from collections.abc import Callable
from functools import partial
from typing import Final, TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from signaling.domain.errors import BusyError

T = TypeVar("T")

_MEMORY_KIB: Final = 19 * 1024
"""OWASP's least for argon2id: 19 MiB, two passes, one lane."""
_NICENESS: Final = 10


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
        """Compare; None (unknown user) takes as long and is False. Raises BusyError when the queue is
        full.
        """
        return await self._run(lambda: self._verify(encoded, password))

    def close(self) -> None:
        """Let the thread finish what is queued and end."""
        if self._thread is not None:
            self._work.put(None)
            self._thread.join()
            self._thread = None

    def _verify(self, encoded: str | None, password: str) -> bool:
        if encoded is None:
            self._decoy = self._decoy or self._argon.hash("nobody's password")
        try:
            self._argon.verify(encoded or self._decoy or "", password)
        except (VerificationError, InvalidHashError):
            return False
        return encoded is not None

    async def _run(self, work: Callable[[], T]) -> T:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()

        def perform() -> None:
            try:
                result = work()
            except Exception as error:
                _tell(loop, answer, partial(answer.set_exception, error))
            else:
                _tell(loop, answer, partial(answer.set_result, result))

        try:
            self._work.put_nowait(perform)
        except queue.Full:
            raise BusyError("busy") from None
        if self._thread is None:
            self._thread = threading.Thread(target=self._serve, name="argon2", daemon=True)
            self._thread.start()
        return await answer

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
        while (work := self._work.get()) is not None:
            work()


def _tell(loop: asyncio.AbstractEventLoop, answer: asyncio.Future[T], give: Callable[[], None]) -> None:
    """Answer in the loop, unless the asker left or the loop is gone."""
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(lambda: None if answer.done() else give())
