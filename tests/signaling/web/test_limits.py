"""Token buckets, mailboxes and the memory of repeated commands."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.web.limits import TokenBucket
from signaling.web.problems import Refused
from signaling.web.rest import upload
from signaling.web.sio.mailbox import Mailbox
from signaling.web.sio.repeats import KEPT_PER_USER, KEPT_S, RepeatMemory


@given(st.lists(st.floats(0, 5), max_size=200), st.floats(0.5, 100), st.floats(1, 50))
def test_bucket_never_gives_more_than_burst_and_rate(gaps: list[float], rate: float, burst: float) -> None:
    bucket, now, given_out = TokenBucket(rate=rate, burst=burst, now=0.0), 0.0, 0
    for gap in gaps:
        now += gap
        given_out += bucket.take(now)
    assert given_out <= burst + rate * now + 1e-6


def test_bucket_recovers() -> None:
    bucket = TokenBucket(rate=2, burst=1, now=0.0)
    assert [bucket.take(0.0), bucket.take(0.0), bucket.take(0.5)] == [True, False, True]


async def test_an_upload_that_never_ends_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Silent:
        async def read(self, size: int) -> bytes:
            await asyncio.Event().wait()
            return b"x"

    monkeypatch.setattr(upload, "UPLOAD_S", 0.02)
    decoding = asyncio.Semaphore(1)
    asked = {"length": None, "sha256": "0" * 64, "width": 1, "height": 1}
    with pytest.raises(Refused, match="too_slow"):
        await upload.receive_picture(Silent(), decoding, **asked)  # type: ignore[arg-type]


async def test_mailbox_runs_in_order_even_when_the_first_is_slow() -> None:
    mailbox: Mailbox[str] = Mailbox()
    released = asyncio.Event()
    done: list[str] = []

    async def slow() -> str:
        await released.wait()
        done.append("slow")
        return "slow"

    async def fast() -> str:
        done.append("fast")
        return "fast"

    async with asyncio.TaskGroup() as tasks:
        first, second = mailbox.put(slow), mailbox.put(fast)
        assert first
        assert second
        tasks.create_task(mailbox.run())
        released.set()
        assert await second == "fast"
        mailbox.close()
    assert done == ["slow", "fast"]
    assert first.result() == "slow"


async def test_full_mailbox_refuses_and_closed_one_cancels() -> None:
    mailbox: Mailbox[None] = Mailbox(size=2)

    async def nothing() -> None: ...

    waiting = [mailbox.put(nothing), mailbox.put(nothing)]
    assert mailbox.put(nothing) is None
    mailbox.close()
    assert all(answer and answer.cancelled() for answer in waiting)
    assert mailbox.put(nothing) is None
    await mailbox.run()


async def test_a_failing_job_does_not_stop_the_next() -> None:
    mailbox: Mailbox[int] = Mailbox()

    async def fails() -> int:
        raise LookupError

    async def works() -> int:
        return 7

    async with asyncio.TaskGroup() as tasks:
        broken, good = mailbox.put(fails), mailbox.put(works)
        assert broken
        assert good
        tasks.create_task(mailbox.run())
        assert await good == 7
        mailbox.close()
    with pytest.raises(LookupError):
        broken.result()


async def test_repeats_are_remembered_for_a_minute_and_in_bounded_number() -> None:
    memory: RepeatMemory[int] = RepeatMemory()
    answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    memory.keep("a", "call.end", "0001", answer, 0.0)
    assert memory.find("a", "call.end", "0001", KEPT_S - 1) is answer
    assert memory.find("b", "call.end", "0001", 1.0) is None
    assert memory.find("a", "call.cancel", "0001", 1.0) is None
    assert memory.find("a", "call.end", "0001", KEPT_S) is None
    for number in range(KEPT_PER_USER + 1):
        memory.keep("a", "chat.send", str(number), answer, 100.0)
    assert memory.find("a", "chat.send", "0", 100.0) is None
    assert memory.find("a", "chat.send", str(KEPT_PER_USER), 100.0) is answer
