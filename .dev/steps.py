"""Say what is being done, run it, and remember by a stamp that it need not be done again."""

import hashlib
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TextIO

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


def run(
    command: Sequence[str | Path],
    *,
    cwd: Path = ROOT,
    env: Mapping[str, str] | None = None,
    output: TextIO | None = None,
) -> None:
    """Run a command with its output on the terminal, or where told; raise `StepError` when it fails."""
    words = [str(word) for word in command]
    status = subprocess.run(words, cwd=cwd, env=env, check=False, stdout=output).returncode
    if status != 0:
        raise StepError(f"`{shlex.join(words)}` ended with status {status}; its own words are above.")


def timed_run(
    sentence: str, command: Sequence[str | Path], *, cwd: Path = ROOT, env: Mapping[str, str]
) -> None:
    """Announce a command of the set-up, run it and say how long it took; standard output stays clean."""
    say(sentence)
    started = time.monotonic()
    run(command, cwd=cwd, env=env, output=sys.stderr)
    say(f"done in {time.monotonic() - started:.0f} s")


def counted_run(
    sentence: str, command: Sequence[str | Path], *, prefix: str, total: int, env: Mapping[str, str]
) -> None:
    """Run pip, which says one line for each of `total` packages, and show how far it is.

    Args:
        prefix: how such a line begins; the word after it is the package's name.
    """
    say(sentence)
    started = time.monotonic()
    words = [str(word) for word in command]
    kept: list[str] = []
    done = 0
    with subprocess.Popen(words, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            kept.append(line)
            if line.startswith(prefix):
                done += 1
                _show_progress(done, total, line.removeprefix(prefix).split()[0])
    if process.returncode != 0:
        print("".join(kept[-20:]), end="", file=sys.stderr)
        raise StepError(f"pip ended with status {process.returncode}; its own words are above.")
    say(f"done in {time.monotonic() - started:.0f} s")


def _show_progress(done: int, total: int, name: str) -> None:
    """Rewrite one line on a terminal; in a log, write one now and then."""
    line = f"  {done}/{total} {name}"
    if sys.stderr.isatty():
        print(f"\r{line[:70]:<70}", end="\n" if done == total else "", file=sys.stderr, flush=True)
    elif done % 10 == 0 or done == total:
        print(line, file=sys.stderr, flush=True)


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
