"""What is done at the server's own terminal: schema, catalogue, administrators' accounts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from signaling.adapters.passwords import ArgonHasher
from signaling.adapters.sql.accounts import SqlAccountStore
from signaling.adapters.sql.audit import SqlAuditStore
from signaling.adapters.sql.database import Database, open_database
from signaling.adapters.sql.directory import SqlDirectoryStore
from signaling.adapters.sql.migrate import migrate
from signaling.adapters.system import SystemClock, SystemSecrets
from signaling.compose.catalogue_files import read_items, read_regions
from signaling.config import Settings
from signaling.domain.audit import TERMINAL, AuditAct, AuditEntry, AuditResult
from signaling.domain.regions import Region
from signaling.domain.roles import Role, is_administrator
from signaling.domain.staff import Staff
from signaling.services.sign_in_guard import name_digest
from signaling.services.stores import AuditCheck, Credential


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


async def create_administrator(
    settings: Settings,
    username: str,
    name: str,
    region_code: str | None,
    role: Role = Role.SYSTEM_ADMINISTRATOR,
) -> str:
    """Create an administrator and return a one-time password.

    Args:
        region_code: what the account administers; None: everything.
        role: which of the three administrators.

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
            roles=frozenset({role}),
            posts=frozenset(),
            region_code=_region(directory.regions, region_code),
            must_change_password=True,
        )
        password = secrets.password()
        credential = await _credential(person.staff_id, password)
        await store.save_staff(person)
        await SqlAccountStore(database).save_credential(credential)
        await _note(database, AuditAct.STAFF_CREATED, person)
    return password


async def reset_administrator(settings: Settings, username: str) -> str:
    """Enable an administrator's account again with a one-time password, which is returned; sign-ins end.

    Raises:
        AdministrationError: there is no such administrator.
    """
    password = SystemSecrets().password()
    await _change(settings, username, password, enabled=True)
    return password


async def disable_administrator(settings: Settings, username: str) -> None:
    """End an administrator's sign-ins and let nobody sign in with the account; raises as the reset does.

    The password goes too: a running service, which learns of disabled accounts at its next start only,
    refuses the old one at once.
    """
    await _change(settings, username, SystemSecrets().password(), enabled=False)


async def _change(settings: Settings, username: str, password: str, *, enabled: bool) -> None:
    async with opened(settings) as database:
        store, accounts = SqlDirectoryStore(database), SqlAccountStore(database)
        people = {person.username: person for person in (await store.load()).staff}
        person = people.get(username)
        if person is None or not is_administrator(person.roles):
            raise AdministrationError(f"There is no administrator {username}.")
        await accounts.save_credential(await _credential(person.staff_id, password))
        await accounts.forgive_attempts(name_digest(person.staff_id))
        await store.save_staff(replace(person, enabled=enabled, must_change_password=True))
        await accounts.revoke(person.staff_id, SystemClock().now())
        await _note(database, AuditAct.STAFF_PASSWORD_RESET if enabled else AuditAct.STAFF_DISABLED, person)


async def _note(database: Database, act: AuditAct, person: Staff) -> None:
    """Write what was done at the terminal into the audit log."""
    detail = {"username": person.username, "roles": sorted(person.roles)}
    now = SystemClock().now()
    entry = AuditEntry(now, TERMINAL, "", act.value, person.staff_id, AuditResult.DONE, detail)
    await SqlAuditStore(database).add(entry)


async def check_audit(settings: Settings) -> AuditCheck:
    """Follow the chain of the audit log."""
    async with opened(settings) as database:
        return await SqlAuditStore(database).check()


async def _credential(staff_id: str, password: str) -> Credential:
    hasher = ArgonHasher()
    try:
        return Credential(staff_id, await hasher.hash(password))
    finally:
        hasher.close()


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
