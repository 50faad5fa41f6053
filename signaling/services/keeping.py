"""Work that goes on for as long as its process lives, whatever befalls it.

A task group ends its process with the first of its children that fails. So every child that works until it
is cancelled runs here: its failure is written down, and it begins again a moment later.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

_log = logging.getLogger(__name__)
AGAIN_AFTER_S: Final = 1.0


async def keep(name: str, work: Callable[[], Awaitable[None]]) -> None:
    """Run `work` until it returns or this is cancelled; start it again when it fails.

    Args:
        name: what stops meanwhile, for the log.
        work: begins anew at each call and keeps what it needs elsewhere.
    """
    while True:
        try:
            return await work()
        except Exception:
            _log.exception("%s failed; it begins again in %.0f s", name, AGAIN_AFTER_S)
        await asyncio.sleep(AGAIN_AFTER_S)
