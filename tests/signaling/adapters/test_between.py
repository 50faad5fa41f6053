"""One contract for presence and lease, in memory and over a real Redis; then what only Redis must do."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial

import pytest
from redis.asyncio import Redis

from signaling.adapters.memory.lease import MemoryLease
from signaling.adapters.memory.presence import MemoryPresenceStore
from signaling.adapters.redis.lease import RedisLease
from signaling.adapters.redis.presence import RedisPresenceStore
from signaling.domain import presence as rules
from signaling.domain.errors import BusyError
from signaling.domain.presence import Presence
from signaling.services.ports import Lease, PresenceStore
from tests.support.until import until_async

KINDS = ("memory", pytest.param("redis", marks=pytest.mark.system("redis-server")))


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    client: Redis = Redis.from_url(redis_url)
    await client.flushdb()
    yield client
    await client.aclose()


@pytest.fixture(params=KINDS)
async def store(request: pytest.FixtureRequest) -> AsyncIterator[PresenceStore]:
    if request.param == "memory":
        yield MemoryPresenceStore()
        return
    client: Redis = Redis.from_url(request.getfixturevalue("redis_url"))
    await client.flushdb()
    yield RedisPresenceStore(client, lambda: 100.0)
    await client.aclose()


def seen(staff_id: str, at: float = 100.0) -> Presence:
    return rules.connected(rules.offline(staff_id, at), at)


async def put(store: PresenceStore, presence: Presence) -> tuple[Presence | None, Presence | None]:
    return await store.change(presence.staff_id, lambda before: presence)


async def test_presence_comes_back_as_it_was_put(store: PresenceStore) -> None:
    assert await store.get("a") is None
    for staff_id in ("a", "b"):
        assert await put(store, seen(staff_id)) == (None, seen(staff_id))
    assert await store.get("a") == seen("a")
    assert sorted(entry.staff_id for entry in await store.all()) == ["a", "b"]


async def test_nobody_is_believed_whose_process_died(redis: Redis) -> None:
    now = [100.0]
    store = RedisPresenceStore(redis, lambda: now[0])
    await put(store, seen("a"))
    now[0] = 191.0
    assert (await store.get("a"), await store.all()) == (None, [rules.offline("a", 100.0)])
    assert await put(store, seen("a", 191.0)) == (None, seen("a", 191.0)), "a new life begins from nothing"


async def test_a_change_that_changes_nothing_writes_nothing(store: PresenceStore) -> None:
    assert await store.change("a", lambda found: None) == (None, None)
    assert await store.get("a") is None
    await put(store, seen("a"))
    assert await store.change("a", lambda found: found) == (seen("a"), seen("a"))
    assert await store.change("a", lambda found: None) == (seen("a"), seen("a"))


async def test_a_beat_never_undoes_what_another_process_changed_meanwhile(redis: Redis) -> None:
    here, there = (RedisPresenceStore(redis, lambda: 100.0) for _ in range(2))
    await put(here, seen("a"))
    calls = 0

    def occupy(found: Presence | None) -> Presence:
        assert found is not None
        return rules.occupied(found, "c1", 105.0)

    def beat(found: Presence | None) -> Presence:
        nonlocal calls
        calls += 1
        if calls == 1:  # the other process writes between this one's reading and writing
            racing.append(asyncio.create_task(there.change("a", occupy)))
        assert found is not None
        return rules.beaten(found, 110.0)

    racing: list[asyncio.Task[object]] = []
    slow = SlowSwap(redis, racing)
    await RedisPresenceStore(slow, lambda: 100.0).change("a", beat)  # type: ignore[arg-type]
    after = await here.get("a")
    assert calls == 2, "tried again with what the other one wrote"
    assert after == rules.beaten(rules.occupied(seen("a"), "c1", 105.0), 110.0)


class SlowSwap:
    """A Redis client whose writing waits until everybody else who is writing has written."""

    def __init__(self, redis: Redis, others: list["asyncio.Task[object]"]) -> None:
        self._redis = redis
        self._others = others

    async def hget(self, *arguments: str) -> object:
        return await self._redis.hget(*arguments)

    async def eval(self, *arguments: object) -> object:
        await asyncio.gather(*self._others)
        return await self._redis.eval(*arguments)


async def test_many_changes_of_one_person_in_two_processes_are_all_kept(redis: Redis) -> None:
    stores = [RedisPresenceStore(redis, lambda: 100.0) for _ in range(2)]
    await put(stores[0], seen("a"))

    def miss(found: Presence | None) -> Presence:
        assert found is not None
        return rules.missed_offer(found, 101.0, limit=1000)

    await asyncio.gather(*(store.change("a", miss) for store in stores for _ in range(5)))
    after = await stores[0].get("a")
    assert after is not None
    assert after.missed == 10


async def test_a_change_that_never_gets_its_turn_is_refused(redis: Redis) -> None:
    store = RedisPresenceStore(redis, lambda: 100.0)
    await put(store, seen("a"))
    writing = WriteBetween(redis)
    with pytest.raises(BusyError):
        await RedisPresenceStore(writing, lambda: 100.0).change(  # type: ignore[arg-type]
            "a", lambda found: rules.beaten(found or seen("a"), 150.0)
        )


class WriteBetween:
    """A Redis client behind whose back the entry changes each time it was read."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._store = RedisPresenceStore(redis, lambda: 100.0)
        self._at = 100.0

    async def hget(self, *arguments: str) -> object:
        document = await self._redis.hget(*arguments)
        self._at += 1.0
        await put(self._store, seen("a", self._at))
        return document

    async def eval(self, *arguments: object) -> object:
        return await self._redis.eval(*arguments)


