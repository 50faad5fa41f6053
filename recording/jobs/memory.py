"""The ports in memory of one process: for tests and tools."""

from collections.abc import Collection
from dataclasses import replace

from recording.jobs.port import NO_HOST, JobState, MuxJob

_AGAIN_WHEN_FOUND = (JobState.DONE, JobState.EMPTY)


class MemoryJobQueue:
    """Implements `recording.jobs.JobQueue`."""

    def __init__(self) -> None:
        self._jobs: dict[tuple[str, str], MuxJob] = {}

    async def announce(self, call_id: str, now: float) -> None:
        """Queue what is open or failed, and leave a row for what is found later."""
        self._jobs.setdefault((call_id, NO_HOST), MuxJob(call_id, NO_HOST, JobState.QUEUED, enqueued_at=now))
        for job in await self.of_call(call_id):
            if job.state in (JobState.OPEN, JobState.FAILED) and job.host != NO_HOST:
                self._put(MuxJob(call_id, job.host, JobState.QUEUED, enqueued_at=now))

    async def found(self, host: str, call_ids: Collection[str], now: float) -> Collection[str]:
        """Note journals on a disk."""
        deleted = []
        for call_id in call_ids:
            announced = self._jobs.get((call_id, NO_HOST))
            known = self._jobs.get((call_id, host))
            if announced is not None and announced.state is JobState.DELETED:
                deleted.append(call_id)
            elif known is None or known.state in _AGAIN_WHEN_FOUND:
                state = JobState.OPEN if announced is None else JobState.QUEUED
                self._put(MuxJob(call_id, host, state, enqueued_at=now))
        return deleted

    async def open_calls(self) -> Collection[str]:
        """Return the calls with open jobs."""
        return sorted({job.call_id for job in self._jobs.values() if job.state is JobState.OPEN})

    async def revive(self, host: str, now: float) -> None:
        """Queue the failed jobs of a disk."""
        for job in list(self._jobs.values()):
            if job.host == host and job.state is JobState.FAILED:
                self._put(MuxJob(job.call_id, host, JobState.QUEUED, enqueued_at=now))

    async def claim(self, worker: str, host: str, now: float, lease_seconds: float) -> MuxJob | None:
        """Lease the next job of a disk."""
        free = [job for job in self._jobs.values() if job.host == host and _is_due(job, now)]
        if host == NO_HOST or not free:
            return None
        job = min(free, key=lambda job: job.enqueued_at)
        leased = replace(
            job,
            state=JobState.LEASED,
            attempts=job.attempts + 1,
            worker=worker,
            lease_until=now + lease_seconds,
            progress=0.0,
        )
        return self._put(leased)

    async def progress(self, job: MuxJob, progress: float, lease_until: float) -> bool:
        """Renew a lease."""
        return self._change(job, progress=progress, lease_until=lease_until)

    async def finish(self, job: MuxJob, *, empty: bool = False) -> bool:
        """Mark a job done or empty."""
        state = JobState.EMPTY if empty else JobState.DONE
        return self._change(job, state=state, progress=1.0, error=None)

    async def put_off(self, job: MuxJob, error: str, not_before: float, *, counted: bool) -> bool:
        """Queue a job for later."""
        attempts = job.attempts if counted else 0
        return self._change(job, state=JobState.QUEUED, error=error, not_before=not_before, attempts=attempts)

    async def fail(self, job: MuxJob, error: str) -> bool:
        """Give a job up."""
        return self._change(job, state=JobState.FAILED, error=error)

    async def of_call(self, call_id: str) -> Collection[MuxJob]:
        """Return the rows of a call."""
        return [job for job in self._jobs.values() if job.call_id == call_id]

    async def forget(self, call_id: str) -> None:
        """Remove the rows of a call but one that says so."""
        for job in await self.of_call(call_id):
            del self._jobs[call_id, job.host]
        self._put(MuxJob(call_id, NO_HOST, JobState.DELETED))

    def _put(self, job: MuxJob) -> MuxJob:
        self._jobs[job.call_id, job.host] = job
        return job

    def _change(self, job: MuxJob, **changes: object) -> bool:
        held = self._jobs.get((job.call_id, job.host))
        if held is None or held.state is not JobState.LEASED or held.worker != job.worker:
            return False
        self._put(replace(held, **changes))  # type: ignore[arg-type]
        return True


def _is_due(job: MuxJob, now: float) -> bool:
    if job.state is JobState.QUEUED:
        return job.not_before <= now
    return job.state is JobState.LEASED and job.lease_until <= now


class MemoryCatalogue:
    """Implements `recording.jobs.Catalogue`."""

    def __init__(self) -> None:
        self._indexes: dict[tuple[str, str], str] = {}

    async def save(self, call_id: str, host: str, index_json: str) -> None:
        """Insert or replace an index."""
        self._indexes[call_id, host] = index_json

    async def load(self, call_id: str) -> dict[str, str]:
        """Return a call's indexes."""
        return {host: text for (of, host), text in sorted(self._indexes.items()) if of == call_id}

    async def forget(self, call_id: str) -> None:
        """Remove a call's indexes."""
        for key in [key for key in self._indexes if key[0] == call_id]:
            del self._indexes[key]
