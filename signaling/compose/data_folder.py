"""The data folder: its owner's alone to read, and one service's at a time.

It holds who asked for help with what. A folder that somebody made before, open to everybody, is closed when
it is plainly ours; one that holds other things too is left as it is, and the files in it are closed.
"""

import fcntl
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from signaling.config import Settings, SettingsError

_OTHERS: Final = 0o077
_LOOK_AGAIN_S: Final = 0.1
_ENDING_S: Final = 15.0
"""How long a signalling process whose supervisor was killed may take to end."""
_OURS: Final = frozenset({"bangban.db", "secrets", "journals", "recordings", "audit"})
"""What lies in a data folder of ours; a folder with any of it, or with nothing, is one."""


def make_private(settings: Settings) -> None:
    """Make the folder, close it and what it holds to others, and let files made from here on be closed.

    Call first thing in every process that writes there. Raises OSError when it cannot be made.
    """
    os.umask(_OTHERS)
    folder = settings.data_dir
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    names = {path.name for path in folder.iterdir()}
    if not names or names & _OURS:
        _close(folder)
    for path in (*folder.glob("bangban.db*"), folder / "secrets", folder / "journals", folder / "recordings"):
        _close(path)


def _close(path: Path) -> None:
    """Take others' rights away from what is ours; what belongs to somebody else is their affair."""
    with suppress(FileNotFoundError, PermissionError):
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & _OTHERS and not mode & stat.S_ISVTX:
            path.chmod(mode & ~_OTHERS)


@contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """Be the only signalling process over the folder, unless Redis lets several work together."""
    if settings.redis_url is not None:
        yield
        return
    make_private(settings)
    with held(settings.data_dir, "signaling", patience_s=_ENDING_S):
        yield


@contextmanager
def held(folder: Path, name: str, *, patience_s: float = 0.0) -> Iterator[None]:
    """Hold the folder for a process of this kind while the context lasts; the kernel lets go when it dies.

    Args:
        patience_s: how long one that is just ending is waited for.

    Raises:
        SettingsError: another process holds it.
    """
    descriptor = os.open(folder / f"{name}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if not _locked(descriptor, patience_s):
            holder = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip() or "unknown"
            raise SettingsError(
                [
                    f"Another bangban (process {holder}) works on {folder}. Stop that one, "
                    "or give this one another folder with --data-dir."
                ]
            )
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _locked(descriptor: int, patience_s: float) -> bool:
    until = time.monotonic() + patience_s
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                return False
            time.sleep(_LOOK_AGAIN_S)
        else:
            return True
