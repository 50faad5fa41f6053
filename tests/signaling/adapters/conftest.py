"""The database of the contract suites: a migrated SQLite file, and a real PostgreSQL."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from signaling.adapters.sql.database import Database, open_database
from tests.support import databases


@pytest.fixture(params=databases.KINDS)
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """An empty, migrated database of each kind."""
    postgres = request.getfixturevalue("postgres") if request.param == "postgresql" else None
    with databases.on(postgres):
        opened = open_database(await databases.database_for(tmp_path, databases.migrated))
        yield opened
        await opened.close()
