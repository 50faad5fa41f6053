"""`./dev`: set up this checkout, then run, test, measure or check it."""

import os
import sys
import textwrap
from collections.abc import Sequence
from typing import Final

import checks
import environment
import helper
import lock
import web
from paths import ROOT, VENV
from steps import StepError, say

HELP: Final = """\
Usage: ./dev COMMAND [ARGUMENTS]

  run [OPTIONS]        set up what is missing, then run the demo; --help lists the options
  test                 everything: linters, the web client's tests, pytest (Debian packages as root or in CI)
  test quick [ARGS]    only what needs no Debian package
  test ARGS            pytest with these arguments
  bench NAME [--json]  one benchmark (soak: --calls N, network: --row NAME):
                       {benchmarks}
  lint                 ruff, mypy and import-linter
  bangban ARGS         set up what is missing, then the `bangban` command itself
  helper [FOLDER]      pack the counter PC's program, bangban-helper.pyz (default build/), and say its SHA-256
  setup                set up what is missing and stop
  lock [--upgrade]     remake the lock files after a change of dependencies

Needs git and Python >= 3.11, no root and no compiler; packages go into .venv and web_client/node_modules.
pip's, npm's, proxy and certificate settings of yours are used as they are.
"""


def main(arguments: Sequence[str]) -> int:
    """Run one command and return its exit status."""
    command, rest = (arguments[0], list(arguments[1:])) if arguments else ("--help", [])
    match command:
        case "run":
            return _start(["run", *rest])
        case "bangban":
            return _start(rest)
        case "setup":
            _set_up()
        case "helper":
            helper.pack(rest)
        case "test":
            checks.test(rest)
        case "bench":
            checks.bench(rest)
        case "lint":
            checks.lint()
        case "lock":
            lock.relock(upgrade="--upgrade" in rest)
        case "-h" | "--help" | "help":
            print(_help(), end="")
        case _:
            print(f"./dev knows no command {command!r}.\n\n{_help()}", end="", file=sys.stderr)
            return 2
    return 0


def _help() -> str:
    names = textwrap.wrap(", ".join(checks.benchmarks()), width=75)
    return HELP.format(benchmarks=f"\n{' ' * 23}".join(names))


def _set_up() -> None:
    environment.ensure(tests=False)
    web.ensure_built()


def _start(arguments: Sequence[str]) -> int:
    """Become the `bangban` command, so that signals reach it directly."""
    _set_up()
    program = str(VENV / "bin" / "bangban")
    os.chdir(ROOT)
    os.execve(program, [program, *arguments], environment.clean_environ())


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except StepError as failure:
        say(str(failure))
        sys.exit(failure.status)
    except KeyboardInterrupt:
        sys.exit(130)
