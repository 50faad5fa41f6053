"""At most one helper for a person and desktop, and the file that starts it with the login."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class AlreadyRunningError(Exception):
    """Another helper of this person is running."""


class Instance:
    """Held while the helper runs; the kernel lets it go when the process ends, however it ends."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file: IO[str] = open(str(folder / "lock"), "a", encoding="utf-8")  # noqa: SIM115 - held until `close`
        try:
            _lock(self._file.fileno())
        except OSError:
            self._file.close()
            raise AlreadyRunningError from None

    def close(self) -> None:
        """Let the next one start."""
        self._file.close()


def _lock(descriptor: int) -> None:
    if os.name == "nt":
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def autostart_entry(command: Sequence[str]) -> str:
    """Return the `.desktop` file that starts the command with the session (freedesktop.org Autostart)."""
    words = " ".join(_quoted(word) for word in command)
    return (
        "[Desktop Entry]\nType=Application\nName=Bangban Helper\nName[zh_CN]=帮办助手\n"
        f"Comment=Lets a specialist help on this PC\nExec={words}\nTerminal=false\n"
        "X-GNOME-Autostart-enabled=true\n"
    )


def write_autostart(command: Sequence[str]) -> Path:
    """Start the command with each login from now on; return the file that says so."""
    folder = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "autostart"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "bangban-helper.desktop"
    path.write_text(autostart_entry(command), encoding="utf-8")
    return path


def _quoted(word: str) -> str:
    """Quote a word as the Desktop Entry Specification asks ("The Exec key")."""
    escaped = "".join(f"\\{one}" if one in '"`$\\' else one for one in word).replace("%", "%%")
    quoted = f'"{escaped}"' if escaped != word or shlex.quote(word) != word else word
    return quoted.replace("\\", "\\\\")  # and once more as every string of such a file
