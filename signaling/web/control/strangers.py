"""Who connects to the control channel and has not said who they are: bounded in number and time."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Final

from signaling.web.control.line import Line
from signaling.web.crowd import Crowd
from signaling.web.limits import STRANGERS, STRANGERS_PER_ADDRESS
from web_client.helper.envelope import Frame

HELLO_S: Final = 10.0
"""How long a connection may stay open without saying who it is."""

_log = logging.getLogger(__name__)


class Strangers:
    """Those of helpers and pages together."""

    def __init__(self) -> None:
        self._crowd: Crowd[Line] = Crowd(limit=STRANGERS, per_group=STRANGERS_PER_ADDRESS)

    async def first(self, line: Line, frames: AsyncIterator[Frame], group: str) -> Frame | None:
        """Return the first message; None from one that went, was sent away for another, or said nothing.

        Args:
            group: by what a peer counts.

        Raises:
            WireError: for what is no message.
        """
        leaves = self._crowd.come(line, group, asyncio.get_running_loop().time())
        if leaves is not None:
            leaves.abort()
        try:
            async with asyncio.timeout(HELLO_S):
                return await anext(frames, None)
        except TimeoutError:
            _log.info("a connection of the control channel did not say who it is within %.0f s", HELLO_S)
            return None
        finally:
            self._crowd.leave(line)
