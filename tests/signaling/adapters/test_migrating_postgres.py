"""A PostgreSQL that is slow, or goes, while its schema is brought up to date."""

import asyncio
from contextlib import suppress

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from signaling.adapters.sql import database as adapter
from signaling.adapters.sql.database import open_database
from signaling.adapters.sql.migrate import _LOCK, is_migrated, migrate, migrate_apart
from signaling.domain.errors import AwayError
from tests.support.postgres_server import running_postgres
from tests.support.until import until_async

pytestmark = pytest.mark.system("postgresql")


async def test_a_migration_waits_for_another_one_for_as_long_as_it_takes(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapter, "STATEMENT_S", 0.2)
    late = open_database(postgres_url, patient=True)
    first = open_database(postgres_url)
    try:
        async with first.write() as connection:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            waiting = asyncio.create_task(migrate(late))
            await until_async(lambda: _waits_for_the_lock(connection), what="the second migration")
            with pytest.raises(TimeoutError):  # longer than a statement may take otherwise
                await asyncio.wait_for(asyncio.shield(waiting), 0.5)
        await waiting
        assert await is_migrated(first)
    finally:
        await first.close()
        await late.close()


async def test_a_server_that_is_restarted_meanwhile_is_migrated_when_it_is_back() -> None:
    with running_postgres() as server:
        database = open_database(server.new_database())
        try:
            with suppress(AwayError):  # the connection that holds the lock is cut, too
                async with database.read() as connection:
                    await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
                    waiting = asyncio.create_task(migrate_apart(database))
                    await until_async(lambda: _waits_for_the_lock(connection), what="the migration")
                    await asyncio.to_thread(server.restart)
            await asyncio.wait_for(waiting, 60)
            assert await is_migrated(database)
        finally:
            await database.close()


async def _waits_for_the_lock(connection: AsyncConnection) -> bool:
    found = await connection.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted"))
    return bool(found)
