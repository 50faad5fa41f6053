"""Signs of life from a supervised process: a byte down a pipe each second, from its own event loop.

A process that was stopped, or whose loop hangs, still exists: only its silence tells. The pipe's reading end
is the supervisor's; without a supervisor nothing is written.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Final

from signaling.config.settings import PREFIX

PIPE: Final = f"{PREFIX}HEARTBEAT_FD"
"""Names the descriptor a supervised process writes to."""
BEAT_S: Final = 1.0
LATE_S: Final = 3.0
"""A supervisor that itself looks so much too late was held up with everybody, and begins to count anew."""


def pulse() -> Callable[[], None]:
    """Return what writes one sign of life; never blocks, never raises."""
    given = os.environ.get(PIPE)
    if given is None:
        return lambda: None
    descriptor = int(given)
    with suppress(OSError):
        os.set_blocking(descriptor, False)
        os.set_inheritable(descriptor, False)

    def write() -> None:
        with suppress(OSError):  # full: nobody looks; closed: the supervisor is gone
            os.write(descriptor, b".")

    return write


@asynccontextmanager
async def beating() -> AsyncIterator[None]:
    """Give signs of life while the context lasts and the loop runs."""
    task = asyncio.create_task(_beat(pulse()))
    try:
        yield
    finally:
        task.cancel()


async def _beat(give: Callable[[], None]) -> None:
    while True:
        give()
        await asyncio.sleep(BEAT_S)


class Heart:
    """What the supervisor hears of one process.

    Args:
        starts_within_s: how long the first sign may take.
        silent_s: silence after the first sign that means that it hangs.
        now: monotonic seconds.
    """

    def __init__(self, *, starts_within_s: float, silent_s: float, now: float) -> None:
        self._starts_within_s = starts_within_s
        self._silent_s = silent_s
        self._heard_at = now
        self._looked_at = now
        self._has_begun = False

    def heard(self, now: float) -> None:
        """Note a sign of life."""
        self._heard_at = now
        self._has_begun = True

    def silence(self, now: float) -> float | None:
        """Return for how long a process has been silent if that is too long; call each second or so."""
        if now - self._looked_at > LATE_S:
            self._heard_at = now
        self._looked_at = now
        silent = now - self._heard_at
        return silent if silent > (self._silent_s if self._has_begun else self._starts_within_s) else None


@asynccontextmanager
async def listening(heart: Heart) -> AsyncIterator[int]:
    """Hand what comes down a pipe to a heart; yields the end to pass to the process."""
    read_end, write_end = os.pipe()
    os.set_blocking(read_end, False)
    loop = asyncio.get_running_loop()

    def drain() -> None:
        with suppress(BlockingIOError):
            if os.read(read_end, 4096):
                heart.heard(time.monotonic())
            else:
                loop.remove_reader(read_end)

    loop.add_reader(read_end, drain)
    try:
        yield write_end
    finally:
        loop.remove_reader(read_end)
        os.close(read_end)
