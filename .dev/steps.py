"""Say what is being done, run it, and remember by a stamp that it need not be done again."""

import hashlib
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from paths import ROOT, STAMPS


class StepError(Exception):
    """A step failed; the message is a sentence for the person at the terminal.

    Attributes:
        status: exit status the command should end with.
    """

    def __init__(self, message: str, status: int = 1) -> None:
        super().__init__(message)
        self.status = status


def say(sentence: str) -> None:
    """Print one line of progress, before the work it announces."""
    print(f"▸ {sentence}", file=sys.stderr, flush=True)


def run(command: Sequence[str | Path], *, cwd: Path = ROOT, env: Mapping[str, str] | None = None) -> None:
    """Run a command with its output on the terminal; raise `StepError` when it fails."""
    words = [str(word) for word in command]
    status = subprocess.run(words, cwd=cwd, env=env, check=False).returncode
    if status != 0:
        raise StepError(f"`{shlex.join(words)}` ended with status {status}; its own words are above.")


def timed_run(
    sentence: str, command: Sequence[str | Path], *, cwd: Path = ROOT, env: Mapping[str, str]
) -> None:
    """Announce a command, run it and say how long it took."""
    say(sentence)
    started = time.monotonic()
    run(command, cwd=cwd, env=env)
    say(f"done in {time.monotonic() - started:.0f} s")


def fingerprint(parts: Iterable[str], files: Iterable[Path] = ()) -> str:
    """Return a digest over strings and the names and contents of files, in a stable order."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.encode() + b"\0")
    for file in sorted(files):
        digest.update(str(file.relative_to(ROOT)).encode() + b"\0")
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def is_done(name: str, mark: str) -> bool:
    """Return whether the step of that name was finished for exactly this mark."""
    try:
        return (STAMPS / name).read_text() == mark
    except FileNotFoundError:
        return False


def note_done(name: str, mark: str) -> None:
    """Remember that a step is finished; replaces what was remembered."""
    STAMPS.mkdir(parents=True, exist_ok=True)
    temporary = STAMPS / f".{name}.{os.getpid()}"
    temporary.write_text(mark)
    temporary.replace(STAMPS / name)
