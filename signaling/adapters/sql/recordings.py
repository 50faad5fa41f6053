"""Recording's rows in SQL: the queue of mux jobs and the catalogue of finished recordings."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from recording.jobs.port import NO_HOST, JobState, MuxJob
from signaling.adapters.sql.database import Database
from signaling.adapters.sql.schema import mux_jobs, recording_indexes

_COLUMNS = tuple(MuxJob.__dataclass_fields__)
_AGAIN_WHEN_FOUND = (JobState.DONE, JobState.EMPTY)


class SqlJobQueue:
    """Implements `recording.jobs.JobQueue`; a claim is one conditional update, so it is atomic between
    processes.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def announce(self, call_id: str, now: float) -> None:
        """Queue what is open or failed, and leave a row for what is found later."""
        rows = mux_jobs.c.call_id == call_id
        waiting = mux_jobs.c.state.in_((JobState.OPEN.value, JobState.FAILED.value))
        async with self._database.write() as connection:
            known = await connection.scalar(select(mux_jobs.c.state).where(rows, mux_jobs.c.host == NO_HOST))
            if known is None:
                await self._put(connection, MuxJob(call_id, NO_HOST, JobState.QUEUED, enqueued_at=now))
            await connection.execute(
                update(mux_jobs).where(rows, mux_jobs.c.host != NO_HOST, waiting).values(**_queued(now))
            )

    async def found(self, host: str, call_ids: Collection[str], now: float) -> Collection[str]:
        """Note journals on a disk; usually all are known, so nothing is written."""
        states = select(mux_jobs.c.call_id, mux_jobs.c.host, mux_jobs.c.state).where(
            mux_jobs.c.call_id.in_(call_ids), mux_jobs.c.host.in_((host, NO_HOST))
        )
        async with self._database.read() as connection:
            known = {(row.call_id, row.host): JobState(row.state) for row in await connection.execute(states)}
        deleted, fresh = [], []
        for call_id in call_ids:
            if known.get((call_id, NO_HOST)) is JobState.DELETED:
                deleted.append(call_id)
            elif known.get((call_id, host), JobState.DONE) in _AGAIN_WHEN_FOUND:
                fresh.append(call_id)
        for call_id in fresh:
            await self._note(MuxJob(call_id, host, JobState.OPEN, enqueued_at=now))
        return deleted

    async def _note(self, job: MuxJob) -> None:
        """Insert an open job, or a queued one if the call is announced by now."""
        announced = select(mux_jobs.c.call_id).where(
            mux_jobs.c.call_id == job.call_id, mux_jobs.c.host == NO_HOST
        )
        async with self._database.write() as connection:
            await self._put(connection, job)
            if await connection.scalar(announced) is not None:
                await connection.execute(update(mux_jobs).where(_is(job)).values(**_queued(job.enqueued_at)))

    async def open_calls(self) -> Collection[str]:
        """Return the calls with open jobs."""
        query = select(mux_jobs.c.call_id).where(mux_jobs.c.state == JobState.OPEN.value).distinct()
        async with self._database.read() as connection:
            return sorted((await connection.execute(query)).scalars())

    async def revive(self, host: str, now: float) -> None:
        """Queue the failed jobs of a disk."""
        failed = and_(mux_jobs.c.host == host, mux_jobs.c.state == JobState.FAILED.value)
        async with self._database.write() as connection:
            await connection.execute(update(mux_jobs).where(failed).values(**_queued(now)))

    async def claim(self, worker: str, host: str, now: float, lease_seconds: float) -> MuxJob | None:
        """Lease the oldest job of a disk that is due, or whose lease ran out."""
        free = or_(
            and_(mux_jobs.c.state == JobState.QUEUED.value, mux_jobs.c.not_before <= now),
            and_(mux_jobs.c.state == JobState.LEASED.value, mux_jobs.c.lease_until <= now),
        )
        async with self._database.write() as connection:
            call_id = await connection.scalar(
                select(mux_jobs.c.call_id)
                .where(free, mux_jobs.c.host == host, mux_jobs.c.host != NO_HOST)
                .order_by(mux_jobs.c.enqueued_at, mux_jobs.c.call_id)
                .limit(1)
                .with_for_update(skip_locked=True)
            )
            if call_id is None:
                return None
            key = and_(mux_jobs.c.call_id == call_id, mux_jobs.c.host == host)
            await connection.execute(
                update(mux_jobs)
                .where(key)
                .values(
                    state=JobState.LEASED.value,
                    attempts=mux_jobs.c.attempts + 1,
                    worker=worker,
                    lease_until=now + lease_seconds,
                    progress=0.0,
                )
            )
            return _job((await connection.execute(select(mux_jobs).where(key))).one())

    async def progress(self, job: MuxJob, progress: float, lease_until: float) -> bool:
        """Renew a lease; False when it is somebody else's now."""
        return await self._change(job, progress=progress, lease_until=lease_until)

    async def finish(self, job: MuxJob, *, empty: bool = False) -> bool:
        """Mark a job done or empty."""
        state = JobState.EMPTY if empty else JobState.DONE
        return await self._change(job, state=state.value, progress=1.0, error=None)

    async def put_off(self, job: MuxJob, error: str, not_before: float, *, counted: bool) -> bool:
        """Queue a job for later."""
        attempts = job.attempts if counted else 0
        return await self._change(
            job, state=JobState.QUEUED.value, error=error, not_before=not_before, attempts=attempts
        )

    async def fail(self, job: MuxJob, error: str) -> bool:
        """Give a job up."""
        return await self._change(job, state=JobState.FAILED.value, error=error)

    async def of_call(self, call_id: str) -> Collection[MuxJob]:
        """Return the rows of a call."""
        query = select(mux_jobs).where(mux_jobs.c.call_id == call_id).order_by(mux_jobs.c.host)
        async with self._database.read() as connection:
            return [_job(row) for row in await connection.execute(query)]

    async def forget(self, call_id: str) -> None:
        """Remove the rows of a call but one that says so."""
        async with self._database.write() as connection:
            await connection.execute(delete(mux_jobs).where(mux_jobs.c.call_id == call_id))
            await self._put(connection, MuxJob(call_id, NO_HOST, JobState.DELETED))

    async def _put(self, connection: AsyncConnection, job: MuxJob) -> None:
        row = {name: getattr(job, name) for name in _COLUMNS} | {"state": job.state.value}
        await connection.execute(self._database.upsert(mux_jobs, row))

    async def _change(self, job: MuxJob, **changes: object) -> bool:
        held = and_(_is(job), mux_jobs.c.worker == job.worker, mux_jobs.c.state == JobState.LEASED.value)
        async with self._database.write() as connection:
            changed = await connection.execute(update(mux_jobs).where(held).values(**changes))
        return changed.rowcount == 1


