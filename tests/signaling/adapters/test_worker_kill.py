"""A worker process that is killed in the middle of a mux job; another one finishes it after the lease."""

import asyncio
import os
import sys
import time
from dataclasses import replace
from pathlib import Path

from recording.config import RecordingSettings
from recording.jobs import JobState
from recording.service import RecordingService, run_worker
from recording.storage import open_storage
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
    service = make_service(Path(sys.argv[1]), open_database(sys.argv[2]))
    await run_worker(service, worker="killed", stop=asyncio.Event(), poll_interval=0.05)

asyncio.run(main())
"""


def make_service(folder: Path, database: Database) -> RecordingService:
    """Return the service as both worker processes see it."""
    settings = RecordingSettings(
        journal_root=folder / "journals",
        storage_url=(folder / "storage").as_uri(),
        media_secret=b"s" * 32,
        lease_seconds=1.0,
    )
    return RecordingService(
        settings, open_storage(settings.storage_url), SqlJobQueue(database), SqlRecordingCatalogue(database)
    )


async def test_killed_workers_job_is_finished_by_another(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/bangban.db"
    database = open_database(url)
    await migrate(database)
    service = make_service(tmp_path, database)
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
    output = service.settings.journal_root / ".mux-c1.1"
    until(lambda: output.is_dir() and any(output.iterdir()), what="a file half muxed")
    process.kill()
    await process.wait()
    job = await service.state("c1")
    assert job is not None
    assert (job.state, job.worker) == (JobState.LEASED, "killed")

    stop = asyncio.Event()
    worker = asyncio.create_task(run_worker(service, worker="next", stop=stop, poll_interval=0.05))

    async def done() -> bool:
        job = await service.state("c1")
        return job is not None and job.state is JobState.DONE

    await until_async(done, what="the recording")
    stop.set()
    await worker
    index = await service.index("c1")
    assert index is not None
    assert [segment.duration_ms // 1000 for segment in index.segments] == [300]
    assert list(service.settings.journal_root.iterdir()) == []
    await database.close()
