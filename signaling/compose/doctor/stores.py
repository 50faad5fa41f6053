"""Database and Redis: they answer, the schema is ours, and their clocks show our time."""

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from signaling.adapters.redis.client import open_redis
from signaling.adapters.sql.database import Database, open_database
from signaling.adapters.sql.migrate import is_migrated
from signaling.compose.doctor.report import Finding, fine, mend
from signaling.config import Settings
from signaling.domain.errors import AwayError

APART_S: Final = 2.0
"""Credentials carry times; what is slower than this on the way is no network to run on either."""


async def database(settings: Settings) -> AsyncIterator[Finding]:
    """Check the database without changing it."""
    opened = open_database(settings.database)
    try:
        if opened.is_sqlite and not _is_there(opened):
            yield fine("database", "database_new")
            return
        async with opened.read() as connection:
            await connection.execute(
                text("SELECT count(*) FROM sqlite_master" if opened.is_sqlite else "SELECT 1")
            )
        if await is_migrated(opened):
            yield fine("database", "database_fine")
        else:
            yield mend("database", "database_old")
        if not opened.is_sqlite:
            yield clock("PostgreSQL", await _shown_by_postgres(opened))
    except (AwayError, SQLAlchemyError, OSError):
        yield mend("database", "database_away")
    finally:
        await opened.close()


async def redis(settings: Settings) -> AsyncIterator[Finding]:
    """Check Redis, where there is to be one."""
    if settings.redis_url is None:
        return
    try:
        client = open_redis(settings.redis_url)
    except ValueError:
        yield mend("redis", "redis_away")
        return
    try:
        before = time.time()
        seconds, microseconds = await client.time()
        yield fine("redis", "redis_fine")
        yield clock("Redis", seconds + microseconds / 1e6 - (before + time.time()) / 2)
    except (RedisError, OSError):
        yield mend("redis", "redis_away")
    finally:
        await client.aclose()


def clock(other: str, offset_s: float) -> Finding:
    """Judge how far another machine's clock is from ours."""
    judged = fine if abs(offset_s) <= APART_S else mend
    code = "clock_fine" if abs(offset_s) <= APART_S else "clock_apart"
    return judged("clock", code, other=other, offset=f"{abs(offset_s):.1f}")


def _is_there(opened: Database) -> bool:
    return Path(opened.engine.url.database or "").exists()


async def _shown_by_postgres(opened: Database) -> float:
    """Return how far the server's clock is from ours, in seconds."""
    before = time.time()
    async with opened.read() as connection:
        shown = await connection.scalar(text("SELECT extract(epoch FROM clock_timestamp())"))
    return float(shown or 0.0) - (before + time.time()) / 2