def _is(job: MuxJob) -> ColumnElement[bool]:
    return and_(mux_jobs.c.call_id == job.call_id, mux_jobs.c.host == job.host)


def _job(row: Row[Any]) -> MuxJob:
    return MuxJob(**{**row._mapping, "state": JobState(row.state)})


def _queued(now: float) -> dict[str, object]:
    """Return the changes that make a row a fresh job."""
    job = MuxJob("", NO_HOST, JobState.QUEUED, enqueued_at=now)
    fresh = {name: getattr(job, name) for name in _COLUMNS if name not in ("call_id", "host")}
    return fresh | {"state": job.state.value}


class SqlRecordingCatalogue:
    """Implements `recording.jobs.Catalogue`: one JSON text a call and disk."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, call_id: str, host: str, index_json: str) -> None:
        """Insert or replace an index."""
        row = {"call_id": call_id, "host": host, "index_json": index_json}
        async with self._database.write() as connection:
            await connection.execute(self._database.upsert(recording_indexes, row))

    async def load(self, call_id: str) -> dict[str, str]:
        """Return a call's indexes."""
        table = recording_indexes
        query = select(table.c.host, table.c.index_json).where(table.c.call_id == call_id)
        async with self._database.read() as connection:
            return {
                row.host: row.index_json for row in await connection.execute(query.order_by(table.c.host))
            }

    async def forget(self, call_id: str) -> None:
        """Remove a call's indexes."""
        async with self._database.write() as connection:
            await connection.execute(delete(recording_indexes).where(recording_indexes.c.call_id == call_id))
