"""Recording's ports on SQLite and PostgreSQL: recording's own contract, and claims at once."""

import asyncio

import pytest

from signaling.adapters.sql.database import Database
from signaling.adapters.sql.recordings import SqlJobQueue, SqlRecordingCatalogue
from tests.recording.jobs.contract import CatalogueContract, JobQueueContract, queued


class TestSqlJobQueue(JobQueueContract):
    @pytest.fixture
    def queue(self, database: Database) -> SqlJobQueue:
        return SqlJobQueue(database)


class TestSqlCatalogue(CatalogueContract):
    @pytest.fixture
    def catalogue(self, database: Database) -> SqlRecordingCatalogue:
        return SqlRecordingCatalogue(database)


async def test_workers_at_once_never_claim_one_job_twice(database: Database) -> None:
    queue = SqlJobQueue(database)
    for number in range(5):
        await queued(queue, f"c{number}", float(number))
    claims = await asyncio.gather(*(queue.claim(f"w{number}", "h", 10.0, 60.0) for number in range(8)))
    claimed = sorted(job.call_id for job in claims if job is not None)
    assert claimed == sorted(set(claimed))
    assert set(claimed) <= {f"c{number}" for number in range(5)}
    while (job := await queue.claim("late", "h", 10.0, 60.0)) is not None:
        claimed.append(job.call_id)
    assert sorted(claimed) == [f"c{number}" for number in range(5)]
