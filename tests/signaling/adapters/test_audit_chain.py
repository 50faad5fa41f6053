"""Whoever writes the database without the key cannot change the audit log unseen."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import delete, insert, select, update

from signaling.adapters.audit_anchor import AuditAnchorFile
from signaling.adapters.sql.audit import SqlAuditStore, chain
from signaling.adapters.sql.database import Database
from signaling.adapters.sql.schema import audit, audit_head
from signaling.domain.audit import AuditEntry, AuditResult
from signaling.services.stores import AnchorState, AuditCheck

KEY: Final = b"k" * 32
GENESIS: Final = "0" * 64


def entry(number: int) -> AuditEntry:
    return AuditEntry(float(number), "s1", "::1", "account.login", "s1", AuditResult.DONE, {"n": number})


def store(database: Database, folder: Path, key: bytes = KEY) -> SqlAuditStore:
    return SqlAuditStore(database, key, AuditAnchorFile(folder / "anchor", key))


async def written(database: Database, folder: Path, count: int) -> SqlAuditStore:
    """Return a log with entries."""
    log = store(database, folder)
    for number in range(count):
        await log.add(entry(number))
    return log


async def rows(database: Database) -> list[dict[str, Any]]:
    async with database.read() as connection:
        return [dict(row) for row in (await connection.execute(select(audit))).mappings()]


async def become(database: Database, entries: list[dict[str, Any]], **head: Any) -> None:
    """Make the log say something else, its head with it."""
    async with database.write() as connection:
        await connection.execute(delete(audit))
        await connection.execute(delete(audit_head))
        if entries:
            await connection.execute(insert(audit), entries)
        if head:
            await connection.execute(insert(audit_head).values(name="head", **head))


async def cut_with_its_head(database: Database) -> None:
    kept = (await rows(database))[:3]
    await become(database, kept, sequence=3, digest=kept[-1]["digest"], keyed_from=1)


async def emptied(database: Database) -> None:
    await become(database, [])


async def rehashed_without_key(database: Database) -> None:
    """Take an entry out and chain the rest anew, as before there was a key."""
    previous, kept = GENESIS, []
    for sequence, row in enumerate((one for one in await rows(database) if one["sequence"] != 3), start=1):
        previous = chain(previous, row["document"])
        kept.append(row | {"sequence": sequence, "digest": previous})
    await become(database, kept, sequence=len(kept), digest=previous, keyed_from=None)


async def rehashed_and_refilled(database: Database) -> None:
    """The same, and as long as before."""
    previous, kept = GENESIS, []
    for row in await rows(database):
        document = row["document"].replace('"n":3', '"n":9')
        previous = chain(previous, document)
        kept.append(row | {"digest": previous, "document": document})
    await become(database, kept, sequence=len(kept), digest=previous, keyed_from=len(kept) + 1)


async def swapped(database: Database) -> None:
    first, second, *rest = await rows(database)
    moved = [first | {"sequence": 2}, second | {"sequence": 1}, *rest]
    await become(database, moved, sequence=5, digest=rest[-1]["digest"], keyed_from=1)


ATTACKS: Final = (cut_with_its_head, emptied, rehashed_without_key, rehashed_and_refilled, swapped)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
async def test_an_attack_on_the_log_shows(
    database: Database, tmp_path: Path, attack: Callable[[Database], Awaitable[None]]
) -> None:
    log = await written(database, tmp_path, 5)
    assert await log.check() == AuditCheck(5, None, (await rows(database))[-1]["digest"], AnchorState.HELD)
    await attack(database)
    assert (await log.check()).broken_at is not None


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
async def test_it_still_shows_after_the_service_wrote_on(
    database: Database, tmp_path: Path, attack: Callable[[Database], Awaitable[None]]
) -> None:
    await written(database, tmp_path, 5)
    await attack(database)
    log = store(database, tmp_path)
    await log.anchor()
    for number in range(100, 109):
        await log.add(entry(number))
    assert (await log.check()).broken_at is not None


async def test_an_entry_written_with_another_key_shows(database: Database, tmp_path: Path) -> None:
    log = await written(database, tmp_path, 2)
    await store(database, tmp_path / "elsewhere", b"j" * 32).add(entry(3))
    assert (await log.check()).broken_at == 3


async def test_entries_of_before_the_key_stay_whole_and_are_held_by_the_first_keyed_one(
    database: Database, tmp_path: Path
) -> None:
    await written(database, tmp_path / "then", 3)
    previous, before = GENESIS, []
    for row in await rows(database):
        previous = chain(previous, row["document"])
        before.append(row | {"digest": previous})
    await become(database, before, sequence=3, digest=previous, keyed_from=None)
    log = store(database, tmp_path)
    assert (await log.check()).anchor is AnchorState.MISSING
    await log.anchor()
    assert await log.check() == AuditCheck(3, None, previous, AnchorState.HELD)
    await log.add(entry(3))
    assert (await log.check()).entries == 4
    async with database.write() as connection:
        changed = before[1]["document"].replace('"n":1', '"n":7')
        await connection.execute(update(audit).where(audit.c.sequence == 2).values(document=changed))
        again = chain(chain(before[0]["digest"], changed), before[2]["document"])
        digest = chain(before[0]["digest"], changed)
        await connection.execute(update(audit).where(audit.c.sequence == 2).values(digest=digest))
        await connection.execute(update(audit).where(audit.c.sequence == 3).values(digest=again))
    assert (await log.check()).broken_at in (3, 4)


async def test_an_anchor_that_is_gone_or_not_ours_is_told(database: Database, tmp_path: Path) -> None:
    log = await written(database, tmp_path, 2)
    anchor = tmp_path / "anchor"
    line = anchor.read_bytes()
    anchor.write_bytes(line.replace(b"2", b"1", 1))
    assert (await log.check()).anchor is AnchorState.FORGED
    anchor.unlink()
    assert (await log.check()).anchor is AnchorState.MISSING


async def test_the_anchor_only_moves_forward(database: Database, tmp_path: Path) -> None:
    log = await written(database, tmp_path, 3)
    line = (tmp_path / "anchor").read_bytes()
    await cut_with_its_head(database)
    await emptied(database)
    await log.add(entry(1))
    assert (tmp_path / "anchor").read_bytes() == line
    assert (tmp_path / "anchor").stat().st_mode & 0o777 == 0o600
