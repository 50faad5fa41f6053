"""Contract suites of the ports: subclass, and give the fixture `queue` or `catalogue`."""

import asyncio
from dataclasses import replace

from recording.jobs import NO_HOST, Catalogue, JobQueue, JobState, MuxJob

QUEUED = MuxJob("c1", "h", JobState.QUEUED, enqueued_at=1000.0)


async def queued(queue: JobQueue, call_id: str = "c1", now: float = 1000.0, host: str = "h") -> None:
    """Have a call's journals found on a disk and the call announced."""
    await queue.found(host, [call_id], now)
    await queue.announce(call_id, now)


async def claimed(queue: JobQueue, worker: str = "w", now: float = 1000.0) -> MuxJob:
    job = await queue.claim(worker, "h", now, 60.0)
    assert job is not None
    return job


async def job_of(queue: JobQueue, call_id: str = "c1", host: str = "h") -> MuxJob | None:
    return next((job for job in await queue.of_call(call_id) if job.host == host), None)


class JobQueueContract:
    """What every job queue does."""

    async def test_journals_wait_until_their_call_is_closed(self, queue: JobQueue) -> None:
        assert await queue.found("h", ["c1"], 900.0) == []
        assert await job_of(queue) == replace(QUEUED, state=JobState.OPEN, enqueued_at=900.0)
        assert await queue.open_calls() == ["c1"]
        assert await queue.claim("w", "h", 1000.0, 60.0) is None
        await queue.announce("c1", 1000.0)
        assert await job_of(queue) == QUEUED
        assert await queue.open_calls() == []

    async def test_journals_found_after_the_call_was_closed_are_queued(self, queue: JobQueue) -> None:
        await queue.announce("c1", 1000.0)
        assert await job_of(queue, host=NO_HOST) == replace(QUEUED, host=NO_HOST)
        assert await queue.claim("w", NO_HOST, 1000.0, 60.0) is None
        assert await queue.claim("w", "h", 1000.0, 60.0) is None
        await queue.found("h", ["c1"], 1000.0)
        assert await job_of(queue) == QUEUED

    async def test_only_workers_of_the_disk_claim(self, queue: JobQueue) -> None:
        await queued(queue)
        assert await queue.claim("w", "other", 1000.0, 60.0) is None
        assert (await claimed(queue)).host == "h"

    async def test_announcing_and_finding_again_change_nothing(self, queue: JobQueue) -> None:
        for now in (1000.0, 2000.0):
            await queued(queue, now=now)
        assert await job_of(queue) == QUEUED
        job = await claimed(queue)
        await queued(queue, now=3000.0)
        assert await job_of(queue) == job

    async def test_claim_takes_the_oldest_and_leases_it(self, queue: JobQueue) -> None:
        await queued(queue, "c2", 1001.0)
        await queued(queue, "c1", 1000.0)
        job = await queue.claim("w", "h", 1002.0, 60.0)
        assert job == replace(QUEUED, state=JobState.LEASED, attempts=1, worker="w", lease_until=1062.0)
        assert await job_of(queue) == job
        other = await queue.claim("v", "h", 1002.0, 60.0)
        assert other is not None
        assert other.call_id == "c2"
        assert await queue.claim("v", "h", 1003.0, 60.0) is None

    async def test_lease_that_ran_out_goes_to_another(self, queue: JobQueue) -> None:
        await queued(queue)
        killed = await claimed(queue, "killed")
        assert await queue.claim("w", "h", 1059.0, 60.0) is None
        job = await claimed(queue, "w", 1060.0)
        assert (job.worker, job.attempts) == ("w", 2)
        assert not await queue.progress(killed, 0.5, 2000.0)
        assert not await queue.finish(killed)
        assert not await queue.put_off(killed, "late", 0.0, counted=True)
        assert not await queue.fail(killed, "late")
        assert await job_of(queue) == job

    async def test_progress_renews_the_lease(self, queue: JobQueue) -> None:
        await queued(queue)
        assert await queue.progress(await claimed(queue), 0.5, 1100.0)
        job = await job_of(queue)
        assert job is not None
        assert (job.progress, job.lease_until) == (0.5, 1100.0)
        assert await queue.claim("v", "h", 1099.0, 60.0) is None

    async def test_finished_job_rests_until_more_journals_are_found(self, queue: JobQueue) -> None:
        for empty, state in ((False, JobState.DONE), (True, JobState.EMPTY)):
            await queued(queue)
            assert await queue.finish(await claimed(queue), empty=empty)
            job = await job_of(queue)
            assert job is not None
            assert (job.state, job.progress) == (state, 1.0)
            await queue.announce("c1", 9000.0)
            assert await queue.claim("w", "h", 9000.0, 60.0) is None
            await queue.found("h", ["c1"], 1000.0)
            assert await job_of(queue) == QUEUED

    async def test_job_that_is_put_off_waits(self, queue: JobQueue) -> None:
        await queued(queue)
        assert await queue.put_off(await claimed(queue), "broken", 1010.0, counted=True)
        assert await queue.claim("w", "h", 1009.0, 60.0) is None
        job = await claimed(queue, now=1010.0)
        assert (job.attempts, job.error) == (2, "broken")
        assert await queue.put_off(job, "disk full", 1020.0, counted=False)
        assert (await claimed(queue, now=1020.0)).attempts == 1

    async def test_failed_job_is_revived_by_a_start_or_an_announcement(self, queue: JobQueue) -> None:
        await queued(queue)
        for again in (queue.revive("h", 1000.0), queue.announce("c1", 1000.0)):
            assert await queue.fail(await claimed(queue), "broken")
            job = await job_of(queue)
            assert job is not None
            assert (job.state, job.error) == (JobState.FAILED, "broken")
            await queue.found("h", ["c1"], 9000.0)
            await queue.revive("other", 9000.0)
            assert await queue.claim("w", "h", 9000.0, 60.0) is None
            await again
            assert await job_of(queue) == QUEUED

    async def test_only_one_of_many_claims_a_job(self, queue: JobQueue) -> None:
        await queued(queue)
        found = await asyncio.gather(*(queue.claim(f"w{n}", "h", 1000.0, 60.0) for n in range(8)))
        assert len([job for job in found if job is not None]) == 1

    async def test_forget_reaches_journals_found_later(self, queue: JobQueue) -> None:
        await queued(queue)
        job = await claimed(queue)
        await queue.forget("c1")
        await queue.forget("c1")
        assert await job_of(queue) is None
        assert not await queue.progress(job, 0.1, 2000.0)
        assert await queue.found("other", ["c1", "c2"], 2000.0) == ["c1"]
        assert await queue.claim("w", "other", 9000.0, 60.0) is None


class CatalogueContract:
    """What every catalogue does."""

    async def test_save_load_replace_forget(self, catalogue: Catalogue) -> None:
        assert await catalogue.load("c1") == {}
        await catalogue.save("c1", "h", '{"a":"身份证"}')
        await catalogue.save("c2", "h", "{}")
        assert await catalogue.load("c1") == {"h": '{"a":"身份证"}'}
        await catalogue.save("c1", "h", "new")
        await catalogue.save("c1", "b", "other disk")
        assert await catalogue.load("c1") == {"b": "other disk", "h": "new"}
        await catalogue.forget("c1")
        await catalogue.forget("c1")
        assert await catalogue.load("c1") == {}
        assert await catalogue.load("c2") == {"h": "{}"}
