"""Keeps a key from staying down when the helper dies: a second process that knows what is pressed.

The helper writes one line into its pipe before each press and after each release. When the pipe ends while
something is down, or the helper says nothing for `SILENCE_S`, the watchdog releases it. It has a connection
of its own to the desktop, made before the first key.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

from web_client.helper.effects import Button, Key

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from web_client.helper.injector import Injector

SILENCE_S = 2.0
BEAT_S = 0.5
START_S = 15.0
_READY = b"ready\n"


class WatchdogLostError(Exception):
    """The watchdog has ended or does not read: nothing may be pressed any more."""


def write_line(what: Key | Button, is_down: bool) -> bytes:
    """Return the journal's line for a press or release."""
    name = f"b{what.value}" if isinstance(what, Button) else f"k{what.code}"
    return f"{'+' if is_down else '-'}{name}\n".encode()


def read_line(line: bytes) -> tuple[Key | Button, bool] | None:
    """Return what a line says is down or up; None for a beat."""
    if line == b".":
        return None
    name = line[2:].decode()
    return Button(int(name)) if line[1:2] == b"b" else Key(name), line[:1] == b"+"


class Journal:
    """What is down, as the lines read so far say."""

    def __init__(self) -> None:
        self._rest = b""
        self.down: list[Key | Button] = []

    def feed(self, data: bytes) -> None:
        """Take what came out of the pipe; a line may come in parts."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            noted = read_line(line)
            if noted is None:
                continue
            what, is_down = noted
            if is_down:
                self.down.append(what)
            elif what in self.down:
                self.down.remove(what)


def watch(source: int, release: Callable[[Key | Button], None]) -> None:
    """Read the journal from a descriptor until it ends, and release what stays down."""
    journal = Journal()
    while True:
        ready, _, _ = select.select([source], [], [], SILENCE_S if journal.down else None)
        data = os.read(source, 65_536) if ready else b""
        journal.feed(data)
        if not data:
            for what in reversed(journal.down):
                release(what)
            journal.down.clear()
            if ready:
                return


def main(open_injector: Callable[[], Injector]) -> int:
    """Be the watchdog; standard input is the journal."""
    for number in (signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])):
        signal.signal(number, signal.SIG_IGN)  # it ends when the helper has, and not before
    injector = open_injector()
    os.write(1, _READY)
    watch(0, injector.release)
    return 0


class Watchdog:
    """The helper's end; `close` must follow.

    Args:
        command: starts the watchdog.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self._command = list(command)
        self._process: subprocess.Popen[bytes] | None = None
        self._beat_at = 0.0
        self._start()

    def pressing(self, what: Key | Button) -> None:
        """Note a press that is about to happen; raise `WatchdogLostError` when nobody notes it."""
        self._write(write_line(what, True))

    def released(self, what: Key | Button) -> None:
        """Note a release that has happened; without a watchdog there is nothing to note."""
        with contextlib.suppress(WatchdogLostError):
            self._write(write_line(what, False))

    def beat(self, now: float) -> None:
        """Say that the helper lives; raise `WatchdogLostError` when the watchdog does not."""
        if now >= self._beat_at:
            self._beat_at = now + BEAT_S
            self._write(b".\n")

    def next_deadline(self) -> float:
        """Return when `beat` is due."""
        return self._beat_at

    def restart(self) -> None:
        """Start another one in place of one that was lost."""
        self.close()
        self._start()

    def close(self) -> None:
        """Let the watchdog release what is down and end."""
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None, "made with a pipe"
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
        try:
            process.wait(2)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _start(self) -> None:
        process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True, bufsize=0
        )
        self._process = process
        assert process.stdin is not None, "made with a pipe"
        assert process.stdout is not None, "made with a pipe"
        ready, _, _ = select.select([process.stdout], [], [], START_S)
        said = process.stdout.read(len(_READY)) if ready else b""
        process.stdout.close()
        if said != _READY:
            process.kill()
            self.close()
            raise WatchdogLostError("The watchdog did not start; without it nothing is controlled.")
        os.set_blocking(process.stdin.fileno(), False)

    def _write(self, line: bytes) -> None:
        if self._process is None or self._process.stdin is None:
            raise WatchdogLostError("There is no watchdog.")
        try:
            written = os.write(self._process.stdin.fileno(), line)
        except (BrokenPipeError, BlockingIOError, ValueError):
            written = 0
        if written != len(line):
            raise WatchdogLostError("The watchdog has ended or does not read.")


def own_command(*words: str) -> list[str]:
    """Return a command line that runs this very program, packed or not, with other words."""
    program = sys.argv[0] if sys.argv[0].endswith(".pyz") else ""
    start = [sys.executable, program] if program else [sys.executable, "-m", "web_client.helper"]
    return [*start, *words]
