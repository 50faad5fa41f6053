"""What CI checks: the README's two commands, each on a Debian that has nothing but git and Python.

The whole suite runs once, and there: `./dev test` installs what it declares into a minimal root, so a codec,
a font or a program that only happens to be on developers' machines fails it. Where no such root can be made
the log says why, and the suite runs on the machine itself.
"""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Final, NamedTuple

from first_start import starts_twice
from minimal_root import PROJECT, ROOT, CannotMakeError, MinimalRoot, minimal_root

_CLOSING_LINE: Final = re.compile(r"\d+ (passed|failed|errors?)\b.* in [0-9.]+s")


class Suite(NamedTuple):
    """How `./dev test` ended.

    Attributes:
        status: its exit status.
        closing_line: pytest's own sum; None when it came to none.
    """

    status: int
    closing_line: str | None

    @property
    def passed(self) -> bool:
        """Whether tests ran and nothing failed."""
        return self.status == 0 and self.closing_line is not None


def main() -> int:
    """Return the exit status."""
    with ExitStack() as stack:
        root = _root(stack)
        started = root is None or _started(root)
        suite = _tested(root)
    print(f"\n== ./dev run in a minimal Debian root: {_word(started) if root else 'could not be tried'}")
    where = "a minimal Debian root" if root else "this machine"
    print(f"== ./dev test on {where}: {_word(suite.passed)} (status {suite.status}); pytest said:")
    print(suite.closing_line or "nothing: no test ran", flush=True)
    return 0 if started and suite.passed else 1


def _root(stack: ExitStack) -> MinimalRoot | None:
    try:
        with _announced("a minimal Debian root is made"):
            return stack.enter_context(minimal_root())
    except CannotMakeError as reason:
        print(f"None can be made here, so the suite runs on this machine: {reason}", flush=True)
        return None


def _started(root: MinimalRoot) -> bool:
    with _announced("./dev run in the minimal root"):
        return starts_twice(root)


def _tested(root: MinimalRoot | None) -> Suite:
    if root is None:
        with _announced("./dev test on this machine"):
            return _suite([str(PROJECT / "dev"), "test"], os.environ | {"CI": "true"})
    with _announced("./dev test in the minimal root"):
        return _suite(root.command(ROOT, "exec ./dev test", {"CI": "true"}), os.environ)


def _suite(command: Sequence[str], environ: "os._Environ[str] | dict[str, str]") -> Suite:
    """Run it and pass on every line it says."""
    closing_line = None
    with subprocess.Popen(
        command,
        cwd=PROJECT,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            if _CLOSING_LINE.search(line):
                closing_line = line.strip()
    return Suite(process.returncode, closing_line)


@contextmanager
def _announced(what: str) -> Iterator[None]:
    print(f"\n== {what}", flush=True)
    started = time.monotonic()
    try:
        yield
    finally:
        print(f"== {what}: took {time.monotonic() - started:.0f} s", flush=True)


def _word(passed: bool) -> str:
    return "passed" if passed else "failed"


if __name__ == "__main__":
    sys.exit(main())
