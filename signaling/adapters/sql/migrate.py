"""Bring a database to the newest schema with Alembic, inside the running event loop or in a process apart.

python -m signaling.adapters.sql.migrate < file-with-the-url     what `migrate_apart` runs
"""

import asyncio
import logging
import sys
from pathlib import Path
from typing import Final

from sqlalchemy import text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from signaling.adapters.sql.database import Database, open_database, state_of
from signaling.domain.errors import AwayError

_log = logging.getLogger(__name__)
_BETWEEN_TRIES_S: Final = 1.0
_PROBE: Final = "SELECT count(*) FROM sqlite_master"
"""Reads the first page: of a file that is no database SQLite says so then."""
_MIGRATIONS: Final = Path(__file__).parent / "migrations"
_LOCK: Final = 4_262_661
"""PostgreSQL's advisory lock: of several processes that start at once one migrates, the others see it."""


_AWAY_STATUS: Final = 3


class MigrationError(Exception):
    """The process apart could not migrate.

    Attributes:
        state: what kept it, as the database names it (SQLite's error name or an SQLSTATE), if it was out of
            reach; empty when the process has said why.
    """

    def __init__(self, state: str) -> None:
        super().__init__("The database could not be brought to this version's schema.")
        self.state = state


def newest_revision() -> str:
    """Return the last revision, which begins its file's name."""
    return max(file.name.partition("_")[0] for file in (_MIGRATIONS / "versions").glob("[0-9]*_*.py"))


async def migrate(database: Database) -> None:
    """Upgrade to the newest revision; does nothing when it is there already. Give it a patient database."""
    async with database.write() as connection:
        if not database.is_sqlite:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        await connection.run_sync(_upgrade)


async def is_migrated(database: Database) -> bool:
    """Tell whether a database has the newest schema, or the one of a newer version."""
    return (await _revision(database) or "") >= newest_revision()


async def migrate_apart(database: Database) -> None:
    """Do what `migrate` does, when it is needed, in a process of its own: Alembic alone would cost us 11 MB.

    A PostgreSQL that does not answer is waited for.

    Raises:
        MigrationError: it failed.
        DBAPIError, AwayError: the file is no database, or cannot be used.
    """
    while True:
        await _until_reached(database)
        if await is_migrated(database):
            return
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", __name__), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        url = database.engine.url.render_as_string(hide_password=False)
        said, _ = await process.communicate(url.encode())  # no argument: other users of the machine see those
        if process.returncode == 0:
            return
        if process.returncode != _AWAY_STATUS:
            raise MigrationError("")
        if database.is_sqlite:
            raise MigrationError(said.decode().strip())
        await asyncio.sleep(_BETWEEN_TRIES_S)


async def _until_reached(database: Database) -> None:
    said = False
    while True:
        try:
            async with database.read() as connection:
                await connection.execute(text(_PROBE if database.is_sqlite else "SELECT 1"))
        except AwayError:
            if database.is_sqlite:
                raise
            if not said:
                _log.warning("the database does not answer; this process waits for it")
                said = True
            await asyncio.sleep(_BETWEEN_TRIES_S)
        else:
            return


async def _revision(database: Database) -> str | None:
    """Return the revision a database is at; None for an empty one."""
    try:
        async with database.read() as connection:
            found = await connection.scalar(text("SELECT version_num FROM alembic_version"))
    except DBAPIError:
        return None
    return None if found is None else str(found)


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


async def _main(url: str) -> int:
    database = open_database(url, patient=True)
    try:
        await migrate(database)
    except AwayError as error:
        print(state_of(error.__cause__))
        return _AWAY_STATUS
    finally:
        await database.close()
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(_main(sys.stdin.read())))
