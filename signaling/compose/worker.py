"""The worker process: finished calls' journals into files that browsers play."""

import asyncio
import os
import signal
import socket
from contextlib import suppress
from typing import Final

from recording.service import run_worker
from recording.storage import open_storage
from signaling.adapters.sql.database import Database, open_database
from signaling.adapters.sql.migrate import is_migrated
from signaling.adapters.system import SystemClock
from signaling.compose.heartbeat import beating
from signaling.compose.recordings import recording_service, storage_settings
from signaling.config import Settings, load_secrets
from signaling.domain.errors import AwayError

_BETWEEN_LOOKS_S: Final = 0.5


def main(settings: Settings) -> None:
    """Be a worker until SIGTERM."""
    asyncio.run(_work(settings))


async def _work(settings: Settings) -> None:
    async with beating():
        await _work_until_told(settings)


async def _work_until_told(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    database = open_database(settings.database)
    try:
        await _until_migrated(database, stop)
        async with open_storage(storage_settings(settings)) as storage:
            service = recording_service(settings, load_secrets(settings), database, storage)
            await run_worker(
                service, worker=f"{socket.gethostname()}-{os.getpid()}", stop=stop, clock=SystemClock().now
            )
    finally:
        await database.close()


async def _until_migrated(database: Database, stop: asyncio.Event) -> None:
    """Wait for the schema, which the signalling process makes."""
    while not stop.is_set() and not await _is_migrated(database):
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), _BETWEEN_LOOKS_S)


async def _is_migrated(database: Database) -> bool:
    try:
        return await is_migrated(database)
    except AwayError:
        return False