@pytest.fixture(params=KINDS)
async def lease(request: pytest.FixtureRequest) -> AsyncIterator[Lease]:
    if request.param == "memory":
        yield MemoryLease()
        return
    client: Redis = Redis.from_url(request.getfixturevalue("redis_url"))
    await client.flushdb()
    yield RedisLease(client, "p1")
    await client.aclose()


async def test_decisions_of_one_process_are_serial(lease: Lease) -> None:
    inside = 0

    async def decide() -> None:
        nonlocal inside
        async with lease.held() as leading:
            assert leading
            inside += 1
            assert inside == 1
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(decide() for _ in range(5)))


async def test_one_process_leads_until_it_lets_go(redis: Redis) -> None:
    first, second = RedisLease(redis, "p1"), RedisLease(redis, "p2")
    async with first.held() as leading:
        assert leading
    async with second.held() as leading:
        assert not leading
    async with first.held() as leading:
        assert leading, "one's own lease is extended"
    await second.release()
    async with second.held() as leading:
        assert not leading, "nobody releases somebody else's"
    await first.release()
    async with second.held() as leading:
        assert leading


async def test_a_lease_that_a_clock_set_back_made_last_for_an_hour_is_taken_over_in_its_usual_time(
    redis: Redis,
) -> None:
    gone, heir = RedisLease(redis, "p1"), RedisLease(redis, "p2", lifetime_ms=50)
    async with gone.held() as leading:
        assert leading
    await redis.pexpire("bangban:routing-lease", 3_600_000)
    async with heir.held() as leading:
        assert not leading
    await until_async(partial(_takes, heir), what="the lease", patience_s=10)


async def _takes(lease: RedisLease) -> bool:
    async with lease.held() as leading:
        return leading


async def test_a_lease_that_lapsed_is_taken_over(redis: Redis) -> None:
    first, second = RedisLease(redis, "p1"), RedisLease(redis, "p2")
    async with first.held() as leading:
        assert leading
    await redis.pexpire("bangban:routing-lease", 0)
    async with second.held() as leading:
        assert leading
