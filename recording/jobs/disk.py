"""The disk that holds journals: its name, the calls on it, its room, and what becomes of muxed journals.

The name lies on the disk itself, so it outlives host names and containers, and machines that share a folder
are one host.
"""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Final
from uuid import uuid4

from recording.config import checked_name
from recording.errors import InvalidNameError
from recording.format import JournalName

_HOST_FILE: Final = ".host"
_KEPT: Final = ".kept"
_OUTPUT: Final = ".mux-"


class JournalDisk:
    """The journals below one root directory.

    Args:
        root: directory of the calls' journal directories; made when something is to be named.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def host(self) -> str:
        """Return the disk's name, given once. Raises OSError."""
        path = self.root / _HOST_FILE
        if not path.exists():
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            draft = self.root / f"{_HOST_FILE}.{uuid4().hex}"
            draft.write_text(uuid4().hex)
            try:
                os.link(draft, path)  # of two processes at once, one names the disk
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        return checked_name(path.read_text("ascii").strip())

    def directory(self, call_id: str) -> Path:
        """Return where a call is journalled. Raises InvalidNameError."""
        return self.root / checked_name(call_id)

    def calls(self) -> list[str]:
        """Return the calls that have a directory here."""
        if not self.root.is_dir():
            return []
        with os.scandir(self.root) as entries:
            return sorted(entry.name for entry in entries if _is_name(entry.name) and entry.is_dir())

    def free_bytes(self) -> int:
        """Return the room left for us. Raises OSError."""
        found = os.statvfs(self.root)
        return found.f_bavail * found.f_frsize

    def make_output(self, call_id: str, attempt: int) -> Path:
        """Return an empty directory for what is muxed; what a worker that died left behind goes."""
        ours = f"{_OUTPUT}{call_id}."
        for left in self.root.iterdir():
            if left.name.startswith(ours):  # a glob's pattern would stay in caches of the library
                shutil.rmtree(left, ignore_errors=True)
        output = self.root / f"{ours}{attempt}"
        output.mkdir(mode=0o700)
        return output

    def drop(self, call_id: str, journals: Iterable[str], *, kept: Iterable[str] = ()) -> None:
        """Remove journals that a file stands for, set damaged ones aside, then the directory if it is empty.

        Args:
            journals: file names in the call's directory.
            kept: those of them that are moved below `.kept`.
        """
        directory, aside = self.directory(call_id), self.root / _KEPT / checked_name(call_id)
        damaged = set(kept)
        for name in journals:
            if name in damaged:
                aside.mkdir(mode=0o700, parents=True, exist_ok=True)
                (directory / name).rename(aside / name)
            else:
                (directory / name).unlink(missing_ok=True)
        self.leave(call_id)

    def leave(self, call_id: str) -> None:
        """Remove the call's directory unless a journal lies in it."""
        directory = self.directory(call_id)
        if directory.is_dir() and not any(JournalName.parse(path.name) for path in directory.iterdir()):
            shutil.rmtree(directory, ignore_errors=True)

    def delete(self, call_id: str) -> None:
        """Remove everything of a call."""
        for folder in (self.directory(call_id), self.root / _KEPT / checked_name(call_id)):
            shutil.rmtree(folder, ignore_errors=True)


def _is_name(name: str) -> bool:
    try:
        checked_name(name)
    except InvalidNameError:
        return False
    return True
