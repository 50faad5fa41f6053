"""Where log lines go: standard error, which the supervisor or the system's journal keeps."""

import logging
from typing import Final

from signaling.compose.log_limits import LogLimits

QUIET: Final = ("aiohttp.access", "aioice", "aiortc", "engineio", "socketio", "asyncio", "alembic")
"""Libraries whose INFO lines hold addresses or SDP, or come for each packet or request."""


OURS: Final = ("signaling", "rtc_server", "recording", "turn")


def configure_logging(level: str) -> None:
    """Send every log line from `level` up to standard error; call once, first thing in a process."""
    logging.basicConfig(
        level=level.upper(), format="%(asctime)s %(levelname)-7s %(name)s %(message)s", force=True
    )
    for handler in logging.getLogger().handlers:
        handler.addFilter(LogLimits(OURS))
    if level != "debug":
        for name in QUIET:
            logging.getLogger(name).setLevel(logging.WARNING)
