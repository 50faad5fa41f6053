"""The database of a house: a copy of a prepared SQLite file or PostgreSQL database, as the test runs on.

Preparing (schema, demo data) is done once a test run and kind; every test gets a copy of its own.
"""

import asyncio
import tempfile
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

from signaling.adapters.sql.database import open_database
from signaling.adapters.sql.migrate import migrate
from tests.support.postgres_server import Postgres

Prepare = Callable[[str], Coroutine[Any, Any, None]]
"""Fills the empty database at an address."""
KINDS: Final = ("sqlite", pytest.param("postgresql", marks=pytest.mark.system("postgresql")))


@dataclass
class _Present:
    """What the present test runs on."""

    postgres: Postgres | None = None
    copies: dict[Path, str] = field(default_factory=dict)
    """Folder of a house → its PostgreSQL database, so that a process started again finds it."""


_present = _Present()


@contextmanager
def on(postgres: Postgres | None) -> Iterator[None]:
    """Let houses opened inside stand on PostgreSQL, or on SQLite files in their folders (None)."""
    _present.postgres = postgres
    try:
        yield
    finally:
        if postgres is not None:
            postgres.give_back(_present.copies.values())
        _present.postgres = None
        _present.copies.clear()


async def database_for(folder: Path, prepare: Prepare) -> str:
    """Return SQLAlchemy's address of the database of a house in `folder`; a prepared copy at first."""
    if _present.postgres is None:
        file = folder / "bangban.db"
        if not file.exists():
            file.write_bytes(_sqlite_template(prepare))
        return f"sqlite+aiosqlite:///{file}"
    if folder not in _present.copies:
        template = _postgres_template(_present.postgres, prepare)
        _present.copies[folder] = await _present.postgres.copy(template)
    return _present.copies[folder]


async def migrated(url: str) -> None:
    """Make the schema."""
    database = open_database(url)
    await migrate(database)
    await database.close()


@cache
def _sqlite_template(prepare: Prepare) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "template.db"
        _outside(prepare(f"sqlite+aiosqlite:///{path}"))
        return path.read_bytes()


@cache
def _postgres_template(postgres: Postgres, prepare: Prepare) -> str:
    url = postgres.new_database()
    _outside(prepare(url))
    return url


def _outside(work: Awaitable[None]) -> None:
    """Run to the end in a loop of its own, whatever loop runs here."""

    async def run() -> None:
        await work

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    thread.join()
