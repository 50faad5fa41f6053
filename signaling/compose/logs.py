"""Where log lines go: standard error, which the supervisor or the system's journal keeps.

`log_level` is about our own lines, which hold ids and figures only. Libraries say more than they know is
private: statements with their values, frames, addresses, SDP. They are heard from INFO up, the loudest of
them from WARNING up.
"""

import logging
from collections.abc import Mapping
from typing import Final

from signaling.compose.log_limits import LogLimits

OURS: Final = ("signaling", "recording", "rtc_server", "turn")
QUIET: Final = (
    *("aiohttp", "aioice", "aiortc", "engineio", "socketio", "asyncio", "alembic"),
    *("sqlalchemy", "aiosqlite", "asyncpg", "redis", "botocore", "aiobotocore", "urllib3", "libav", "PIL"),
)
"""Libraries whose INFO lines hold addresses, SDP or values, or come for each packet, request or statement."""


def levels(level: str) -> Mapping[str, int]:
    """Return from which level on each logger is heard; the root's name is empty."""
    chosen: int = logging.getLevelNamesMapping()[level.upper()]
    others = max(chosen, logging.INFO)
    quiet = dict.fromkeys(QUIET, max(chosen, logging.WARNING))
    return {"": others} | quiet | dict.fromkeys(OURS, chosen)


def configure_logging(level: str) -> None:
    """Send log lines to standard error; call once, first thing in a process."""
    logging.basicConfig(format="%(asctime)s %(levelname)-7s %(name)s %(message)s", force=True)
    for handler in logging.getLogger().handlers:
        handler.addFilter(LogLimits(OURS))
    for name, least in levels(level).items():
        logging.getLogger(name).setLevel(least)
