"""Recording's rows in SQL: the queue of mux jobs and the catalogue of finished recordings."""

from sqlalchemy import delete, or_, select, update

from recording.jobs.port import JobState, MuxJob
from signaling.adapters.sql.database import Database
from signaling.adapters.sql.schema import mux_jobs, recording_indexes

_COLUMNS = tuple(MuxJob.__dataclass_fields__)


def _fresh(call_id: str, now: float) -> MuxJob:
    return MuxJob(call_id, JobState.QUEUED, 0, None, 0.0, 0.0, None, now)


class SqlJobQueue:
    """Implements `recording.jobs.JobQueue`; a claim is one conditional update, so it is atomic between
    processes.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def enqueue(self, call_id: str, now: float) -> MuxJob:
        """Queue a call unless it waits or is worked on."""
        existing = await self.get(call_id)
        if existing is not None and existing.state in (JobState.QUEUED, JobState.LEASED):
            return existing
        job = _fresh(call_id, now)
        row = {name: getattr(job, name) for name in _COLUMNS} | {"state": job.state.value}
        async with self._database.write() as connection:
            await connection.execute(self._database.upsert(mux_jobs, row))
        return job

    async def claim(self, worker: str, now: float, lease_seconds: float) -> MuxJob | None:
        """Lease the oldest queued job, or one whose lease ran out."""
        free = or_(
            mux_jobs.c.state == JobState.QUEUED.value,
            (mux_jobs.c.state == JobState.LEASED.value) & (mux_jobs.c.lease_until <= now),
        )
        async with self._database.write() as connection:
            call_id = await connection.scalar(
                select(mux_jobs.c.call_id)
                .where(free)
                .order_by(mux_jobs.c.enqueued_at, mux_jobs.c.call_id)
                .limit(1)
                .with_for_update(skip_locked=True)
            )
            if call_id is None:
                return None
            await connection.execute(
                update(mux_jobs)
                .where(mux_jobs.c.call_id == call_id)
                .values(
                    state=JobState.LEASED.value,
                    attempts=mux_jobs.c.attempts + 1,
                    worker=worker,
                    lease_until=now + lease_seconds,
                    progress=0.0,
                )
            )
        return await self.get(call_id)

    async def progress(self, call_id: str, worker: str, progress: float, lease_until: float) -> bool:
        """Renew a lease; False when it is somebody else's now."""
        return await self._change(call_id, worker, progress=progress, lease_until=lease_until)

    async def finish(self, call_id: str, worker: str) -> bool:
        """Mark a job done."""
        return await self._change(call_id, worker, state=JobState.DONE.value, progress=1.0, error=None)

    async def fail(self, call_id: str, worker: str, error: str, *, retry: bool) -> bool:
        """Queue a job again, or give it up."""
        state = JobState.QUEUED if retry else JobState.FAILED
        return await self._change(call_id, worker, state=state.value, error=error)

    async def get(self, call_id: str) -> MuxJob | None:
        """Return a job."""
        async with self._database.read() as connection:
            row = (
                await connection.execute(select(mux_jobs).where(mux_jobs.c.call_id == call_id))
            ).one_or_none()
        if row is None:
            return None
        return MuxJob(**{**row._mapping, "state": JobState(row.state)})

    async def forget(self, call_id: str) -> None:
        """Remove a job."""
        async with self._database.write() as connection:
            await connection.execute(delete(mux_jobs).where(mux_jobs.c.call_id == call_id))

    async def _change(self, call_id: str, worker: str, **changes: object) -> bool:
        async with self._database.write() as connection:
            changed = await connection.execute(
                update(mux_jobs)
                .where(
                    mux_jobs.c.call_id == call_id,
                    mux_jobs.c.worker == worker,
                    mux_jobs.c.state == JobState.LEASED.value,
                )
                .values(**changes)
            )
        return changed.rowcount == 1


class SqlRecordingCatalogue:
    """Implements `recording.jobs.Catalogue`: one JSON text a call."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, call_id: str, index_json: str) -> None:
        """Insert or replace an index."""
        row = {"call_id": call_id, "index_json": index_json}
        async with self._database.write() as connection:
            await connection.execute(self._database.upsert(recording_indexes, row))

    async def load(self, call_id: str) -> str | None:
        """Return an index."""
        query = select(recording_indexes.c.index_json).where(recording_indexes.c.call_id == call_id)
        async with self._database.read() as connection:
            text: str | None = await connection.scalar(query)
        return text

    async def forget(self, call_id: str) -> None:
        """Remove an index."""
        async with self._database.write() as connection:
            await connection.execute(delete(recording_indexes).where(recording_indexes.c.call_id == call_id))
