"""The data folder is its owner's alone, and one service's at a time."""

import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from signaling.compose.data_folder import alone, held, make_private
from signaling.config import Settings, SettingsError


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    """Make files as most systems do, and again afterwards."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_folder_of_before_that_was_open_to_everybody_is_closed(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o755)
    database = sqlite3.connect(folder / "bangban.db")
    database.execute("CREATE TABLE x (y)")
    database.close()
    assert (mode(folder), mode(folder / "bangban.db")) == (0o755, 0o644)
    make_private(Settings(data_dir=folder))
    (folder / "later").touch()
    assert (mode(folder), mode(folder / "bangban.db"), mode(folder / "later")) == (0o700, 0o600, 0o600)


def test_an_empty_folder_that_was_there_is_closed(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o755)
    make_private(Settings(data_dir=tmp_path / "data"))
    assert mode(tmp_path / "data") == 0o700


def test_a_folder_with_other_peoples_things_stays_open_and_ours_in_it_closed(tmp_path: Path) -> None:
    (tmp_path / "website").mkdir()
    tmp_path.chmod(0o755)
    make_private(Settings(data_dir=tmp_path))
    (tmp_path / "bangban.db").touch()
    assert (mode(tmp_path), mode(tmp_path / "bangban.db")) == (0o755, 0o600)


def test_everything_a_service_makes_is_its_owners_alone(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o755)
    subprocess.run(
        [sys.executable, "-m", "signaling", "migrate", f"--data-dir={folder}"], check=True, umask=0o022
    )
    made = [folder, *folder.rglob("*")]
    assert {path.name for path in made if mode(path) & 0o077} == set()
    assert (folder / "bangban.db").exists()


def test_a_second_service_on_the_same_folder_is_refused_in_one_sentence(tmp_path: Path) -> None:
    with held(tmp_path, "serve"):
        second = subprocess.run(
            [sys.executable, "-m", "signaling", "serve", f"--data-dir={tmp_path}"],
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert second.returncode == 2
    [line] = second.stderr.splitlines()
    assert f"Another bangban (process {os.getpid()}) works on {tmp_path}" in line


def test_the_folder_is_free_when_its_holder_is_gone(tmp_path: Path) -> None:
    with held(tmp_path, "serve"):
        pass
    with (
        held(tmp_path, "serve"),
        held(tmp_path, "signaling"),
        pytest.raises(SettingsError),
        held(tmp_path, "signaling", patience_s=0.2),
    ):
        pytest.fail("two at once")


def test_several_signalling_processes_share_a_folder_only_over_redis(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    together = Settings(data_dir=tmp_path, redis_url="redis://127.0.0.1/0")
    with alone(settings), alone(together), alone(together):
        pass
