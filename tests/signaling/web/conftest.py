"""Fixtures of the web floor's tests."""

from collections.abc import Iterator

import pytest
from redis.asyncio import Redis

from tests.support import databases
from tests.support.redis_server import OwnRedis


@pytest.fixture
async def redis_url(redis_url: str) -> str:
    """Address of the Redis server, in which no process of another test left anything."""
    async with Redis.from_url(redis_url) as redis:
        await redis.flushdb()
    return redis_url


@pytest.fixture
def own_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnRedis]:
    """A Redis server of the test's own, to be frozen and killed."""
    server = OwnRedis(tmp_path_factory.mktemp("redis"))
    server.start()
    try:
        yield server
    finally:
        server.thaw()
        server.kill()


@pytest.fixture(autouse=True)
def database_kind(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let the houses of a test stand on SQLite, and of the same test once more on PostgreSQL."""
    postgres = getattr(request, "param", "sqlite") == "postgresql"
    with databases.on(request.getfixturevalue("postgres") if postgres else None):
        yield


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what may open a house on both kinds of database."""
    if {"house", "tmp_path"} & set(metafunc.fixturenames):
        metafunc.parametrize("database_kind", databases.KINDS, indirect=True)
