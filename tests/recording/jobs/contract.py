"""Contract suites of the ports: subclass, and give the fixture `queue` or `catalogue`."""

import asyncio
from dataclasses import replace

from recording.jobs import Catalogue, JobQueue, JobState, MuxJob

QUEUED = MuxJob("c1", JobState.QUEUED, 0, None, 0.0, 0.0, None, 1000.0)


class JobQueueContract:
    """What every job queue does."""

    async def test_enqueue_is_idempotent(self, queue: JobQueue) -> None:
        assert await queue.enqueue("c1", 1000.0) == QUEUED
        assert await queue.enqueue("c1", 2000.0) == QUEUED
        assert await queue.get("c1") == QUEUED
        assert await queue.get("c2") is None

    async def test_claim_takes_the_oldest_and_leases_it(self, queue: JobQueue) -> None:
        assert await queue.claim("w", 1000.0, 60.0) is None
        await queue.enqueue("c2", 1001.0)
        await queue.enqueue("c1", 1000.0)
        job = await queue.claim("w", 1002.0, 60.0)
        assert job == replace(QUEUED, state=JobState.LEASED, attempts=1, worker="w", lease_until=1062.0)
        assert await queue.get("c1") == job
        other = await queue.claim("v", 1002.0, 60.0)
        assert other is not None
        assert other.call_id == "c2"
        assert await queue.claim("v", 1003.0, 60.0) is None

    async def test_lease_that_ran_out_goes_to_another(self, queue: JobQueue) -> None:
        await queue.enqueue("c1", 1000.0)
        await queue.claim("killed", 1000.0, 60.0)
        assert await queue.claim("w", 1059.0, 60.0) is None
        job = await queue.claim("w", 1060.0, 60.0)
        assert job is not None
        assert (job.worker, job.attempts) == ("w", 2)
        assert not await queue.progress("c1", "killed", 0.5, 2000.0)
        assert not await queue.finish("c1", "killed")
        assert not await queue.fail("c1", "killed", "late", retry=True)
        assert await queue.get("c1") == job

    async def test_progress_renews_the_lease(self, queue: JobQueue) -> None:
        await queue.enqueue("c1", 1000.0)
        await queue.claim("w", 1000.0, 60.0)
        assert await queue.progress("c1", "w", 0.5, 1100.0)
        job = await queue.get("c1")
        assert job is not None
        assert (job.progress, job.lease_until) == (0.5, 1100.0)
        assert await queue.claim("v", 1099.0, 60.0) is None

    async def test_finished_job_rests_until_enqueued_again(self, queue: JobQueue) -> None:
        await queue.enqueue("c1", 1000.0)
        await queue.claim("w", 1000.0, 60.0)
        assert await queue.finish("c1", "w")
        job = await queue.get("c1")
        assert job is not None
        assert (job.state, job.progress) == (JobState.DONE, 1.0)
        assert await queue.claim("w", 9000.0, 60.0) is None
        assert await queue.enqueue("c1", 1000.0) == QUEUED

    async def test_failures_are_tried_again_or_kept(self, queue: JobQueue) -> None:
        await queue.enqueue("c1", 1000.0)
        await queue.claim("w", 1000.0, 60.0)
        assert await queue.fail("c1", "w", "disk full", retry=True)
        job = await queue.claim("w", 1001.0, 60.0)
        assert job is not None
        assert (job.attempts, job.error) == (2, "disk full")
        assert await queue.fail("c1", "w", "broken", retry=False)
        job = await queue.get("c1")
        assert job is not None
        assert (job.state, job.error) == (JobState.FAILED, "broken")
        assert await queue.claim("w", 9000.0, 60.0) is None
        assert await queue.enqueue("c1", 1000.0) == QUEUED

    async def test_only_one_of_many_claims_a_job(self, queue: JobQueue) -> None:
        await queue.enqueue("c1", 1000.0)
        claimed = await asyncio.gather(*(queue.claim(f"w{n}", 1000.0, 60.0) for n in range(8)))
        assert len([job for job in claimed if job is not None]) == 1

    async def test_forget(self, queue: JobQueue) -> None:
        await queue.enqueue("c1", 1000.0)
        await queue.claim("w", 1000.0, 60.0)
        await queue.forget("c1")
        await queue.forget("c1")
        assert await queue.get("c1") is None
        assert not await queue.progress("c1", "w", 0.1, 2000.0)


class CatalogueContract:
    """What every catalogue does."""

    async def test_save_load_replace_forget(self, catalogue: Catalogue) -> None:
        assert await catalogue.load("c1") is None
        await catalogue.save("c1", '{"a":"身份证"}')
        await catalogue.save("c2", "{}")
        assert await catalogue.load("c1") == '{"a":"身份证"}'
        await catalogue.save("c1", "new")
        assert await catalogue.load("c1") == "new"
        await catalogue.forget("c1")
        await catalogue.forget("c1")
        assert await catalogue.load("c1") is None
        assert await catalogue.load("c2") == "{}"
