"""The Debian packages `./dev test` installs: all that the tests start is in them, by apt's names."""

import ast
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from fnmatch import fnmatch
from pathlib import Path
from types import ModuleType
from typing import Final

import pytest

from tests.conftest import SYSTEM_FIXTURES, SYSTEM_FOLDERS
from tests.support.chromium import CHROMIUM

ROOT: Final = Path(__file__).parents[2]
STARTERS: Final = {"run", "Popen", "check_call", "check_output", "create_subprocess_exec", "program", "which"}
"""Functions whose first argument names a program or begins a command line."""
HAS_EVERY_DEBIAN: Final = {"sh", "nice", "unshare", "runuser"}
STARTS_A_BROWSER: Final = {"async_playwright", "sync_playwright", "chromium", "firefox", "puppet", "launch"}
"""Names whose import lets a module start a browser without a fixture that marks its tests."""
FETCHED_BY_DEV: Final = {"node", "npm"}
MADE_UP: Final = {"/usr/bin/apt-get", "/usr/lib/libx.so"}
"""Paths in tests that nobody opens."""


@pytest.fixture(scope="module")
def packages() -> Iterator[ModuleType]:
    """The script of `.dev`, which is no package of the product."""
    sys.path.insert(0, str(ROOT / ".dev"))
    import packages

    yield packages
    sys.path.remove(str(ROOT / ".dev"))


def sources() -> Iterator[str]:
    for file in (ROOT / "tests").rglob("*.py"):
        if "node_modules" not in file.parts:
            yield file.read_text()


def started_programs(tree: ast.AST) -> Iterator[str]:
    """Yield the first words of the command lines a module writes down, and programs it looks for."""
    for node in ast.walk(tree):
        words: ast.expr | None = None
        match node:
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in STARTERS:
                words = next(iter(node.args), None)
            case ast.Assign(targets=[ast.Name(id="command" | "prefix" | "words")], value=value):
                words = value
            case ast.FunctionDef(name="command"):
                words = next((part.value for part in ast.walk(node) if isinstance(part, ast.Return)), None)
        match words:
            case ast.Constant(value=str(word)) | ast.List(elts=[ast.Constant(value=str(word)), *_]):
                yield word


def test_every_program_a_test_starts_is_in_a_declared_package(packages: ModuleType) -> None:
    started = {word for source in sources() for word in started_programs(ast.parse(source))}
    assert {"ip", "Xvfb", "redis-server", "janus", "npm"} <= started, "the search has become blind"
    declared = {Path(package.shown_by).name for package in packages.PACKAGES}
    assert started - declared - HAS_EVERY_DEBIAN - FETCHED_BY_DEV == set()


def test_every_path_of_the_system_in_tests_is_in_a_declared_package(packages: ModuleType) -> None:
    literal = re.compile(r'"(/(?:usr|lib|bin|sbin)/[^"\s{]+)"')
    texts = [*sources(), Path(CHROMIUM).read_text()]
    found = {path for text in texts for path in literal.findall(text)}
    assert {"/usr/bin/chromium", "/usr/bin/firefox-esr", "/usr/lib/postgresql"} <= found
    shown = [package.shown_by for package in packages.PACKAGES]
    assert {
        path
        for path in found - MADE_UP
        if not any(fnmatch(path, pattern) or pattern.startswith(f"{path}/") for pattern in shown)
    } == set()


def test_every_package_that_marks_name_is_declared(packages: ModuleType) -> None:
    marked = {*SYSTEM_FIXTURES.values(), *SYSTEM_FOLDERS.values()}
    for source in sources():
        for names in re.findall(r"mark\.system\(([^)*]+)\)", source):
            marked |= set(ast.literal_eval(f"[{names}]"))
    assert {"iproute2", "xvfb", "coturn"} <= marked
    assert marked <= {package.name for package in packages.PACKAGES}


def imported_names(tree: ast.AST) -> set[str]:
    return {alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names}


def test_every_module_that_starts_a_browser_is_marked() -> None:
    starting = {
        file.relative_to(ROOT / "tests"): file.read_text()
        for file in (ROOT / "tests").rglob("test_*.py")
        if imported_names(ast.parse(file.read_text())) & STARTS_A_BROWSER
    }
    assert Path("signaling/live/test_six_on_a_page.py") in starting, "the search has become blind"
    unmarked = {
        str(path)
        for path, source in starting.items()
        if not SYSTEM_FOLDERS.keys() & set(path.parts)
        and "mark.system" not in source
        and not any(f"def {fixture}(" in source for fixture in SYSTEM_FIXTURES)
    }
    assert unmarked == set()


OFFERED: Final = {
    "libavcodec": """\
libavcodec-extra59 - FFmpeg library with additional de/encoders for audio/video codecs
libavcodec59 - FFmpeg library with de/encoders for audio/video codecs - runtime files
""",
    "janus": """\
janus - general purpose WebRTC server (gateway)
""",
}
"""What Debian 12's apt-cache answers; `janus` is not in Debian 13, whose libavcodec has a higher number."""


@pytest.mark.parametrize(
    ("lists", "names"),
    [
        ("of Debian 12", "coturn libavcodec59 janus"),
        ("of Debian 13", "coturn libavcodec61"),
        ("not fetched yet", "coturn '^libavcodec[0-9]+$' janus"),  # apt-get takes the expression too
    ],
)
def test_the_line_to_run_names_what_this_debian_offers(
    lists: str, names: str, packages: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = OFFERED | ({"janus": ""} if lists == "of Debian 13" else {})
    cases = "".join(f"*{name}*) /bin/cat <<'END'\n{answer}END\n;;\n" for name, answer in answers.items())
    if lists == "of Debian 13":
        cases = cases.replace("59", "61")
    apt_cache = tmp_path / "apt-cache"
    apt_cache.write_text(f'#!/bin/sh\ncase "$3" in\n{cases}esac\n')
    apt_cache.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(packages, "LISTS", "/nonexistent/*" if lists == "not fetched yet" else str(apt_cache))
    absent = [replace(package, shown_by="/nonexistent/file") for package in packages.PACKAGES]
    wanted = ("coturn", "^libavcodec[0-9]+$", "janus")
    chosen = [next(package for package in absent if package.name == name) for name in wanted]
    monkeypatch.setattr(packages, "PACKAGES", chosen)
    with pytest.raises(packages.StepError) as refused:
        packages.ensure()
    assert refused.value.status == 2
    line = f"sudo apt-get update && sudo apt-get install -y --no-install-recommends {names}\n"
    assert line in str(refused.value)
