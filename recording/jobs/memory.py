"""The ports in memory of one process: for tests and tools."""

from dataclasses import replace

from recording.jobs.port import JobState, MuxJob


class MemoryJobQueue:
    """Implements `recording.jobs.JobQueue`."""

    def __init__(self) -> None:
        self._jobs: dict[str, MuxJob] = {}

    async def enqueue(self, call_id: str, now: float) -> MuxJob:
        """Queue a call unless it waits or is worked on."""
        job = self._jobs.get(call_id)
        if job is None or job.state in (JobState.DONE, JobState.FAILED):
            job = MuxJob(call_id, JobState.QUEUED, 0, None, 0.0, 0.0, None, now)
            self._jobs[call_id] = job
        return job

    async def claim(self, worker: str, now: float, lease_seconds: float) -> MuxJob | None:
        """Lease the next job."""
        free = [
            job
            for job in self._jobs.values()
            if job.state is JobState.QUEUED or (job.state is JobState.LEASED and job.lease_until <= now)
        ]
        if not free:
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
        self._jobs[job.call_id] = leased
        return leased

    async def progress(self, call_id: str, worker: str, progress: float, lease_until: float) -> bool:
        """Renew a lease."""
        return self._change(call_id, worker, progress=progress, lease_until=lease_until)

    async def finish(self, call_id: str, worker: str) -> bool:
        """Mark a job done."""
        return self._change(call_id, worker, state=JobState.DONE, progress=1.0, error=None)

    async def fail(self, call_id: str, worker: str, error: str, *, retry: bool) -> bool:
        """Queue a job again, or give it up."""
        state = JobState.QUEUED if retry else JobState.FAILED
        return self._change(call_id, worker, state=state, error=error)

    async def get(self, call_id: str) -> MuxJob | None:
        """Return a job."""
        return self._jobs.get(call_id)

    async def forget(self, call_id: str) -> None:
        """Remove a job."""
        self._jobs.pop(call_id, None)

    def _change(self, call_id: str, worker: str, **changes: object) -> bool:
        job = self._jobs.get(call_id)
        if job is None or job.state is not JobState.LEASED or job.worker != worker:
            return False
        self._jobs[call_id] = replace(job, **changes)  # type: ignore[arg-type]
        return True


class MemoryCatalogue:
    """Implements `recording.jobs.Catalogue`."""

    def __init__(self) -> None:
        self._indexes: dict[str, str] = {}

    async def save(self, call_id: str, index_json: str) -> None:
        """Insert or replace an index."""
        self._indexes[call_id] = index_json

    async def load(self, call_id: str) -> str | None:
        """Return an index."""
        return self._indexes.get(call_id)

    async def forget(self, call_id: str) -> None:
        """Remove an index."""
        self._indexes.pop(call_id, None)
