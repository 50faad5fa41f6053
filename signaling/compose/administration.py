"""What is done at the server's own terminal: schema and administrators' accounts; it takes effect at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Final

from redis.exceptions import RedisError

from signaling.adapters.passwords import ArgonHasher
from signaling.adapters.redis.bus import open_redis_bus
from signaling.adapters.redis.client import CancellableRedis
from signaling.adapters.sql.accounts import SqlAccountStore
from signaling.adapters.sql.database import Database, open_database
from signaling.adapters.sql.directory import SqlDirectoryStore
from signaling.adapters.sql.migrate import migrate
from signaling.adapters.system import SystemClock, SystemSecrets
from signaling.compose.audit import audit_store
from signaling.compose.data_folder import make_private
from signaling.config import Settings
from signaling.domain.audit import TERMINAL, AuditAct, AuditEntry, AuditResult
from signaling.domain.directory_data import DirectoryChange
from signaling.domain.events import DirectoryChanged
from signaling.domain.ids import JsonObject
from signaling.domain.regions import EVERYWHERE, Region
from signaling.domain.roles import Role, is_administrator
from signaling.domain.staff import Staff
from signaling.services.sign_in_guard import name_digest
from signaling.services.stores import AuditCheck, Credential

_TELLING_S: Final = 3.0


class AdministrationError(Exception):
    """Something that cannot be done as asked; the message is a sentence."""


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Database]:
    """Open the database with this version's schema."""
    make_private(settings)
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
        credential = await credential_of(person.staff_id, password)
        await SqlAccountStore(database).save_credential(credential)
        await store.apply(DirectoryChange(staff=(person,)))
        await _note(settings, database, AuditAct.STAFF_CREATED, person)
    await tell_running(settings)
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

    The password goes too: whoever knew it knows nothing.
    """
    await _change(settings, username, SystemSecrets().password(), enabled=False)


async def _change(settings: Settings, username: str, password: str, *, enabled: bool) -> None:
    async with opened(settings) as database:
        store, accounts = SqlDirectoryStore(database), SqlAccountStore(database)
        people = {person.username: person for person in (await store.load()).staff}
        person = people.get(username)
        if person is None or not is_administrator(person.roles):
            raise AdministrationError(f"There is no administrator {username}.")
        await accounts.save_credential(await credential_of(person.staff_id, password))
        await accounts.forgive_attempts(name_digest(person.staff_id))
        await accounts.revoke(person.staff_id, SystemClock().now())
        changed = replace(person, enabled=enabled, must_change_password=True)
        await store.apply(DirectoryChange(staff=(changed,)))
        act = AuditAct.STAFF_PASSWORD_RESET if enabled else AuditAct.STAFF_DISABLED
        await _note(settings, database, act, person)
    await tell_running(settings)


async def tell_running(settings: Settings) -> None:
    """Tell running signalling processes at once that the directory changed.

    Without Redis, or when it is away, they see it within a second by themselves.
    """
    if settings.redis_url is None:
        return
    with suppress(RedisError, OSError, TimeoutError):
        async with asyncio.timeout(_TELLING_S):
            redis = CancellableRedis.from_url(settings.redis_url, socket_timeout=_TELLING_S)
            try:
                async with open_redis_bus(redis, SystemSecrets().new_id()) as bus:
                    await bus.publish(DirectoryChanged())
            finally:
                await redis.aclose()


async def _note(settings: Settings, database: Database, act: AuditAct, person: Staff) -> None:
    """Write what was done to an account at the terminal into the audit log."""
    detail = {"username": person.username, "roles": sorted(person.roles)}
    await _write(settings, database, act, person.staff_id, detail)


async def _write(
    settings: Settings, database: Database, act: AuditAct, object_: str, detail: JsonObject
) -> None:
    audit = audit_store(settings, database)
    await audit.anchor()
    now = SystemClock().now()
    await audit.add(AuditEntry(now, TERMINAL, "", act.value, object_, AuditResult.DONE, detail))


async def check_audit(settings: Settings) -> AuditCheck:
    """Follow the chain of the audit log."""
    async with opened(settings) as database:
        return await audit_store(settings, database).check()


async def credential_of(staff_id: str, password: str) -> Credential:
    hasher = ArgonHasher()
    try:
        return Credential(staff_id, await hasher.hash(password))
    finally:
        hasher.close()


def _region(regions: tuple[Region, ...], code: str | None) -> str:
    """Return the region asked for, or the root of the tree; everywhere while there is no region yet."""
    if not regions and code is None:
        return EVERYWHERE
    for region in regions:
        if region.code == code or (code is None and region.parent is None):
            return region.code
    raise AdministrationError(f"There is no region {code}.")
