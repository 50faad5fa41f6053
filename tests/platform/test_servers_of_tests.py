"""The servers that other tests rely on do start, and are what they say."""

import redis.asyncio
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.sql import text


async def test_redis_keeps_a_value(redis_url: str) -> None:
    async with redis.asyncio.from_url(redis_url) as client:
        await client.set("platform:key", b"value")
        assert await client.get("platform:key") == b"value"


async def test_postgres_gives_each_test_an_empty_database(postgres_url: str) -> None:
    engine = create_async_engine(postgres_url)
    async with engine.connect() as connection:
        version = (await connection.execute(text("show server_version"))).scalar_one()
        tables = await connection.execute(text("select 1 from pg_tables where schemaname = 'public'"))
        assert tables.first() is None
    await engine.dispose()
    assert int(version.split(".")[0]) >= 15
