"""Acts on a second system that failed half-way: each is tried again, in order, until it is done.

What stands in the database is what people are told; the media process and the storage follow it. When the
second of two steps fails and cannot be undone either, what is left to do is noted here. An act may be carried
out more than once, so it says what shall be (`pause`, `close`), never what to add.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from signaling.domain.errors import BusyError, DomainError
from signaling.services.ports import Clock

_log = logging.getLogger(__name__)
_RETRY_AFTER: Final = 1.0
"""Seconds between rounds, beside the patience of each request; a restart takes a few."""

Act = Callable[[], Awaitable[object]]


class Unfinished:
    """What is left to do, by name: a later wish of the same name takes the place of the one before."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._acts: dict[str, Act] = {}
        self._noted = asyncio.Event()

    def note(self, name: str, act: Act) -> None:
        """Have an act tried until it returns; returns at once."""
        self._acts[name] = act
        self._noted.set()

    async def attempt(self, name: str, act: Act) -> None:
        """Do something now, or note it when it is not done; a caller who is cancelled leaves it noted."""
        try:
            if await _done(name, act):
                return
        except BaseException:
            self.note(name, act)
            raise
        self.note(name, act)

    async def run(self) -> None:
        """Finish what is noted, until cancelled."""
        while True:
            await self._noted.wait()
            await self.settle()
            if self._acts:
                await self._clock.wait(self._clock.now() + _RETRY_AFTER, self._noted.wait)
                self._noted.set()

    async def settle(self) -> None:
        """Try everything once; what fails stays noted, but for what is refused: trying again is of no use."""
        self._noted.clear()
        for name, act in list(self._acts.items()):
            if await _done(name, act) and self._acts.get(name) is act:
                del self._acts[name]


async def _done(name: str, act: Act) -> bool:
    try:
        await act()
    except DomainError as error:
        if isinstance(error, BusyError):
            _tell(name, error)
            return False
        _log.info("%s is refused (%s)", name, error.code)
    except Exception as error:
        _tell(name, error)
        return False
    return True


def _tell(name: str, error: Exception) -> None:
    if isinstance(error, BusyError):
        _log.info("%s is not done yet and will be tried again (%s)", name, error.code)
    else:
        _log.warning("%s is not done yet and will be tried again (%s)", name, type(error).__name__)
