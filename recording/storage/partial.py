"""Files that are being written: below `.partial`, locked by their writer for as long as it lives.

What a killed writer left is not locked, so whoever opens the storage next removes it, however young it is,
and never what another process writes just now.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final
from uuid import uuid4

_FOLDER: Final = ".partial"


@contextmanager
def open_partial(root: Path) -> Iterator[tuple[Path, BinaryIO]]:
    """Give a path to write to, and the file there, locked; what is not moved away by the end is removed."""
    folder = root / _FOLDER
    path, file = _create(folder)
    try:
        with file:
            yield path, file
    finally:
        path.unlink(missing_ok=True)
        with suppress(OSError):  # others write there
            folder.rmdir()


def _create(folder: Path) -> tuple[Path, BinaryIO]:
    while True:
        path = folder / uuid4().hex
        try:
            folder.mkdir(mode=0o700, exist_ok=True)  # pathlib looks twice: it may be there, then gone
            file = path.open("xb")
        except (FileExistsError, FileNotFoundError):  # somebody was done with the folder just now
            continue
        fcntl.flock(file, fcntl.LOCK_EX)
        if os.fstat(file.fileno()).st_nlink:
            return path, file
        file.close()  # somebody swept it before it was locked


def sweep_partials(root: Path) -> None:
    """Remove what killed writers left."""
    folder = root / _FOLDER
    if not folder.is_dir():
        return
    for path in list(folder.iterdir()):
        with suppress(OSError), path.open("rb") as file:  # locked, or gone meanwhile
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink()
    with suppress(OSError):
        folder.rmdir()
