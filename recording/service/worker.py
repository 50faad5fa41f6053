"""Main of the worker process: mux one call after the other until told to stop."""

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from recording.service.recordings import RecordingService

_log: Final = logging.getLogger(__name__)


async def run_worker(
    service: RecordingService,
    *,
    worker: str,
    stop: asyncio.Event,
    clock: Callable[[], float] = time.time,
    poll_interval: float = 1.0,
) -> None:
    """Work until `stop` is set; a job under way is finished first.

    Args:
        worker: unique name, for example host and process id.
        clock: wall-clock seconds that never jump: leases are measured with it.
        poll_interval: seconds between looks into an empty queue.

    A queue that cannot be reached is logged and tried again.
    """
    muxer = service.worker(worker, clock)
    begun = False
    while not stop.is_set():
        try:
            if not begun:
                await muxer.begin()
                begun = True
            worked = await muxer.work_once()
        except Exception:
            _log.exception("the mux queue could not be worked on")
            worked = False
        if not worked:
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), poll_interval)
