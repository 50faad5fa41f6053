"""What keeps a process from starting, in one sentence that says what to do.

Starting again does not mend a damaged file, a full disk or a folder we may not write: so it is said once, and
the exit status tells whoever watches not to try at once.
"""

import errno
import os
from collections.abc import Iterator
from typing import Final

from sqlalchemy.exc import DBAPIError

from signaling.adapters.sql.database import state_of
from signaling.adapters.sql.migrate import MigrationError

_ADDRESS: Final = frozenset({errno.EADDRINUSE, errno.EADDRNOTAVAIL})
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
_FORBIDDEN: Final = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
_NO_FOLDER: Final = frozenset({errno.ENOENT, errno.ENOTDIR, errno.EEXIST, errno.ENAMETOOLONG})
_DISK_FULL: Final = "The disk is full{where}. Make room, then start again."
_DATABASES: Final = {
    "SQLITE_NOTADB": "The database is damaged: its file is none. Put back the last backup, then start again.",
    "SQLITE_CORRUPT": "The database is damaged. Put back the last backup, then start again.",
    "SQLITE_CANTOPEN": "The database cannot be opened. Check that its folder exists and may be written.",
    "SQLITE_READONLY": "The database may not be written. Check who owns its file and folder.",
    "SQLITE_FULL": _DISK_FULL.format(where=""),
    "SQLITE_IOERR": "The database's disk fails. Check the disk and the system's log.",
    "SQLITE_BUSY": "Another program holds the database, a backup for example. Start again when it is done.",
    "28": "PostgreSQL refuses the user or the password of the setting database_url.",
    "3D": "PostgreSQL has no such database as the setting database_url names. Create it, then start again.",
    "42501": "PostgreSQL's user of the setting database_url may not do what is needed. Grant it the schema.",
}


def sentence_of(error: BaseException, command: str) -> str | None:
    """Return what to tell about an error at the start of `bangban COMMAND`; None for a fault of ours."""
    return next(filter(None, (_of_one(one, command) for one in _behind(error))), None)


def _behind(error: BaseException) -> Iterator[BaseException]:
    """Yield what an error consists of or comes from, the innermost first."""
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _behind(inner)
        return
    if error.__cause__ is not None:
        yield from _behind(error.__cause__)
    yield error


def _of_one(error: BaseException, command: str) -> str | None:
    match error:
        case OSError():
            return _of_system(error, command)
        case DBAPIError():
            return _of_database(state_of(error))
        case MigrationError():
            return _of_database(error.state) or f"{error} Its words are above."
    return None


def _of_system(error: OSError, command: str) -> str | None:
    where = f" at {os.fsdecode(error.filename)}" if isinstance(error.filename, str | bytes) else ""
    if error.errno in _FULL:
        return _DISK_FULL.format(where=where)
    if error.errno in _ADDRESS or (error.errno in _FORBIDDEN and not where):
        return f"{error.strerror}. Another port or address: `bangban {command} --help`."
    if error.errno in _FORBIDDEN:
        return f"{error.strerror}{where}. Give this user the right to write there, or choose another folder."
    if error.errno in _NO_FOLDER and where:
        return f"{error.strerror}{where}. Check the settings that name files and folders."
    return None


def _of_database(state: str) -> str | None:
    return next((text for start, text in _DATABASES.items() if state.startswith(start)), None)
