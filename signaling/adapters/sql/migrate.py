"""Bring a database to the newest schema with Alembic, inside the running event loop."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy.engine import Connection

from signaling.adapters.sql.database import Database


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


async def migrate(database: Database) -> None:
    """Upgrade to head; does nothing when it is there already."""
    async with database.write() as connection:
        await connection.run_sync(_upgrade)
