"""The real clock and real randomness."""

import asyncio
import secrets
import string
import time
from collections.abc import Awaitable, Callable
from typing import Final

_LONGEST_WAIT: Final = 3600.0
_READABLE: Final = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without characters that are mixed up when read out: i l o 0 1."""


class SystemClock:
    """Wall clock of the machine."""

    def now(self) -> float:
        """Return seconds since the Unix epoch."""
        return time.time()

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
