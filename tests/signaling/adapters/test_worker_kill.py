"""A worker process that is killed, or frozen, in the middle of a mux job; another one finishes it.

The lease runs out; nothing is lost, and nothing is there twice, even when the frozen one wakes up.
"""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

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


@pytest.mark.parametrize("befalls", ["killed", "frozen and killed", "frozen and woken"])
async def test_stopped_workers_job_is_finished_by_another(tmp_path: Path, befalls: str) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/bangban.db"
    database = open_database(url)
    await migrate(database)
    async with make_service(tmp_path, database) as service:
        await _stopped_and_finished(service, tmp_path, url, befalls)
    await database.close()


async def _stopped_and_finished(service: RecordingService, tmp_path: Path, url: str, befalls: str) -> None:
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
    process.send_signal(signal.SIGKILL if befalls == "killed" else signal.SIGSTOP)
    if befalls == "killed":
        await process.wait()
    job = await service.state("c1", time.time())
    assert job is not None
    assert (job.state, job.worker) == (JobState.LEASED, "killed")
    await _finished_by_another(service)
    if befalls == "frozen and woken":
        process.send_signal(signal.SIGCONT)
        record(service.journal_directory("c2"), {"clerk": {"microphone": [microphone(1, 101)]}})
        await service.close_call("c2", time.time())
        assert await _done(service, "c2") == "killed"  # it is over the job that it lost
    if process.returncode is None:
        process.kill()
        await process.wait()

    index = await service.index("c1")
    assert index is not None
    assert [segment.duration_ms // 1000 for segment in index.segments] == [300]
    assert [path.name for path in journals.iterdir()] == [".host"]
    stored = [path.name for path in (tmp_path / "storage" / "c1").iterdir()]
    assert sorted(f"c1/{name}" for name in stored) == sorted(index.artefacts)


async def _finished_by_another(service: RecordingService) -> None:
    stop = asyncio.Event()
    worker = asyncio.create_task(run_worker(service, worker="next", stop=stop, poll_interval=0.05))
    assert await _done(service, "c1") == "next"
    stop.set()
    await worker


async def _done(service: RecordingService, call_id: str) -> str | None:
    """Return who did the call's job, when it is done."""

    async def done() -> bool:
        job = await service.state(call_id, time.time())
        return job is not None and job.state is JobState.DONE

    await until_async(done, what="the recording")
    job = await service.state(call_id, time.time())
    return job.worker if job is not None else None
