"""What an administrator does at the terminal before anybody can sign in: schema, catalogue, first account."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from signaling.adapters.passwords import ArgonHasher
from signaling.adapters.sql.accounts import SqlAccountStore
from signaling.adapters.sql.database import Database, open_database
from signaling.adapters.sql.directory import SqlDirectoryStore
from signaling.adapters.sql.migrate import migrate
from signaling.adapters.system import SystemSecrets
from signaling.compose.catalogue_files import read_items, read_regions
from signaling.config import Settings
from signaling.domain.regions import Region
from signaling.domain.roles import Role
from signaling.domain.staff import Staff
from signaling.services.stores import Credential


class AdministrationError(Exception):
    """Something that cannot be done as asked; the message is a sentence."""


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Database]:
    """Open the database with this version's schema."""
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    database = open_database(settings.database)
    try:
        await migrate(database)
        yield database
    finally:
        await database.close()


async def migrate_database(settings: Settings) -> None:
    """Bring the database to this version's schema."""
    async with opened(settings):
        pass


async def import_catalogue(
    settings: Settings, *, regions: Path | None, items: Path | None
) -> tuple[int, int]:
    """Insert or replace regions and items from files; return how many of each.

    Raises:
        CatalogueFileError: a file cannot be used; nothing is imported then.
    """
    new_regions = read_regions(regions) if regions else []
    new_items = read_items(items) if items else []
    async with opened(settings) as database:
        store = SqlDirectoryStore(database)
        await store.save_regions(new_regions)
        await store.save_items(new_items)
    return len(new_regions), len(new_items)


async def create_administrator(settings: Settings, username: str, name: str, region_code: str | None) -> str:
    """Create a system administrator and return a one-time password.

    Args:
        region_code: what the account administers; None: everything.

    Raises:
        AdministrationError: the user name is taken, or the region is not there.
    """
    async with opened(settings) as database:
        store = SqlDirectoryStore(database)
        directory = await store.load()
        if any(person.username == username for person in directory.staff):
            raise AdministrationError(f"There is a {username} already; choose another user name.")
        secrets = SystemSecrets()
        person = Staff(
            staff_id=secrets.new_id(),
            username=username,
            name=name,
            roles=frozenset({Role.SYSTEM_ADMINISTRATOR}),
            posts=frozenset(),
            region_code=_region(directory.regions, region_code),
            must_change_password=True,
        )
        password = secrets.password()
        hasher = ArgonHasher()
        try:
            credential = Credential(person.staff_id, await hasher.hash(password))
        finally:
            hasher.close()
        await store.save_staff(person)
        await SqlAccountStore(database).save_credential(credential)
    return password


def _region(regions: tuple[Region, ...], code: str | None) -> str:
    """Return the region asked for, or the root of the tree."""
    if not regions:
        raise AdministrationError(
            "There are no regions yet: run `bangban admin import --regions FILE` first."
        )
    for region in regions:
        if region.code == code or (code is None and region.parent is None):
            return region.code
    raise AdministrationError(f"There is no region {code}.")
