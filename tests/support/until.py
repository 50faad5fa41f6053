"""Wait for what nobody announces, another program above all, without guessing how long it takes."""

import asyncio
import time
from collections.abc import Awaitable, Callable

_BETWEEN_TRIES_S = 0.05


def until(holds: Callable[[], bool], *, what: str, patience_s: float = 30.0) -> None:
    """Return when `holds()` does; raises TimeoutError naming `what` when it takes too long."""
    end = time.monotonic() + patience_s
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError(f"{what} was not there after {patience_s:.0f} s")
        time.sleep(_BETWEEN_TRIES_S)


async def until_async(holds: Callable[[], Awaitable[bool]], *, what: str, patience_s: float = 60.0) -> None:
    """Do the same in an event loop."""
    try:
        async with asyncio.timeout(patience_s):
            while not await holds():  # noqa: ASYNC110 - another program sets no event
                await asyncio.sleep(_BETWEEN_TRIES_S)
    except TimeoutError:
        raise TimeoutError(f"{what} was not there after {patience_s:.0f} s") from None


async def until_here(holds: Callable[[], object], *, seconds: float = 20) -> None:
    """Return as soon as something of this process and its loop holds; TimeoutError after `seconds`."""
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.002)
