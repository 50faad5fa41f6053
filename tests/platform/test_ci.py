"""What `.ci/run` concludes: nothing tested is nothing passed, with a minimal Debian root or without one."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Final

import pytest

SCRIPTS: Final = str(Path(__file__).parents[2] / ".ci")


@pytest.fixture(scope="module")
def ci() -> Iterator[ModuleType]:
    """The script behind `.ci/run`, which is no package of the product."""
    sys.path.insert(0, SCRIPTS)
    import fresh_machine

    yield fresh_machine
    sys.path.remove(SCRIPTS)


class FakeRoot:
    """A minimal root in which `./dev test` is the given script."""

    def __init__(self, script: str) -> None:
        self._script = script

    def command(self, *_: object) -> list[str]:
        return ["sh", "-c", self._script]


def conclude(ci: ModuleType, monkeypatch: pytest.MonkeyPatch, script: str, *, started: bool = True) -> int:
    @contextmanager
    def minimal_root() -> Iterator[FakeRoot]:
        yield FakeRoot(script)

    monkeypatch.setattr(ci, "minimal_root", minimal_root)
    monkeypatch.setattr(ci, "starts_twice", lambda _: started)
    return int(ci.main())


def test_the_whole_of_dev_test_is_run(ci: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """With arguments it is pytest alone: linters and the web client's own tests would be left out."""
    given: list[object] = []
    monkeypatch.setattr(FakeRoot, "command", lambda _, *words: given.extend(words) or ["sh", "-c", PASSED])
    assert conclude(ci, monkeypatch, "") == 0
    assert [word for word in given if str(word).rstrip().endswith("./dev test")]


PASSED: Final = "echo '= 2 passed, 1 warning in 3.21s (0:00:03) ='"


@pytest.mark.parametrize(
    ("script", "started", "status"),
    [
        (PASSED, True, 0),
        (PASSED, False, 1),
        (f"{PASSED}; exit 1", True, 1),
        ("echo '= 1 failed, 2 passed in 3.21s ='; exit 1", True, 1),
        ("echo '= no tests ran in 0.01s ='", True, 1),
        ("true", True, 1),
    ],
)
def test_only_tests_that_ran_and_passed_after_both_starts_pass(
    ci: ModuleType, monkeypatch: pytest.MonkeyPatch, script: str, started: bool, status: int
) -> None:
    assert conclude(ci, monkeypatch, script, started=started) == status


def test_pytests_closing_line_closes_the_log(
    ci: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    conclude(ci, monkeypatch, f"{PASSED}; echo more")
    assert capsys.readouterr().out.splitlines()[-1] == "= 2 passed, 1 warning in 3.21s (0:00:03) ="


@pytest.mark.parametrize(("script", "status"), [(PASSED, 0), (f"{PASSED}; exit 1", 1), ("true", 1)])
def test_where_no_root_can_be_made_the_suite_runs_on_the_machine_and_the_log_says_so(
    ci: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    script: str,
    status: int,
) -> None:
    @contextmanager
    def minimal_root() -> Iterator[FakeRoot]:
        raise ci.CannotMakeError("there is no reason.")
        yield

    dev = tmp_path / "dev"
    dev.write_text(f'#!/bin/sh\n[ "$1 $CI" = "test true" ] || exit 9\n{script}\n')
    dev.chmod(0o755)
    monkeypatch.setattr(ci, "minimal_root", minimal_root)
    monkeypatch.setattr(ci, "PROJECT", tmp_path)
    assert ci.main() == status
    said = capsys.readouterr().out
    assert "so the suite runs on this machine: there is no reason." in said
    assert "./dev run in a minimal Debian root: could not be tried" in said
