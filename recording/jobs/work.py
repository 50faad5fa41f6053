"""Do one mux job: claim, mux while the lease is renewed, store, read back, save the index, drop the journals.

Every step can be repeated: a worker that dies leaves a lease that runs out, and the next one writes the same
keys again. A journal goes last, when the index that lists it is saved and every file made of it was read back
from the storage; a damaged one is set aside, never deleted (RECORDING 13).
"""

import asyncio
import logging
import shutil
import threading
from collections.abc import Callable
from errno import EDQUOT, EIO, ENOSPC, EROFS
from os import strerror
from pathlib import Path
from typing import Final

from recording.config import RecordingSettings, file_digest
from recording.errors import LeaseLostError, LostJournalsError
from recording.jobs.disk import JournalDisk
from recording.jobs.port import Catalogue, JobQueue, MuxJob
from recording.mux.index import RecordingIndex
from recording.mux.journals import JournalFile, journals_in
from recording.storage import Storage, read_back

_log: Final = logging.getLogger(__name__)

RENEWALS_PER_LEASE: Final = 3
DISK_ERRORS: Final = frozenset({ENOSPC, EDQUOT, EIO, EROFS})
"""Not the media's fault: the job waits for the disk, however long."""
Clock = Callable[[], float]


class MuxWorker:
    """Work on the jobs of one disk, one at a time.

    Args:
        worker: name of this worker, unique among all.
        clock: wall-clock seconds.
    """

    def __init__(
        self,
        settings: RecordingSettings,
        storage: Storage,
        jobs: JobQueue,
        catalogue: Catalogue,
        *,
        worker: str,
        clock: Clock,
    ) -> None:
        self._settings = settings
        self._disk = JournalDisk(settings.journal_root)
        self._storage = storage
        self._jobs = jobs
        self._catalogue = catalogue
        self._worker = worker
        self._clock = clock

    async def begin(self) -> None:
        """A worker starts: what failed is tried again."""
        await self._jobs.revive(await asyncio.to_thread(self._disk.host), self._clock())

    async def work_once(self) -> bool:
        """Look what lies on the disk and do its next job; return whether there was one."""
        host = await asyncio.to_thread(self._disk.host)
        await look(self._disk, host, self._jobs, self._clock())
        lease = self._settings.lease_seconds
        job = await self._jobs.claim(self._worker, host, self._clock(), lease)
        if job is None:
            return False
        if job.attempts > self._settings.max_attempts:  # its workers died
            await self._jobs.fail(job, job.error or "Given up.")
            return True
        try:
            await self._do(job)
        except LeaseLostError:
            _log.warning("call %s: another worker took the mux job over", job.call_id)
        except LostJournalsError as problem:
            _log.error("call %s: %s", job.call_id, problem.sentence)
            await self._jobs.fail(job, problem.sentence)
        except Exception as problem:
            await self._try_later(job, problem)
        return True

    async def _try_later(self, job: MuxJob, problem: Exception) -> None:
        """A disk that is full may have room soon; anything else is tried a few times, ever later."""
        error, settings = f"{type(problem).__name__}: {problem}", self._settings
        if isinstance(problem, OSError) and problem.errno in DISK_ERRORS:
            _log.warning("call %s: muxing waits for the disk: %s", job.call_id, problem.strerror)
            await self._jobs.put_off(job, error, self._clock() + settings.disk_retry_after, counted=False)
            return
        _log.exception("call %s: muxing failed", job.call_id)
        if job.attempts >= settings.max_attempts:
            await self._jobs.fail(job, error)
            return
        wait = settings.retry_after * settings.retry_growth ** (job.attempts - 1)
        await self._jobs.put_off(job, error, self._clock() + wait, counted=True)

    async def _do(self, job: MuxJob) -> None:
        directory = self._disk.directory(job.call_id)
        known = await self._known(job)
        if not await asyncio.to_thread(directory.is_dir):
            if known is None:
                raise LostJournalsError("The journals are not on the disk they were written to.")
            await self._finish(job)  # a worker before us died before it said so
            return
        journals = await asyncio.to_thread(journals_in, directory)
        fresh = [journal for journal in journals if known is None or not known.holds(journal)]
        if fresh:
            known = await self._mux_and_store(job, fresh, known)
        elif known is None:
            await asyncio.to_thread(self._disk.leave, job.call_id)
            await self._finish(job, empty=True)
            return
        if not self._settings.keep_journals:
            await asyncio.to_thread(self._drop, job.call_id, journals, known)
        await self._finish(job)

    async def _known(self, job: MuxJob) -> RecordingIndex | None:
        text = (await self._catalogue.load(job.call_id)).get(job.host)
        return RecordingIndex.from_json(text) if text is not None else None

    async def _mux_and_store(
        self, job: MuxJob, journals: list[JournalFile], known: RecordingIndex | None
    ) -> RecordingIndex:
        output = await asyncio.to_thread(self._disk.make_output, job.call_id, job.attempts)
        try:
            index = await self._mux(job, journals, output, 0 if known is None else len(known.journals))
            for key in index.artefacts:
                await self._keep_lease(job)
                await self._store(key, output / key.partition("/")[2])
        finally:
            await asyncio.to_thread(shutil.rmtree, output, ignore_errors=True)
        whole = index if known is None else known.joined(index)
        await self._keep_lease(job)
        await self._catalogue.save(job.call_id, job.host, whole.to_json())
        _log.info("call %s: %d files muxed", job.call_id, len(index.segments))
        return whole

    async def _store(self, key: str, path: Path) -> None:
        suite = self._settings.suite
        expected = await asyncio.to_thread(file_digest, path, suite)
        await self._storage.put_file(key, path)
        if await read_back(self._storage, key, suite) != expected:
            raise OSError(EIO, strerror(EIO))

    def _drop(self, call_id: str, journals: list[JournalFile], index: RecordingIndex) -> None:
        held = [str(journal.name) for journal in journals if index.holds(journal)]
        damaged = [note.name for note in index.journals if note.damaged_bytes]
        if kept := sorted(set(held) & set(damaged)):
            _log.warning("call %s: damaged journals are kept: %s", call_id, ", ".join(kept))
        self._disk.drop(call_id, held, kept=kept)

    async def _finish(self, job: MuxJob, *, empty: bool = False) -> None:
        if not await self._jobs.finish(job, empty=empty):
            await self._clear_deleted(job)
            raise LeaseLostError("The lease ran out before the job was finished.")

    async def _keep_lease(self, job: MuxJob) -> None:
        until = self._clock() + self._settings.lease_seconds
        if not await self._jobs.progress(job, 1.0, until):
            raise LeaseLostError("The lease is another worker's.")

    async def _clear_deleted(self, job: MuxJob) -> None:
        """The call was deleted while it was muxed: leave nothing behind."""
        if not any(row.host == job.host for row in await self._jobs.of_call(job.call_id)):
            await self._storage.delete_call(job.call_id)
            await self._catalogue.forget(job.call_id)

    async def _mux(
        self, job: MuxJob, journals: list[JournalFile], output: Path, earlier: int
    ) -> RecordingIndex:
        from recording.mux import MuxOptions, mux_journals  # loads PyAV

        options = MuxOptions(
            job.call_id,
            self._settings.suite,
            self._settings.thumbnail_interval,
            tag=f"{job.host[:8]}-{earlier}" if earlier else job.host[:8],
        )
        room = _Room(self._disk, self._settings.reserve_bytes)
        room.ask_for(sum(journal.size for journal in journals))
        report = _Report(room)
        renewal = asyncio.create_task(self._renew(job, report))
        try:
            return await asyncio.to_thread(mux_journals, journals, output, options, report)
        finally:
            report.stop.set()
            renewal.cancel()
            await asyncio.wait([renewal])  # its cancellation is not ours

    async def _renew(self, job: MuxJob, report: "_Report") -> None:
        lease = self._settings.lease_seconds
        while True:
            await asyncio.sleep(lease / RENEWALS_PER_LEASE)
            until = self._clock() + lease
            try:
                kept = await self._jobs.progress(job, report.done, until)
            except Exception:  # the lease still runs; if it ends meanwhile, storing will find out
                _log.exception("call %s: the lease could not be renewed", job.call_id)
                continue
            if not kept:
                report.stop.set()
                return


async def look(disk: JournalDisk, host: str, jobs: JobQueue, now: float) -> None:
    """Tell the queue whose journals lie here; remove those of deleted calls."""
    calls = await asyncio.to_thread(disk.calls)
    for call_id in await jobs.found(host, calls, now) if calls else ():
        await asyncio.to_thread(disk.delete, call_id)


class _Room:
    """The reserve: live journals lie on the same disk and come first."""

    def __init__(self, disk: JournalDisk, reserve_bytes: int) -> None:
        self._disk = disk
        self._reserve_bytes = reserve_bytes

    def ask_for(self, size: int) -> None:
        """Raise OSError (ENOSPC) unless `size` bytes more leave the reserve free."""
        if self._disk.free_bytes() - size < self._reserve_bytes:
            raise OSError(ENOSPC, strerror(ENOSPC))


class _Report:
    """Progress of the muxing thread, and the ways to stop it: a lost lease, a disk that fills."""

    def __init__(self, room: _Room) -> None:
        self.done = 0.0
        self.stop = threading.Event()
        self._room = room

    def __call__(self, done: float) -> None:
        self.done = done
        if self.stop.is_set():
            raise LeaseLostError("The lease is another worker's.")
        self._room.ask_for(0)
