"""Do one mux job: claim, mux while the lease is renewed, store, save the index, drop the journals.

Every step can be repeated: a worker that dies leaves a lease that runs out, and the next one writes the same
keys again. Journals go last, when the index that replaces them is saved.
"""

import asyncio
import logging
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

from recording.config import RecordingSettings, checked_name
from recording.errors import LeaseLostError
from recording.jobs.port import Catalogue, JobQueue, MuxJob
from recording.mux import RecordingIndex
from recording.storage import Storage

_log: Final = logging.getLogger(__name__)

RENEWALS_PER_LEASE: Final = 3
Clock = Callable[[], float]


class MuxWorker:
    """Work on jobs, one at a time.

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
        self._storage = storage
        self._jobs = jobs
        self._catalogue = catalogue
        self._worker = worker
        self._clock = clock

    async def work_once(self) -> bool:
        """Do the next job; return whether there was one."""
        job = await self._jobs.claim(self._worker, self._clock(), self._settings.lease_seconds)
        if job is None:
            return False
        if job.attempts > self._settings.max_attempts:
            await self._jobs.fail(job.call_id, self._worker, job.error or "Given up.", retry=False)
            return True
        try:
            await self._do(job)
        except LeaseLostError:
            _log.warning("call %s: another worker took the mux job over", job.call_id)
        except Exception as problem:
            _log.exception("call %s: muxing failed", job.call_id)
            retry = job.attempts < self._settings.max_attempts
            await self._jobs.fail(
                job.call_id, self._worker, f"{type(problem).__name__}: {problem}", retry=retry
            )
        return True

    async def _do(self, job: MuxJob) -> None:
        directory = self._settings.journal_root / checked_name(job.call_id)
        if not directory.is_dir():  # a worker before us finished and died before it said so
            await self._jobs.finish(job.call_id, self._worker)
            return
        output = await asyncio.to_thread(self._make_output, job)
        try:
            index = await self._mux(job, directory, output)
            await self._keep_lease(job)
            for key in index.artefacts:
                await self._storage.put_file(key, output / key.partition("/")[2])
        finally:
            await asyncio.to_thread(shutil.rmtree, output, ignore_errors=True)
        await self._catalogue.save(job.call_id, index.to_json())
        if not await self._jobs.finish(job.call_id, self._worker):
            await self._clear_deleted(job)
            raise LeaseLostError("The lease ran out before the job was finished.")
        if not self._settings.keep_journals:
            await asyncio.to_thread(shutil.rmtree, directory, ignore_errors=True)
        _log.info("call %s: %d files muxed", job.call_id, len(index.segments))

    def _make_output(self, job: MuxJob) -> Path:
        """Return an empty directory; what a worker that died left behind goes."""
        root = self._settings.journal_root
        ours = f".mux-{job.call_id}."
        for left in root.iterdir():
            if left.name.startswith(ours):  # a glob's pattern would stay in caches of the library
                shutil.rmtree(left, ignore_errors=True)
        output = root / f"{ours}{job.attempts}"
        output.mkdir(mode=0o700)
        return output

    async def _keep_lease(self, job: MuxJob) -> None:
        until = self._clock() + self._settings.lease_seconds
        if not await self._jobs.progress(job.call_id, self._worker, 1.0, until):
            raise LeaseLostError("The lease is another worker's.")

    async def _clear_deleted(self, job: MuxJob) -> None:
        """The call was deleted while it was muxed: leave nothing behind."""
        if await self._jobs.get(job.call_id) is None:
            await self._storage.delete_call(job.call_id)
            await self._catalogue.forget(job.call_id)

    async def _mux(self, job: MuxJob, directory: Path, output: Path) -> RecordingIndex:
        from recording.mux import MuxOptions, mux_call  # loads PyAV

        options = MuxOptions(job.call_id, self._settings.suite, self._settings.thumbnail_interval)
        report = _Report()
        renewal = asyncio.create_task(self._renew(job.call_id, report))
        try:
            return await asyncio.to_thread(mux_call, directory, output, options, report)
        finally:
            report.stop.set()
            renewal.cancel()
            await asyncio.wait([renewal])  # its cancellation is not ours

    async def _renew(self, call_id: str, report: "_Report") -> None:
        lease = self._settings.lease_seconds
        while True:
            await asyncio.sleep(lease / RENEWALS_PER_LEASE)
            until = self._clock() + lease
            try:
                kept = await self._jobs.progress(call_id, self._worker, report.done, until)
            except Exception:  # the lease still runs; if it ends meanwhile, storing will find out
                _log.exception("call %s: the lease could not be renewed", call_id)
                continue
            if not kept:
                report.stop.set()
                return


class _Report:
    """Progress of the muxing thread, and the way to stop it."""

    def __init__(self) -> None:
        self.done = 0.0
        self.stop = threading.Event()

    def __call__(self, done: float) -> None:
        self.done = done
        if self.stop.is_set():
            raise LeaseLostError("The lease is another worker's.")
