"""The real clock and real randomness."""

import asyncio
import logging
import secrets
import string
import time
from collections.abc import Awaitable, Callable
from typing import Final

_LONGEST_WAIT: Final = 3600.0
_SLEW: Final = 0.05
"""How much faster or slower than real seconds ours may run after the machine's clock was set: an offer of
20 s lasts 19 to 21, and an hour is made up within a day.
"""
_SET_BY: Final = 2.0
"""Seconds the machine's clock may be apart from ours before that is worth a line in the log."""

_log = logging.getLogger(__name__)


def wall_clock() -> float:
    """Return what the machine's clock shows, seconds since the Unix epoch; it is set, forth and back.

    For what other programs compare with their own clock, and for what is printed. Everything that is measured
    or waited for uses `SystemClock`.
    """
    return time.time()


_READABLE: Final = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without characters that are mixed up when read out: i l o 0 1."""


class SystemClock:
    """Wall clock that never jumps: monotonic, and brought towards the machine's clock slowly.

    Deadlines, beats, leases and credentials are compared with one another as wall-clock times. Somebody who
    sets the machine's clock by an hour in the middle of a call would end offers, lock people out or keep them
    for an hour; here they last up to 5 % longer or shorter instead.

    Args:
        wall: the machine's clock; steady: a monotonic one; both in seconds.
    """

    def __init__(
        self, wall: Callable[[], float] = wall_clock, steady: Callable[[], float] = time.monotonic
    ) -> None:
        self._wall = wall
        self._steady = steady
        self._shown = wall()
        self._at = steady()
        self._was_set = False

    def now(self) -> float:
        """Return seconds since the Unix epoch."""
        at = self._steady()
        passed = at - self._at
        apart = self._wall() - (self._shown + passed)
        self._note(apart)
        slew = _SLEW * passed
        self._shown += passed + min(max(apart, -slew), slew)
        self._at = at
        return self._shown

    def join(self, shown: float) -> None:
        """Begin with what the clocks of other processes show, if the machine's was set since they began."""
        if abs(shown - self.now()) > _SET_BY:
            self._shown, self._at = shown, self._steady()
            self._note(self._wall() - shown)

    def catch_up(self) -> None:
        """Show what the machine's clock shows: nobody is here whom a jump could harm."""
        if self._was_set:
            self._shown, self._at = self._wall(), self._steady()
            self._note(0.0)

    def _note(self, apart: float) -> None:
        """Log that the machine's clock was set, once, and that ours is there again."""
        was_set = abs(apart) > (_SET_BY if not self._was_set else 0.01)
        if was_set is not self._was_set:
            self._was_set = was_set
            if was_set:
                _log.warning("the machine's clock was set by %+.0f s: times follow it slowly", apart)
            else:
                _log.info("times are those of the machine's clock again")

    async def wait(self, until: float, wake: Callable[[], Awaitable[object]]) -> None:
        """Return at `until` or when `wake()` returned; at the latest after an hour, to look at the clock
        again.
        """
        timeout = min(max(0.0, until - self.now()), _LONGEST_WAIT)
        try:
            async with asyncio.timeout(timeout):
                await wake()
        except TimeoutError:
            return


class SystemSecrets:
    """Randomness of the operating system."""

    def new_id(self) -> str:
        """Return an unguessable identifier of 22 URL-safe letters and digits."""
        return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(22))

    def token(self) -> str:
        """Return a credential of 256 bits, URL-safe."""
        return secrets.token_urlsafe(32)

    def digits(self, count: int) -> str:
        """Return a random decimal code."""
        return "".join(secrets.choice(string.digits) for _ in range(count))

    def password(self) -> str:
        """Return a first password of four readable groups (about 79 bits)."""
        return "-".join("".join(secrets.choice(_READABLE) for _ in range(4)) for _ in range(4))
