"""Media machines with disks of their own, real workers on each, and signalling that sees none of them."""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from recording.config import RecordingSettings
from recording.jobs import JobState
from recording.service import RecordingService
from recording.storage import StorageSettings, open_storage
from signaling.adapters.sql.database import Database, open_database
from signaling.adapters.sql.migrate import migrate
from signaling.adapters.sql.recordings import SqlJobQueue, SqlRecordingCatalogue
from tests.recording.played import record
from tests.recording.synthetic import camera, microphone
from tests.support.until import until_async

WORKER = """
import asyncio, sys
from pathlib import Path
from signaling.adapters.sql.database import open_database
from tests.signaling.adapters.test_worker_hosts import service_of
from recording.service import run_worker

async def main(machine, storage, url):
    async with service_of(Path(machine), Path(storage), open_database(url)) as service:
        await run_worker(service, worker=machine[-1], stop=asyncio.Event(), poll_interval=0.05)

asyncio.run(main(*sys.argv[1:]))
"""


@asynccontextmanager
async def service_of(machine: Path, storage: Path, database: Database) -> AsyncIterator[RecordingService]:
    """Return the service as a process on a machine sees it; storage and database are everybody's."""
    settings = RecordingSettings(journal_root=machine / "journals", media_secret=b"s" * 32, lease_seconds=5.0)
    async with open_storage(StorageSettings(storage.as_uri())) as opened:
        yield RecordingService(settings, opened, SqlJobQueue(database), SqlRecordingCatalogue(database))


@pytest.fixture
async def url(tmp_path: Path) -> str:
    url = f"sqlite+aiosqlite:///{tmp_path}/bangban.db"
    database = open_database(url)
    await migrate(database)
    await database.close()
    return url


@asynccontextmanager
async def workers(tmp_path: Path, url: str, *machines: str) -> AsyncIterator[None]:
    processes = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", WORKER, str(tmp_path / machine), str(tmp_path / "storage"), url),
            env=os.environ | {"PYTHONPATH": os.getcwd()},
        )
        for machine in machines
    ]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            await process.wait()


async def until_state(service: RecordingService, call_id: str, state: JobState) -> None:
    async def reached() -> bool:
        job = await service.state(call_id, time.time())
        return job is not None and job.state is state

    await until_async(reached, what=f"recording {state}")


async def test_each_calls_recording_is_made_where_its_journals_lie(tmp_path: Path, url: str) -> None:
    people = {"clerk": {"microphone": [microphone(3, 101)], "camera": [camera(3, 101)]}}
    for machine, call_id in (("a", "one"), ("b", "two"), ("a", "three"), ("b", "four")):
        record(tmp_path / machine / "journals" / call_id, people)
    database = open_database(url)
    async with (
        service_of(tmp_path / "signalling", tmp_path / "storage", database) as service,
        workers(tmp_path, url, "a", "b"),
    ):
        for call_id in ("one", "two", "three", "four"):
            await service.close_call(call_id, time.time())
        for call_id in ("one", "two", "three", "four"):
            await until_state(service, call_id, JobState.DONE)
            index = await service.index(call_id)
            assert index is not None
            assert [segment.duration_ms // 100 for segment in index.segments] == [30]
    await database.close()
    for machine in ("a", "b"):
        assert [path.name for path in (tmp_path / machine / "journals").iterdir()] == [".host"]


async def test_call_that_moved_to_another_machine_is_one_recording(tmp_path: Path, url: str) -> None:
    record(tmp_path / "a" / "journals" / "c1", {"clerk": {"microphone": [microphone(3, 101)]}})
    record(tmp_path / "b" / "journals" / "c1", {"clerk": {"microphone": [microphone(3, 109)]}})
    database = open_database(url)
    async with service_of(tmp_path / "signalling", tmp_path / "storage", database) as service:
        await service.close_call("c1", time.time())
        async with workers(tmp_path, url, "a"):
            await until_state(service, "c1", JobState.DONE)
        async with workers(tmp_path, url, "b"):
            await until_state(service, "c1", JobState.DONE)

            async def joined() -> bool:
                index = await service.index("c1")
                return index is not None and len(index.segments) == 2

            await until_async(joined, what="both machines' parts")
        index = await service.index("c1")
        assert index is not None
        starts = [segment.start_ms for segment in index.segments]
        assert starts[1] - starts[0] == pytest.approx(8000, abs=30)
        assert len({segment.key for segment in index.segments}) == 2
    await database.close()


async def test_worker_without_the_journals_leaves_the_job_to_their_owner(tmp_path: Path, url: str) -> None:
    directory = tmp_path / "a" / "journals" / "c1"
    record(directory, {"clerk": {"microphone": [microphone(3, 101)]}})
    database = open_database(url)
    async with service_of(tmp_path / "a", tmp_path / "storage", database) as owner:
        await owner.close_call("c1", time.time())
        async with workers(tmp_path, url, "b"):
            record(tmp_path / "b" / "journals" / "c2", {"clerk": {"microphone": [microphone(3, 101)]}})
            await owner.close_call("c2", time.time())
            await until_state(owner, "c2", JobState.DONE)

        async def closed(call_id: str) -> bool:
            return True

        await owner.recover(closed, time.time())
        assert len(list(directory.iterdir())) == 1
        async with workers(tmp_path, url, "a"):
            await until_state(owner, "c1", JobState.DONE)
        assert await owner.index("c1") is not None
    await database.close()
