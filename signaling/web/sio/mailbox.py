"""The ordered, bounded mailbox of one connection.

Commands of a connection run one after the other in the order they came. Putting one in is a plain call,
made before anything is awaited, so that two commands of one client never overtake each other.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from signaling.web.limits import MAILBOX_COMMANDS

Answer = TypeVar("Answer")
Job = Callable[[], Awaitable[Answer]]


class Mailbox(Generic[Answer]):
    """Run jobs in order; refuse more than `size` waiting ones.

    `put` returns the future of the job's answer, or None when the mailbox is full (the caller refuses the
    command).
    `run` must be running as a task of the connection's owner; `close` lets it end and cancels what waits.
    """

    def __init__(self, size: int = MAILBOX_COMMANDS) -> None:
        self._jobs: asyncio.Queue[tuple[Job[Answer], asyncio.Future[Answer]] | None] = asyncio.Queue(size + 1)
        self._size = size
        self._closed = False

    def put(self, job: Job[Answer]) -> asyncio.Future[Answer] | None:
        """Append a job; return the future of its answer, None when too many wait."""
        if self._closed or self._jobs.qsize() >= self._size:
            return None
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._jobs.put_nowait((job, answer))
        return answer

    async def run(self) -> None:
        """Run the jobs in order until `close`."""
        while (entry := await self._jobs.get()) is not None:
            job, answer = entry
            if answer.cancelled():
                continue
            try:
                result = await job()
            except asyncio.CancelledError:
                answer.cancel()
                raise
            except Exception as error:
                if not answer.cancelled():
                    answer.set_exception(error)
            else:
                if not answer.cancelled():
                    answer.set_result(result)

    def close(self) -> None:
        """Take no more jobs, forget those that wait, end `run` after the present one."""
        if self._closed:
            return
        self._closed = True
        while not self._jobs.empty():
            entry = self._jobs.get_nowait()
            if entry is not None:
                entry[1].cancel()
        self._jobs.put_nowait(None)
