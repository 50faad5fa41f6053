"""The life of a recording as signalling sees it: journalled, closed, muxed, replayed, deleted."""

import asyncio
import shutil
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest

from recording.config import RecordingSettings, file_digest
from recording.errors import (
    InvalidNameError,
    MediaExpiredError,
    MediaForbiddenError,
    MissingError,
    RangeError,
)
from recording.jobs import JobState, JournalDisk, MemoryCatalogue, MemoryJobQueue, MuxJob
from recording.replay import Viewer
from recording.service import MediaResponse, RecordingService, run_worker
from recording.storage import Storage, StoredObject
from recording.storage.local import LocalStorage
from tests.recording.played import record
from tests.recording.synthetic import camera, microphone

NOW = 1_700_001_000.0
VIEWER = Viewer("u", "session-1", "the browser's cookie")
HOLDERS = ("another cookie", VIEWER.holder)
PEOPLE = {"clerk": {"microphone": [microphone(3, 101)], "camera": [camera(3, 101)]}}


class Clock:
    """Wall time told by the test."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


async def read(response: MediaResponse) -> bytes:
    return b"".join([chunk async for chunk in response.body])


async def muxed(service: RecordingService) -> None:
    record(service.journal_directory("c1"), PEOPLE)
    await service.close_call("c1", NOW)
    assert await service.worker("w", Clock()).work_once()


def split(address: str) -> tuple[str, dict[str, str]]:
    parts = urlsplit(address)
    return unquote(parts.path).removeprefix("/media/"), dict(parse_qsl(parts.query))


async def test_call_that_nobody_has_journals_of_has_failed_in_the_end(service: RecordingService) -> None:
    await service.close_call("c1", NOW)
    assert await service.manifest("c1", viewer=VIEWER, now=NOW) is None
    assert not await service.worker("w", Clock()).work_once()
    for now, state in ((NOW + 599, JobState.QUEUED), (NOW + 601, JobState.FAILED)):
        job = await service.state("c1", now)
        assert job is not None
        assert job.state is state


async def test_call_in_which_nothing_was_sent_has_no_recording(service: RecordingService) -> None:
    service.journal_directory("c1").mkdir(parents=True)
    await service.close_call("c1", NOW)
    assert await service.worker("w", Clock()).work_once()
    assert await service.state("c1", NOW + 9999) is None
    assert not service.journal_directory("c1").exists()
    assert not await service.worker("w", Clock()).work_once()


async def test_journals_that_are_gone_make_a_failure_and_not_an_empty_recording(
    service: RecordingService,
) -> None:
    record(service.journal_directory("c1"), PEOPLE)
    assert not await service.worker("w", Clock()).work_once()
    shutil.rmtree(service.journal_directory("c1"))
    await service.close_call("c1", NOW)
    assert await service.worker("w", Clock()).work_once()
    job = await service.state("c1", NOW)
    assert job is not None
    assert (job.state, job.error) == (
        JobState.FAILED,
        "The journals are not on the disk they were written to.",
    )
    assert await service.manifest("c1", viewer=VIEWER, now=NOW) is None


async def test_closed_call_is_muxed_stored_and_replayed(service: RecordingService) -> None:
    await muxed(service)
    job = await service.state("c1", NOW)
    assert job is not None
    assert (job.state, job.progress) == (JobState.DONE, 1.0)
    assert not service.journal_directory("c1").exists()
    manifest = await service.manifest("c1", viewer=VIEWER, now=NOW)
    assert manifest is not None
    page = manifest.to_json()
    (lane,) = page["lanes"]
    (segment,) = lane["segments"]
    assert (page["startedAt"], page["durationMs"]) == (
        pytest.approx(1_700_000_101_000, abs=30),
        segment["durationMs"],
    )
    assert (lane["lane"], lane["kind"], segment["offsetMs"]) == ("clerk", "person", 0)
    response = await service.open_media(*split(segment["address"]), "bytes=100-199", NOW, holders=HOLDERS)
    assert (response.status, response.viewer, len(await read(response))) == (206, VIEWER, 100)
    assert response.headers["Content-Range"] == f"bytes 100-199/{segment['size']}"
    whole = await service.open_media(*split(segment["address"]), None, NOW + 200, holders=HOLDERS)
    assert (whole.status, len(await read(whole))) == (200, segment["size"])
    assert whole.headers["Content-Type"] == "video/webm"
    for thumbnail in segment["thumbnails"]:
        picture = await service.open_media(*split(thumbnail["address"]), None, NOW, holders=HOLDERS)
        assert (await read(picture))[:2] == b"\xff\xd8"


async def test_addresses_are_refused_when_late_or_touched(service: RecordingService) -> None:
    await muxed(service)
    manifest = await service.manifest("c1", viewer=VIEWER, now=NOW)
    assert manifest is not None
    key, query = split(manifest.to_json()["lanes"][0]["segments"][0]["address"])
    with pytest.raises(MediaExpiredError):
        await service.open_media(key, query, None, NOW + 301, holders=HOLDERS)
    for change in (
        {"user": "v"},
        {"expires": str(int(NOW) + 9999)},
        {"signature": "00"},
        {"suite": "guomi"},
        {"signature": "x"},
    ):
        with pytest.raises(MediaForbiddenError):
            await service.open_media(key, query | change, None, NOW, holders=HOLDERS)
    for other in ("c2/clerk.0001.webm", "c1/../c2/clerk.0001.webm", "c10/clerk.0001.webm"):
        with pytest.raises((MediaForbiddenError, InvalidNameError)):
            await service.open_media(other, query, None, NOW, holders=HOLDERS)
    with pytest.raises(MissingError):
        await service.open_media("c1/other.webm", query, None, NOW, holders=HOLDERS)
    with pytest.raises(MediaForbiddenError):
        await service.open_media(key, {}, None, NOW, holders=HOLDERS)
    with pytest.raises(RangeError):
        await service.open_media(key, query, "bytes=99999999-", NOW, holders=HOLDERS)


async def test_killed_workers_job_is_done_by_the_next(
    service: RecordingService, settings: RecordingSettings, jobs: MemoryJobQueue
) -> None:
    record(service.journal_directory("c1"), PEOPLE)
    await service.close_call("c1", NOW)
    host = JournalDisk(settings.journal_root).host()
    await jobs.found(host, ["c1"], NOW)
    await jobs.claim("killed", host, NOW, 10.0)
    (service.journal_directory("c1").parent / ".mux-c1.1").mkdir()
    clock = Clock()
    worker = service.worker("w", clock)
    assert not await worker.work_once()
    clock.now += 11
    assert await worker.work_once()
    job = await service.state("c1", NOW)
    assert job is not None
    assert (job.state, job.attempts, job.worker) == (JobState.DONE, 2, "w")
    assert [path.name for path in service.journal_directory("c1").parent.iterdir()] == [".host"]


async def test_worker_that_lost_its_lease_leaves_the_journals(
    service: RecordingService, jobs: MemoryJobQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(service.journal_directory("c1"), PEOPLE)
    await service.close_call("c1", NOW)

    async def lost(*_: object) -> bool:
        return False

    monkeypatch.setattr(jobs, "progress", lost)
    assert await service.worker("w", Clock()).work_once()
    assert service.journal_directory("c1").is_dir()
    assert await service.manifest("c1", viewer=VIEWER, now=NOW) is None


async def test_queue_that_cannot_be_reached_for_a_moment_stops_nothing(
    settings: RecordingSettings, storage: Storage, jobs: MemoryJobQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    hasty = replace(settings, lease_seconds=0.003)
    service = RecordingService(hasty, storage, jobs, MemoryCatalogue())
    record(service.journal_directory("c1"), PEOPLE)
    await service.close_call("c1", NOW)
    real, calls = jobs.progress, []

    async def sometimes(job: MuxJob, progress: float, lease_until: float) -> bool:
        calls.append(progress)
        if len(calls) == 1:
            raise ConnectionError("database restarts")
        return await real(job, progress, lease_until)

    monkeypatch.setattr(jobs, "progress", sometimes)
    assert await service.worker("w", Clock()).work_once()
    assert len(calls) > 1
    assert await service.index("c1") is not None


async def test_job_that_keeps_failing_is_given_up(
    service: RecordingService, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(service.journal_directory("c1"), PEOPLE)
    await service.close_call("c1", NOW)

    def broken(*_: object) -> None:
        raise ValueError("no such thing")

    monkeypatch.setattr("recording.mux.call.mux_journals", broken)
    clock = Clock()
    worker = service.worker("w", clock)
    for wait in (0, 5, 20, 80, 320):
        clock.now += wait - 1
        assert wait == 0 or not await worker.work_once()
        clock.now += 1
        assert await worker.work_once()
    clock.now += 99999
    assert not await worker.work_once()
    job = await service.state("c1", NOW)
    assert job is not None
    assert (job.state, job.error) == (JobState.FAILED, "ValueError: no such thing")
    assert service.journal_directory("c1").is_dir()
    monkeypatch.undo()
    await worker.begin()
    assert await worker.work_once()
    assert await service.index("c1") is not None


async def test_full_disk_is_waited_for_however_long(
    settings: RecordingSettings, storage: Storage, jobs: MemoryJobQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = RecordingService(settings, storage, jobs, MemoryCatalogue())
    record(service.journal_directory("c1"), PEOPLE)
    await service.close_call("c1", NOW)
    free = settings.reserve_bytes
    monkeypatch.setattr(JournalDisk, "free_bytes", lambda disk: free)
    clock = Clock()
    worker = service.worker("w", clock)
    for _ in range(20):
        assert await worker.work_once()
        assert not await worker.work_once()
        clock.now += settings.disk_retry_after
    job = await service.state("c1", NOW)
    assert job is not None
    assert (job.state, job.error) == (JobState.QUEUED, "OSError: [Errno 28] No space left on device")
    free += 1 << 30
    assert await worker.work_once()
    assert await service.index("c1") is not None


async def test_muxing_stops_when_the_disk_fills_beside_it(
    service: RecordingService, settings: RecordingSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(service.journal_directory("c1"), PEOPLE)
    await service.close_call("c1", NOW)
    free = iter([1 << 40])
    monkeypatch.setattr(JournalDisk, "free_bytes", lambda disk: next(free, settings.reserve_bytes - 1))
    assert await service.worker("w", Clock()).work_once()
    job = await service.state("c1", NOW)
    assert job is not None
    assert job.state is JobState.QUEUED
    assert not list(settings.journal_root.glob(".mux-*"))
    assert service.journal_directory("c1").is_dir()


async def test_file_that_reads_back_otherwise_keeps_its_journals(
    service: RecordingService, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(service.journal_directory("c1"), PEOPLE)
    await service.close_call("c1", NOW)
    real = LocalStorage.put_file

    async def torn(self: LocalStorage, key: str, path: Path) -> StoredObject:
        with path.open("r+b") as file:
            file.seek(100)
            file.write(b"!")
        return await real(self, key, path)

    monkeypatch.setattr(LocalStorage, "put_file", torn)
    assert await service.worker("w", Clock()).work_once()
    job = await service.state("c1", NOW)
    assert job is not None
    assert job.state is JobState.QUEUED
    assert service.journal_directory("c1").is_dir()
    assert await service.manifest("c1", viewer=VIEWER, now=NOW) is None


async def test_recovery_takes_closed_calls_only(service: RecordingService) -> None:
    for call_id in ("open", "closed", "empty"):
        service.journal_directory(call_id).mkdir(parents=True)
    for call_id in ("open", "closed"):
        record(service.journal_directory(call_id), PEOPLE)

    async def is_closed(call_id: str) -> bool:
        return call_id != "open"

    assert await service.recover(is_closed, NOW) == ["closed", "empty"]


async def test_worker_killed_before_it_said_done_leaves_no_second_recording(
    service: RecordingService,
    settings: RecordingSettings,
    jobs: MemoryJobQueue,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    record(service.journal_directory("c1"), PEOPLE)
    await service.close_call("c1", NOW)
    clock = Clock()
    worker = service.worker("w", clock)
    with monkeypatch.context() as patch:
        patch.setattr(JournalDisk, "drop", _killed)
        with pytest.raises(KeyboardInterrupt):
            await worker.work_once()
    before = await service.index("c1")
    assert before is not None
    clock.now += 11
    assert await worker.work_once()
    assert await service.index("c1") == before
    assert not service.journal_directory("c1").exists()


def _killed(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


async def test_journals_that_come_after_the_mux_join_the_recording(service: RecordingService) -> None:
    await muxed(service)
    record(service.journal_directory("c1"), {"expert": {"microphone": [microphone(3, 108)]}})
    assert await service.worker("w", Clock()).work_once()
    index = await service.index("c1")
    assert index is not None
    assert [segment.lane for segment in index.segments] == ["clerk", "expert"]
    record(service.journal_directory("c1"), {"clerk": {"microphone": [microphone(3, 121)]}})
    assert await service.worker("w", Clock()).work_once()
    index = await service.index("c1")
    assert index is not None
    assert len({segment.key for segment in index.segments}) == 3


async def test_damaged_journal_is_muxed_said_and_kept(
    service: RecordingService, settings: RecordingSettings, caplog: pytest.LogCaptureFixture
) -> None:
    record(service.journal_directory("c1"), PEOPLE)
    path = service.journal_directory("c1") / "clerk.0001.camera.journal"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    await service.close_call("c1", NOW)
    assert await service.worker("w", Clock()).work_once()
    index = await service.index("c1")
    assert index is not None
    assert [bool(note.damaged_bytes) for note in index.journals] == [True, False]
    kept = settings.journal_root / ".kept" / "c1" / "clerk.0001.camera.journal"
    assert kept.read_bytes() == data
    assert "damaged journals are kept" in caplog.text
    assert not service.journal_directory("c1").exists()
    await service.delete("c1")
    assert not kept.exists()


async def test_deleting_leaves_nothing(
    service: RecordingService, settings: RecordingSettings, tmp_path: Path
) -> None:
    await muxed(service)
    index = await service.index("c1")
    assert index is not None
    assert (
        file_digest(tmp_path / "storage" / index.segments[0].key, "international") == index.segments[0].digest
    )
    await service.delete("c1")
    assert await service.manifest("c1", viewer=VIEWER, now=NOW) is None
    assert await service.state("c1", NOW) is None
    assert list((tmp_path / "storage").iterdir()) == []


async def test_call_deleted_while_muxed_leaves_nothing(
    service: RecordingService, jobs: MemoryJobQueue, tmp_path: Path
) -> None:
    record(service.journal_directory("c1"), PEOPLE)
    await service.close_call("c1", NOW)
    real = jobs.finish

    async def deleted_meanwhile(job: MuxJob, *, empty: bool = False) -> bool:
        await service.delete(job.call_id)
        return await real(job, empty=empty)

    jobs.finish = deleted_meanwhile  # type: ignore[method-assign]
    await service.worker("w", Clock()).work_once()
    assert list((tmp_path / "storage").iterdir()) == []
    assert await service.manifest("c1", viewer=VIEWER, now=NOW) is None


async def test_names_cannot_leave_their_directory(service: RecordingService) -> None:
    for name in ("..", "a/b", "", "x" * 65):
        with pytest.raises(InvalidNameError):
            service.journal_directory(name)


class AnnouncingCatalogue(MemoryCatalogue):
    """Says when an index was saved."""

    def __init__(self) -> None:
        super().__init__()
        self.saved = asyncio.Event()

    async def save(self, call_id: str, host: str, index_json: str) -> None:
        await super().save(call_id, host, index_json)
        self.saved.set()


async def test_worker_runs_until_told_to_stop(
    settings: RecordingSettings, storage: Storage, jobs: MemoryJobQueue
) -> None:
    catalogue = AnnouncingCatalogue()
    service = RecordingService(settings, storage, jobs, catalogue)
    record(service.journal_directory("c1"), PEOPLE)
    await service.close_call("c1", NOW)
    stop = asyncio.Event()
    task = asyncio.create_task(run_worker(service, worker="w", stop=stop, poll_interval=0.01))
    await asyncio.wait_for(catalogue.saved.wait(), 30)
    stop.set()
    await asyncio.wait_for(task, 10)


async def test_object_that_vanished_is_missing(service: RecordingService, tmp_path: Path) -> None:
    await muxed(service)
    manifest = await service.manifest("c1", viewer=VIEWER, now=NOW)
    assert manifest is not None
    key, query = split(manifest.to_json()["lanes"][0]["segments"][0]["address"])
    (tmp_path / "storage" / key).unlink()
    with pytest.raises(MissingError):
        await service.open_media(key, query, None, NOW, holders=HOLDERS)
