"""The main of a media process."""

import asyncio
import gc
import logging
import signal
from collections.abc import Callable
from typing import Final

from rtc_server.config import MediaConfig
from rtc_server.server.control import ControlServer
from rtc_server.sfu.tap import TapHost

try:
    from uvloop import new_event_loop
except ImportError:  # not on Windows
    from asyncio import new_event_loop  # type: ignore[assignment]

logger = logging.getLogger(__name__)


BEAT_S: Final = 1.0


def run_media(
    config: MediaConfig, tap_host: TapHost | None, *, beat: Callable[[], None] = lambda: None
) -> None:
    """Run a media process until SIGTERM or SIGINT.

    Args:
        config: addresses, control channel, bounds.
        tap_host: makes the taps of tapped routers; None refuses them.
        beat: called each second while the loop runs, to tell whoever watches it.

    Raises:
        OSError: an address cannot be bound.
        MalformedError: the configuration contradicts itself.
    """
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(_serve_until_signalled(config, tap_host, beat))


async def _serve_until_signalled(
    config: MediaConfig, tap_host: TapHost | None, beat: Callable[[], None]
) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with ControlServer(config, tap_host):
        beating = asyncio.create_task(_beat(beat))
        # What exists now lives as long as the process: the collector need not look at it again.
        gc.collect()
        gc.freeze()
        logger.info("media process ready")
        await stop.wait()
        beating.cancel()
    logger.info("media process stopped")


async def _beat(beat: Callable[[], None]) -> None:
    while True:
        beat()
        await asyncio.sleep(BEAT_S)
