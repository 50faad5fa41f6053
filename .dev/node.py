"""Choose the Node.js that builds the web client: the system's when it fits, else PyPI's in `.venv`.

Covers the part of npm's version ranges that `engines` fields use: `||`, several comparators joined by
spaces, `^`, `~`, `>=`, `>`, `<=`, `<`, `=`, and partial versions as ranges. Deliberately not covered:
pre-releases and hyphen ranges.
"""

import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from environment import clean_environ, ensure_node_wheel
from paths import VENV, WEB
from steps import StepError, say

Version = tuple[int, int, int]

_COMPARATOR = re.compile(r"(\^|~|>=|<=|>|<|=)?\s*v?(\d+|[xX*])(?:\.(\d+|[xX*]))?(?:\.(\d+|[xX*]))?")


@dataclass(frozen=True, slots=True)
class Node:
    """A Node.js with its npm; `bin_folder` goes first on PATH for both."""

    version: str
    bin_folder: Path


def choose() -> Node:
    """Return a Node.js that satisfies the web client's `engines`, installing PyPI's when none does."""
    wanted = str(json.loads((WEB / "package.json").read_text()).get("engines", {}).get("node", "*"))
    found = _in_folder(_system_folder())
    if found and satisfies(_parse(found.version), wanted):
        return found
    have = f"node {found.version}" if found else "no node with npm"
    say(f"this machine has {have}, the web client wants {wanted}: using Node.js from PyPI")
    ensure_node_wheel()
    node = _in_folder(VENV / "bin")
    if node is None or not satisfies(_parse(node.version), wanted):
        raise StepError(f"Node.js from PyPI does not fit `{wanted}`; install a fitting Node.js and npm.")
    return node


def satisfies(version: Version, wanted: str) -> bool:
    """Return whether a version lies in a range of npm's notation."""
    alternatives = wanted.split("||")
    return any(all(_holds(version, match) for match in _COMPARATOR.finditer(part)) for part in alternatives)


def _holds(version: Version, comparator: re.Match[str]) -> bool:
    operator = comparator[1] or "="
    given = [int(part) for part in comparator.groups()[1:] if part is not None and part.isdigit()]
    low: Version = _padded(given)
    match operator:
        case ">=":
            return version >= low
        case "<":
            return version < low
        case ">":
            return version >= _next(given) if len(given) < 3 else version > low
        case "<=":
            return version < _next(given) if len(given) < 3 else version <= low
        case "^":
            kept = next((i for i, part in enumerate(given) if part), len(given) - 1) + 1
            return low <= version < _next(given[:kept])
        case "~":
            return low <= version < _next(given[:2])
        case _:
            return low <= version < _next(given)


def _padded(given: list[int]) -> Version:
    first, second, third = (*given, 0, 0, 0)[:3]
    return (first, second, third)


def _next(given: list[int]) -> Version:
    """Return the first version above everything that starts with the given parts."""
    if not given:
        return (10**9, 0, 0)
    return _padded([*given[:-1], given[-1] + 1])


def _parse(version: str) -> Version:
    return _padded([int(part) for part in re.findall(r"\d+", version)])


def _system_folder() -> Path | None:
    node = shutil.which("node")
    return Path(node).parent if node else None


def _in_folder(folder: Path | None) -> Node | None:
    """Return the Node.js of a folder if it runs and has npm."""
    if folder is None or not (folder / "npm").exists():
        return None
    try:
        answer = subprocess.run(
            [folder / "node", "--version"], capture_output=True, text=True, env=clean_environ(), check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return Node(answer.stdout.strip().removeprefix("v"), folder)
