"""A worker process that is killed in the middle of a mux job; another one finishes it after the lease."""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from recording.config import RecordingSettings
from recording.jobs import JobState
from recording.service import RecordingService, run_worker
from recording.storage import StorageSettings, open_storage
from signaling.adapters.sql.database import Database, open_database
from signaling.adapters.sql.migrate import migrate
from signaling.adapters.sql.recordings import SqlJobQueue, SqlRecordingCatalogue
from tests.recording.played import record
from tests.recording.synthetic import camera, microphone
from tests.support.until import until, until_async

WORKER = """
import asyncio, sys
from pathlib import Path
from signaling.adapters.sql.database import open_database
from tests.signaling.adapters.test_worker_kill import make_service
from recording.service import run_worker

async def main():
    async with make_service(Path(sys.argv[1]), open_database(sys.argv[2])) as service:
        await work(service)

async def work(service):
    await run_worker(service, worker="killed", stop=asyncio.Event(), poll_interval=0.05)

asyncio.run(main())
"""


@asynccontextmanager
async def make_service(folder: Path, database: Database) -> AsyncIterator[RecordingService]:
    """Return the service as both worker processes see it."""
    settings = RecordingSettings(
        journal_root=folder / "journals",
        media_secret=b"s" * 32,
        lease_seconds=1.0,
    )
    async with open_storage(StorageSettings((folder / "storage").as_uri())) as storage:
        yield RecordingService(settings, storage, SqlJobQueue(database), SqlRecordingCatalogue(database))


async def test_killed_workers_job_is_finished_by_another(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/bangban.db"
    database = open_database(url)
    await migrate(database)
    async with make_service(tmp_path, database) as service:
        await _killed_and_finished(service, tmp_path, url)
    await database.close()


async def _killed_and_finished(service: RecordingService, tmp_path: Path, url: str) -> None:
    sound, picture = microphone(10, 101), camera(10, 101)
    tracks = {
        "microphone": [replace(sound, frames=sound.frames * 30)],
        "camera": [replace(picture, frames=picture.frames * 30)],
    }
    record(service.journal_directory("c1"), {"clerk": tracks})
    await service.close_call("c1", time.time())
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WORKER, str(tmp_path), url, env=os.environ | {"PYTHONPATH": os.getcwd()}
    )
    journals = service.journal_directory("c1").parent
    output = journals / ".mux-c1.1"
    until(lambda: output.is_dir() and any(output.iterdir()), what="a file half muxed")
    process.kill()
    await process.wait()
    job = await service.state("c1", time.time())
    assert job is not None
    assert (job.state, job.worker) == (JobState.LEASED, "killed")

    stop = asyncio.Event()
    worker = asyncio.create_task(run_worker(service, worker="next", stop=stop, poll_interval=0.05))

    async def done() -> bool:
        job = await service.state("c1", time.time())
        return job is not None and job.state is JobState.DONE

    await until_async(done, what="the recording")
    stop.set()
    await worker
    index = await service.index("c1")
    assert index is not None
    assert [segment.duration_ms // 1000 for segment in index.segments] == [300]
    assert [path.name for path in journals.iterdir()] == [".host"]
