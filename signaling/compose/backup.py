"""`bangban admin backup`: everything of a service that cannot be made again, beside the running service.

The anchor of the audit log comes first, so that the copied log is never shorter than it says; then the
database as of one moment (SQLite's backup); then secrets, certificates, journals, recordings and stills, so
that what the copied database names is there. To restore: put the folder in the place of data_dir.
"""

import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

from signaling.compose.administration import AdministrationError
from signaling.compose.audit import AUDIT_FOLDER
from signaling.config import Settings

_DATABASE: Final = "bangban.db"
_PASSING: Final = ("run", f"{_DATABASE}*", "*.lock", "*.part", "*.partial")
"""Sockets, the database's own files, locks, and what was being written: nothing of it is of use elsewhere."""


def backup(settings: Settings, folder: Path) -> Sequence[str]:
    """Copy a service into a new folder that only its owner reads; return sentences about what is elsewhere.

    Raises AdministrationError: the folder is there already, lies in data_dir, or there is no service.
    """
    data = settings.data_dir
    if folder.exists():
        raise AdministrationError(f"{folder} is there already; name a new folder.")
    if folder.absolute().is_relative_to(data):
        raise AdministrationError(f"{folder} lies in {data} itself; name a folder elsewhere.")
    if not data.is_dir():
        raise AdministrationError(f"There is no {data}; name the service's folder with --data-dir.")
    folder.mkdir(mode=0o700, parents=True)
    _copy_anchor(data / AUDIT_FOLDER, folder / AUDIT_FOLDER)
    if settings.database_url is None:
        _copy_database(data / _DATABASE, folder / _DATABASE)
    passing = shutil.ignore_patterns(*_PASSING)

    def copied_already(place: str, names: list[str]) -> set[str]:
        return passing(place, names) | ({AUDIT_FOLDER} if Path(place) == data else set())

    shutil.copytree(data, folder, symlinks=True, dirs_exist_ok=True, ignore=copied_already)
    folder.chmod(0o700)
    return _elsewhere(settings)


def _copy_anchor(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target)


def _copy_database(source: Path, target: Path) -> None:
    target.touch(mode=0o600)
    given = f"file:{source}?mode=ro"
    with closing(sqlite3.connect(given, uri=True)) as here, closing(sqlite3.connect(target)) as there:
        here.backup(there)


def _elsewhere(settings: Settings) -> list[str]:
    """Say what lies outside data_dir."""
    found = []
    if settings.database_url is not None:
        found.append("The database is PostgreSQL: back it up with pg_dump, before the recordings.")
    if settings.recording_storage is not None:
        found.append("Recordings and stills lie where recording_storage says: copy them too.")
    if settings.secrets_dir is not None:
        found.append(f"Secrets lie in {settings.secrets_dir}: copy them too.")
    return found
