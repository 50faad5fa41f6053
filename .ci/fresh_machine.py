"""What CI checks: the README's commands, on a Debian that has nothing but git and Python.

1. `./dev run` and `./dev test quick` as an ordinary user: neither needs a Debian package. Of the quick
   tests those that start the whole service or look at the machine: to the others all users are alike.
2. `./dev test` as root. It installs what it declares, so a codec, a font or a program that only happens to be
   on developers' machines fails it.

Where no minimal root can be made the log says why, and the whole suite runs on the machine itself.
"""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Final, NamedTuple

from first_start import starts_twice
from minimal_root import CLERK, PROJECT, ROOT, CannotMakeError, MinimalRoot, User, minimal_root

_CLOSING_LINE: Final = re.compile(r"\d+ (passed|failed|errors?)\b.* in [0-9.]+s")


_AT_THE_MACHINE: Final = ("platform", "support")
_QUICK: Final = " ".join(("./dev test quick", *(f"tests/{folder}" for folder in _AT_THE_MACHINE)))


class Suite(NamedTuple):
    """How `./dev test` ended.

    Attributes:
        command: what ran, and where.
        status: its exit status.
        closing_lines: pytest's own sums, one of each time that it ran.
    """

    command: str
    status: int
    closing_lines: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether tests ran and nothing failed."""
        return self.status == 0 and self.closing_lines != ()


def main() -> int:
    """Return the exit status."""
    with ExitStack() as stack:
        try:
            with _announced("a minimal Debian root is made"):
                root = stack.enter_context(minimal_root())
        except CannotMakeError as reason:
            print(f"None can be made here, so the suite runs on this machine: {reason}", flush=True)
            return _concluded(None, [_on_this_machine("./dev test")])
        with _announced("./dev run in the minimal root"):
            started = starts_twice(root)
        suites = [_inside(root, CLERK, _QUICK), _inside(root, ROOT, "./dev test")]
        return _concluded(started, suites)


def _concluded(started: bool | None, suites: Sequence[Suite]) -> int:
    """Sum up, the last suite's closing line last; return the exit status."""
    word = {True: "passed", False: "failed", None: "could not be tried"}
    print(f"\n== ./dev run in a minimal Debian root: {word[started]}")
    for suite in suites:
        print(f"== {suite.command}: {word[suite.passed]} with status {suite.status}; pytest said:")
        print("\n".join(suite.closing_lines) or "nothing: no test ran", flush=True)
    return 0 if started is not False and all(suite.passed for suite in suites) else 1


def _inside(root: MinimalRoot, user: User, command: str) -> Suite:
    words = root.command(user, f"exec {command}", {"CI": "true"})
    return _suite(f"{command} in the minimal root as {user.name}", words, os.environ)


def _on_this_machine(command: str) -> Suite:
    return _suite(f"{command} on this machine", command.split(), os.environ | {"CI": "true"})


def _suite(what: str, words: Sequence[str], environ: Mapping[str, str]) -> Suite:
    """Run it and pass on every line it says."""
    closing_lines = []
    with (
        _announced(what),
        subprocess.Popen(
            words,
            cwd=PROJECT,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as process,
    ):
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            if _CLOSING_LINE.search(line):
                closing_lines.append(line.strip())
    return Suite(what, process.returncode, tuple(closing_lines))


@contextmanager
def _announced(what: str) -> Iterator[None]:
    print(f"\n== {what}", flush=True)
    started = time.monotonic()
    try:
        yield
    finally:
        print(f"== {what}: took {time.monotonic() - started:.0f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main())
