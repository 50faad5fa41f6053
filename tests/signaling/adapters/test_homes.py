"""Homes of rooms over a real Redis: who has a room, who takes it over, and what processes ask each other."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from signaling.adapters.redis import homes as adapter
from signaling.adapters.redis.homes import RedisHomes, open_redis_homes
from signaling.domain.errors import BusyError, ForbiddenError, NotFoundError
from signaling.domain.ids import JsonObject


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    client: Redis = Redis.from_url(redis_url)
    await client.flushdb()
    yield client
    await client.aclose()


@pytest.fixture
async def pair(redis: Redis) -> AsyncIterator[tuple[RedisHomes, RedisHomes]]:
    """Two living processes."""
    async with open_redis_homes(redis, "p1") as here, open_redis_homes(redis, "p2") as there:
        yield here, there


async def test_the_first_to_join_makes_its_process_the_home(pair: tuple[RedisHomes, RedisHomes]) -> None:
    here, there = pair
    assert await here.find("c1") is None
    assert await here.claim("c1") is False
    assert await there.claim("c1") is False, "somebody living has it"
    assert (await here.find("c1"), await there.find("c1")) == (None, "p1")


async def test_of_two_claims_at_once_one_wins(pair: tuple[RedisHomes, RedisHomes]) -> None:
    for number in range(10):
        call_id = f"c{number}"
        await asyncio.gather(*(homes.claim(call_id) for homes in pair))
        assert [await homes.find(call_id) for homes in pair] in ([None, "p1"], ["p2", None])


async def test_the_rooms_of_a_process_that_is_gone_are_taken_over(redis: Redis) -> None:
    async with open_redis_homes(redis, "p2") as there:
        async with open_redis_homes(redis, "p1") as here:
            await here.claim("c1")
            assert await there.find("c1") == "p1"
        assert await there.find("c1") is None
        assert await there.claim("c1") is True
        assert await there.claim("c1") is False, "it is ours by now"


async def test_a_process_that_hangs_is_gone_when_its_sign_of_life_lapses(
    pair: tuple[RedisHomes, RedisHomes], redis: Redis
) -> None:
    here, there = pair
    await here.claim("c1")
    await redis.pexpire("bangban:alive:p1", 0)
    assert await there.claim("c1") is True
    assert await here.find("c1") == "p2"


async def test_what_is_asked_is_carried_out_and_answered(pair: tuple[RedisHomes, RedisHomes]) -> None:
    here, there = pair

    async def carry_out(method: str, arguments: JsonObject) -> object:
        return {"method": method, **arguments}

    there.answer_with(carry_out)
    answers = await asyncio.gather(*(here.ask("p2", "double", {"n": n}) for n in range(5)))
    assert answers == [{"method": "double", "n": n} for n in range(5)]


async def test_a_refusal_comes_back_as_it_was(pair: tuple[RedisHomes, RedisHomes]) -> None:
    here, there = pair

    async def refuse(method: str, arguments: JsonObject) -> object:
        raise NotFoundError("producer_not_found", field="producer_id", item="x")

    there.answer_with(refuse)
    with pytest.raises(NotFoundError) as refusal:
        await here.ask("p2", "any", {})
    error = refusal.value
    assert (error.code, error.field, error.details) == ("producer_not_found", "producer_id", {"item": "x"})


async def test_a_fault_of_the_other_process_is_a_refusal_and_it_goes_on(
    pair: tuple[RedisHomes, RedisHomes],
) -> None:
    here, there = pair

    async def fail(method: str, arguments: JsonObject) -> object:
        if method == "fail":
            raise RuntimeError("broken")
        raise ForbiddenError("not_in_call")

    there.answer_with(fail)
    with pytest.raises(BusyError):
        await here.ask("p2", "fail", {})
    with pytest.raises(ForbiddenError):
        await here.ask("p2", "other", {})


@pytest.mark.parametrize(
    "message",
    [b"{", b"\xff", b"[]", b"7", b"{}", b'{"ask": "1"}', b'{"answer": []}', b'{"answer": "1", "error": {}}'],
)
async def test_a_message_that_cannot_be_read_makes_nobody_deaf(
    pair: tuple[RedisHomes, RedisHomes], redis: Redis, message: bytes
) -> None:
    here, there = pair

    async def echo(method: str, arguments: JsonObject) -> object:
        return method

    there.answer_with(echo)
    for process in ("p1", "p2"):
        assert await redis.publish(f"bangban:ask:{process}", message) == 1
    assert await here.ask("p2", "hello", {}) == "hello"


async def test_nobody_waits_for_a_process_that_does_not_listen(pair: tuple[RedisHomes, RedisHomes]) -> None:
    async with asyncio.timeout(5):
        with pytest.raises(BusyError):
            await pair[0].ask("p9", "any", {})


async def test_nobody_waits_for_ever_for_one_that_hangs(
    pair: tuple[RedisHomes, RedisHomes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapter, "_ANSWER_IN", 0.05)
    here, there = pair

    async def hang(method: str, arguments: JsonObject) -> object:
        return await asyncio.Event().wait()

    there.answer_with(hang)
    with pytest.raises(BusyError):
        await here.ask("p2", "any", {})


async def test_many_requests_at_once_are_bounded(
    pair: tuple[RedisHomes, RedisHomes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapter, "_AT_ONCE", 1)
    here, there = pair
    busy, go = asyncio.Event(), asyncio.Event()

    async def wait(method: str, arguments: JsonObject) -> object:
        busy.set()
        return await go.wait()

    there.answer_with(wait)
    first = asyncio.create_task(here.ask("p2", "any", {}))
    async with asyncio.timeout(5):
        await busy.wait()
        with pytest.raises(BusyError):
            await here.ask("p2", "any", {})
        go.set()
        assert await first is True
