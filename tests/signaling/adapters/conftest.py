"""The database of the contract suites: a migrated SQLite file, and a real PostgreSQL."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from signaling.adapters.sql.database import Database, open_database
from signaling.adapters.sql.migrate import migrate


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """An empty, migrated database of each kind."""
    if request.param == "sqlite":
        url = f"sqlite+aiosqlite:///{tmp_path}/bangban.db"
    else:
        url = request.getfixturevalue("postgres_url")
    opened = open_database(url)
    await migrate(opened)
    yield opened
    await opened.close()
