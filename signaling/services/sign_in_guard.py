"""How often somebody may try to prove who they are.

Attempts are counted by name and where they come from together: by the device, when that person signed in on
it before, else by the network address. So guessing from elsewhere never locks the door for whoever it belongs
to, and a name that nobody has is treated as any other. After some failures in a row the next attempts are
slowed down, then that name is locked for that address alone (GB/T 22239 8.1.4.1 b asks for it); a known
device is only ever slowed down. A name that is tried from many places at once is slowed down for unknown
devices.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final
from weakref import WeakValueDictionary

from signaling.domain.errors import BusyError
from signaling.domain.fair_queue import Lane
from signaling.domain.networks import address_group
from signaling.services.ports import Ports
from signaling.services.settings import AccountSettings
from signaling.services.stores import Attempts

_FREE: Final = 2
"""Failures in a row before anything is slowed down: people mistype."""
_LONGEST: Final = 16
"""The longest pause, as a multiple of the first."""
_CROWD: Final = 20
"""Failures with one name from unknown devices, wherever they are, until all of these are slowed down."""
_HALF_KEY: Final = 32
_WAITING: Final = 5
"""Attempts of one name and place that wait for each other; one more is refused."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Where an attempt comes from; `device` is one on which the very person signed in before."""

    address: str
    device: str | None = None

    @property
    def place(self) -> str:
        """What attempts are counted by, beside the name."""
        return f"device {self.device}" if self.device else address_group(self.address)

    @property
    def lane(self) -> Lane:
        """Whose turn it takes when passwords are compared."""
        return Lane(self.place, known=self.device is not None)


class Verdict(Enum):
    """How an attempt went; who attempts is told RIGHT or nothing."""

    RIGHT = "right"
    WRONG = "bad_credentials"
    LOCKED = "locked_out"


class _Turn:
    """One attempt at a time with a name and place: guesses at once must all be counted."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.waiting = 0


class SignInGuard:
    """Decide whether an attempt counts; holds no secrets and no names."""

    def __init__(self, ports: Ports, rules: AccountSettings) -> None:
        self._ports = ports
        self._rules = rules
        self._turns: WeakValueDictionary[str, _Turn] = WeakValueDictionary()

    async def attempt(self, name: str, visitor: Visitor, check: Callable[[], Awaitable[bool]]) -> Verdict:
        """Return how an attempt went.

        `check` is run for every attempt, also while the name is locked: the answer takes as long as any.
        Raises BusyError when too many with the same name and place wait already.
        """
        key, crowd_key = _key(name, visitor.place), _key(name, "")
        async with self._turn(key):
            mine, crowd = await self._read(key), await self._read(crowd_key)
            await asyncio.sleep(self._pause(mine, crowd, visitor))
            right, now = await check(), self._ports.clock.now()
            if mine.locked_until is not None and now < mine.locked_until:
                return Verdict.LOCKED
            if right:
                if mine.failures:
                    await self._ports.accounts.save_attempts(Attempts(key, 0, now))
                return Verdict.RIGHT
            await self._count(mine, crowd, visitor, now)
            return Verdict.WRONG

    async def _count(self, mine: Attempts, crowd: Attempts, visitor: Visitor, now: float) -> None:
        once_more = replace(mine, failures=mine.failures + 1, last_at=now, locked_until=None)
        if visitor.device is None:
            if once_more.failures >= self._rules.failures_until_lockout:
                once_more = replace(once_more, failures=0, locked_until=now + self._rules.lockout)
            await self._ports.accounts.save_attempts(replace(crowd, failures=crowd.failures + 1, last_at=now))
        await self._ports.accounts.save_attempts(once_more)

    @asynccontextmanager
    async def _turn(self, key: str) -> AsyncIterator[None]:
        turn = self._turns.setdefault(key, _Turn())
        if turn.waiting >= _WAITING:
            raise BusyError
        turn.waiting += 1
        try:
            async with turn.lock:
                yield
        finally:
            turn.waiting -= 1

    async def _read(self, key: str) -> Attempts:
        """Return what is known of a name and place; what is older than a lockout counts no more."""
        now = self._ports.clock.now()
        known = await self._ports.accounts.attempts(key)
        if known is None or max(known.last_at, known.locked_until or 0.0) + self._rules.lockout < now:
            return Attempts(key, 0, now)
        if known.locked_until is not None and known.locked_until > now + self._rules.lockout:
            known = replace(known, locked_until=now + self._rules.lockout)  # the clock was set back
            await self._ports.accounts.save_attempts(known)
        return known

    def _pause(self, mine: Attempts, crowd: Attempts, visitor: Visitor) -> float:
        longest = self._rules.slow_down * _LONGEST
        if visitor.device is None and crowd.failures >= _CROWD:
            return longest / 4
        over = mine.failures - _FREE
        return min(longest, self._rules.slow_down * 2**over) if over >= 0 else 0.0


def name_digest(name: str) -> str:
    """Return what the keys of a name begin with; what is typed as one may be a password, and is not kept."""
    return hashlib.sha256(name.encode()).hexdigest()[:_HALF_KEY]


def _key(name: str, place: str) -> str:
    return name_digest(name) + hashlib.sha256(f"{name}\0{place}".encode()).hexdigest()[:_HALF_KEY]
