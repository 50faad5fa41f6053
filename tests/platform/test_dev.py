"""`./dev`: which Node.js fits, what it says when packages are missing, and its own help."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bench._names import names

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True, scope="module")
def scripts_behind_dev() -> Iterator[None]:
    """Let this module import the scripts of `.dev`, which are no package of the product."""
    sys.path.insert(0, str(ROOT / ".dev"))
    yield
    sys.path.remove(str(ROOT / ".dev"))


@pytest.mark.parametrize(
    ("version", "wanted", "fits"),
    [
        ((20, 19, 0), ">=20.19", True),
        ((20, 18, 9), ">=20.19", False),
        ((18, 20, 4), "^20.19.0 || >=22.12.0", False),
        ((20, 19, 0), "^20.19.0 || >=22.12.0", True),
        ((21, 7, 0), "^20.19.0 || >=22.12.0", False),
        ((24, 0, 0), "^20.19.0 || >=22.12.0", True),
        ((22, 1, 0), ">=20 <22", False),
        ((21, 9, 9), ">=20 <22", True),
        ((20, 5, 1), "20", True),
        ((21, 0, 0), "20", False),
        ((20, 5, 1), "20.x", True),
        ((20, 5, 9), "~20.5.1", True),
        ((20, 6, 0), "~20.5.1", False),
        ((0, 3, 0), "^0.2.3", False),
        ((20, 0, 1), ">20", False),
        ((21, 0, 0), ">20", True),
        ((20, 9, 9), "<=20", True),
        ((1, 2, 3), "*", True),
        ((1, 2, 3), "", True),
    ],
)
def test_versions_are_held_against_ranges_as_npm_does(
    version: tuple[int, int, int], wanted: str, fits: bool
) -> None:
    import node

    assert node.satisfies(version, wanted) is fits


def test_missing_packages_end_with_status_2_and_the_line_to_run(monkeypatch: pytest.MonkeyPatch) -> None:
    import packages
    import steps

    missing = packages.Package("absent-package", "/nonexistent/program")
    monkeypatch.setattr(packages, "PACKAGES", (missing,))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(steps.StepError) as refused:
        packages.ensure()
    assert refused.value.status == 2
    line = "sudo apt-get update && sudo apt-get install -y --no-install-recommends absent-package"
    assert line in str(refused.value)


def test_root_is_asked_before_anything_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    import packages
    import steps

    missing = packages.Package("absent-package", "/nonexistent/program")
    monkeypatch.setattr(packages, "PACKAGES", (missing,))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(packages.shutil, "which", lambda _: "/usr/bin/apt-get")
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr("sys.stdin", open(os.devnull))  # noqa: SIM115 - closed with the process
    with pytest.raises(steps.StepError, match="nobody is here to ask") as refused:
        packages.ensure()
    assert refused.value.status == 2


def test_a_fingerprint_depends_on_names_and_contents(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import steps

    monkeypatch.setattr(steps, "ROOT", tmp_path)
    first, second = tmp_path / "a", tmp_path / "b"
    first.write_text("x")
    one = steps.fingerprint([], [first])
    first.rename(second)
    renamed = steps.fingerprint([], [second])
    second.write_text("y")
    assert len({one, renamed, steps.fingerprint([], [second]), steps.fingerprint(["p"], [second])}) == 4


def test_pip_finds_a_failed_download_worth_its_own_words(capfd: pytest.CaptureFixture[str]) -> None:
    import steps

    script = "print('Collecting one'); print('the reason'); raise SystemExit(1)"
    with pytest.raises(steps.StepError, match="status 1"):
        steps.counted_run(
            "fetching", [sys.executable, "-c", script], prefix="Collecting ", total=1, env=dict(os.environ)
        )
    assert "the reason" in capfd.readouterr().err


def run_dev(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([ROOT / "dev", *words], capture_output=True, text=True, check=False)


def test_help_names_every_command() -> None:
    answer = run_dev("--help")
    assert answer.returncode == 0
    for command in ("run", "test", "test quick", "bench", "lint", "lock"):
        assert f"\n  {command}" in answer.stdout
    told = answer.stdout.partition("\n  bench ")[2].partition("\n  lint")[0]
    assert told.partition(":\n")[2].replace(",", "").split() == names()


def test_an_unknown_command_is_refused() -> None:
    answer = run_dev("rnu")
    assert answer.returncode == 2
    assert "'rnu'" in answer.stderr


def test_one_pip_lies_in_the_repository_and_locks_hold_wheels_with_hashes_and_no_host() -> None:
    assert len(list((ROOT / ".dev").glob("pip-*.whl"))) == 1
    for lock in (ROOT / ".dev").glob("*.lock"):
        text = lock.read_text()
        assert "://" not in text
        assert "--index" not in text
        for line in text.splitlines():
            assert "==" not in line or line.rstrip().endswith("\\"), f"{lock.name}: no hash after {line}"
