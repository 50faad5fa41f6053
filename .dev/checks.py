"""What `./dev test`, `./dev lint` and `./dev bench` run, in order."""

import runpy
import subprocess
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final

import environment
import node
import packages
import web
from paths import ROOT, VENV
from steps import StepError, run, say

_BIN = VENV / "bin"

_LINTERS: tuple[tuple[str, ...], ...] = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("mypy",),
    ("lint-imports", "--no-cache"),
)

_TWO_AT_A_TIME: Final = ("--numprocesses=2", "--dist=loadgroup")
"""For what is not `alone`: beside browsers, tests of what comes in time would compete for the machine."""


def lint() -> None:
    """Run every Python linter, all of them even if one fails; raise `StepError` naming those that did."""
    environment.ensure(tests=True)
    failed = []
    for command in _LINTERS:
        say(" ".join(command))
        words = [str(_BIN / command[0]), *command[1:]]
        if subprocess.run(words, cwd=ROOT, env=environment.clean_environ(), check=False).returncode != 0:
            failed.append(" ".join(command))
    if failed:
        raise StepError(f"not clean: {', '.join(failed)}.")


def test(arguments: Sequence[str]) -> None:
    """Run the whole suite, the quick part of it, or what pytest's arguments choose."""
    if arguments[:1] == ["quick"]:
        environment.ensure(tests=True)
        _pytest([*_TWO_AT_A_TIME, "-m", "not system", *arguments[1:]])
        return
    packages.ensure()
    environment.ensure(tests=True)
    web.ensure_built()
    if arguments:
        _pytest(arguments)
        return
    with ThreadPoolExecutor() as at_once:  # each of them keeps one processor busy
        problems = [problem for found in at_once.map(_attempt, (lint, _check_web)) for problem in found]
    for marks in ([*_TWO_AT_A_TIME, "-m", "not alone"], ["-m", "alone"]):
        problems += _attempt(partial(_pytest, marks))
    if problems:
        raise StepError("\n".join(problems))


def benchmarks() -> list[str]:
    """Return the names `bench` takes."""
    names: Callable[[], list[str]] = runpy.run_path(str(ROOT / "tests" / "bench" / "_names.py"))["names"]
    return names()


def bench(arguments: Sequence[str]) -> None:
    """Run one benchmark; its result goes to standard output, everything else to standard error."""
    environment.ensure(tests=True)
    web.ensure_built()
    run([_BIN / "python", "-m", "tests.bench", *arguments], env=environment.clean_environ())


def _check_web() -> None:
    say("linters and unit tests of the web client")
    web.check()


def _pytest(arguments: Sequence[str]) -> None:
    command = [str(_BIN / "python"), "-m", "pytest", *arguments]
    # Some tests ask programs for Node.js: they find the one that builds the web client.
    env = web.npm_environ(node.choose())
    status = subprocess.run(command, cwd=ROOT, env=env, check=False).returncode
    if status != 0:
        raise StepError(f"pytest ended with status {status}.", status=status)


def _attempt(step: Callable[[], None]) -> list[str]:
    """Run a step; return what it failed with, so that the steps after it are still run."""
    try:
        step()
    except StepError as error:
        return [str(error)]
    return []
