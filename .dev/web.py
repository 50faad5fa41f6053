"""The web client's packages and build, each done only when what it is made from has changed."""

import os
from collections.abc import Iterator
from pathlib import Path

import node
from environment import clean_environ
from paths import WEB, WEB_DIST
from steps import fingerprint, is_done, note_done, run, timed_run

_NOT_INPUT = {"node_modules", "dist", "tests", "coverage", ".vite", "test-results"}


def ensure_built() -> None:
    """Make `web_client/dist` the build of the sources as they are."""
    mark = fingerprint([], _inputs(WEB))
    if is_done("web-build", mark) and (WEB_DIST / "index.html").is_file():
        return
    env = ensure_packages()
    timed_run("building the web client", ["npm", "run", "--silent", "build"], cwd=WEB, env=env)
    note_done("web-build", fingerprint([], _inputs(WEB)))


def ensure_packages() -> dict[str, str]:
    """Install the locked npm packages; return the environment in which npm is to be run."""
    chosen = node.choose()
    env = npm_environ(chosen)
    mark = fingerprint([chosen.version], [WEB / "package.json", WEB / "package-lock.json"])
    if not (is_done("npm-packages", mark) and (WEB / "node_modules").is_dir()):
        # --ignore-scripts: no package may compile or download anything of its own.
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        timed_run(
            f"fetching the web client's npm packages (node {chosen.version})", command, cwd=WEB, env=env
        )
        note_done("npm-packages", mark)
    return env


def check() -> None:
    """Run the web client's own linters and unit tests."""
    env = ensure_packages()
    for script in ("lint", "type-check", "test"):
        run(["npm", "run", "--silent", "--if-present", script], cwd=WEB, env=env)


def npm_environ(chosen: node.Node) -> dict[str, str]:
    """Return the environment for npm: the caller's settings, with the chosen Node.js first on PATH."""
    env = clean_environ()
    env["PATH"] = f"{chosen.bin_folder}{os.pathsep}{env['PATH']}"
    env.setdefault("NPM_CONFIG_UPDATE_NOTIFIER", "false")
    return env


def _inputs(folder: Path) -> Iterator[Path]:
    for entry in os.scandir(folder):
        if entry.is_dir(follow_symlinks=False):
            if entry.name not in _NOT_INPUT:
                yield from _inputs(Path(entry.path))
        elif not entry.name.endswith((".log", ".tsbuildinfo")):
            yield Path(entry.path)
