"""`bangban admin import` and `export`: a county's tables into the database as a whole, and out again."""

import csv
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from signaling.adapters.passwords import ArgonHasher
from signaling.adapters.sql.accounts import SqlAccountStore
from signaling.adapters.sql.database import Database
from signaling.adapters.sql.directory import SqlDirectoryStore
from signaling.adapters.system import SystemClock, SystemSecrets
from signaling.compose.administration import AdministrationError, opened, tell_running
from signaling.compose.audit import audit_store
from signaling.compose.sheet_files import read_files, write_files
from signaling.config import Settings
from signaling.domain.audit import TERMINAL, AuditAct, AuditEntry, AuditResult
from signaling.domain.sheets.plan import Plan, plan
from signaling.domain.sheets.table import Sheet
from signaling.domain.sheets.write import sheets_of
from signaling.domain.staff import Staff
from signaling.services.stores import ConflictError, Credential

_ATTEMPTS: Final = 3
"""Somebody may change something in the console meanwhile; then it is planned anew."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did, or would do.

    Attributes:
        ignored: columns that mean nothing here.
        passwords: user name and one-time password of each new account.
    """

    plan: Plan
    ignored: tuple[str, ...]
    passwords: tuple[tuple[str, str], ...] = ()


async def import_county(settings: Settings, paths: Mapping[Sheet, Path], *, dry_run: bool) -> Imported:
    """Bring the directory to what the files say, all of it or nothing; with faults in the plan: nothing.

    Raises:
        SheetFileError: a file cannot be read.
        AdministrationError: somebody else changed the directory again and again.
    """
    files = read_files(paths)
    async with opened(settings) as database:
        store = SqlDirectoryStore(database)
        for _ in range(_ATTEMPTS):
            data = await store.load()
            planned = plan(data, files.rows, SystemSecrets().new_id)
            if dry_run or planned.faults or not planned.lines:
                return Imported(planned, files.ignored)
            passwords = await _give_passwords(database, planned.new_staff)
            try:
                await store.apply(planned.change, if_revision=data.revision)
            except ConflictError:
                continue
            await _note(settings, database, AuditAct.DIRECTORY_IMPORTED, _counts(planned))
            await tell_running(settings)
            return Imported(planned, files.ignored, passwords)
    raise AdministrationError(
        "Others are changing the same things just now; nothing was imported. Try again."
    )


async def export_county(settings: Settings, folder: Path, form: str) -> list[Path]:
    """Write every table into a folder; importing them changes nothing."""
    async with opened(settings) as database:
        data = await SqlDirectoryStore(database).load()
        written = write_files(folder, sheets_of(data), form)
        await _note(settings, database, AuditAct.DIRECTORY_EXPORTED, {"staff": len(data.staff)})
    return written


def save_passwords(path: Path, passwords: Sequence[tuple[str, str]]) -> None:
    """Write user names and one-time passwords to a new file that only its owner reads.

    Raises FileExistsError.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([("username", "one_time_password"), *passwords])


async def _give_passwords(database: Database, people: Sequence[Staff]) -> tuple[tuple[str, str], ...]:
    """Store a one-time password for each; before the accounts, so that none is ever without."""
    hasher, secrets, accounts = ArgonHasher(), SystemSecrets(), SqlAccountStore(database)
    given = []
    try:
        for person in people:
            password = secrets.password()
            await accounts.save_credential(Credential(person.staff_id, await hasher.hash(password)))
            given.append((person.username, password))
    finally:
        hasher.close()
    return tuple(given)


def _counts(planned: Plan) -> dict[str, object]:
    return {
        str(sheet): count for sheet in Sheet if (count := sum(line.sheet is sheet for line in planned.lines))
    }


async def _note(settings: Settings, database: Database, act: AuditAct, detail: dict[str, object]) -> None:
    entry = AuditEntry(SystemClock().now(), TERMINAL, "", act.value, "", AuditResult.DONE, detail)
    audit = audit_store(settings, database)
    await audit.anchor()
    await audit.add(entry)
