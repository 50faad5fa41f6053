"""The worker process: finished calls' journals into files that browsers play."""

import asyncio
import os
import signal
import socket

from recording.service import run_worker
from signaling.adapters.sql.database import open_database
from signaling.adapters.sql.migrate import migrate
from signaling.compose.recordings import recording_service
from signaling.config import Settings, load_secrets


def main(settings: Settings) -> None:
    """Be a worker until SIGTERM."""
    asyncio.run(_work(settings))


async def _work(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    database = open_database(settings.database)
    try:
        await migrate(database)
        service = recording_service(settings, load_secrets(settings), database)
        await run_worker(service, worker=f"{socket.gethostname()}-{os.getpid()}", stop=stop)
    finally:
        await database.close()
