"""The packed program: the same bytes each time, and a program that runs."""

import hashlib
import io
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from signaling.__main__ import main
from web_client.helper import VERSION
from web_client.helper.build import NAME, digest, packed, write

ROOT = Path(__file__).parents[2]


def test_it_is_the_same_twice_and_says_its_sha256(tmp_path: Path) -> None:
    path, said = write(tmp_path / "one")
    again, _ = write(tmp_path / "two")
    assert path.read_bytes() == again.read_bytes() == packed()
    assert said == hashlib.sha256(path.read_bytes()).hexdigest() == digest(packed())


def test_other_times_and_modes_of_the_sources_change_nothing(tmp_path: Path) -> None:
    copy = tmp_path / "web_client" / "helper"
    for source in (ROOT / "web_client" / "helper").rglob("*.py"):
        target = copy / source.relative_to(ROOT / "web_client" / "helper")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(source.read_bytes())
        target.chmod(0o600)
    code = "from web_client.helper.build import digest, packed; print(digest(packed()))"
    command = [sys.executable, "-B", "-c", code]
    made = subprocess.run(
        command, cwd=tmp_path, env={"TZ": "Asia/Shanghai"}, capture_output=True, text=True, check=True
    )
    assert made.stdout.strip() == digest(packed())


def test_it_runs_with_nothing_around_it(tmp_path: Path) -> None:
    path, _ = write(tmp_path)
    command = [sys.executable, "-I", "-S", str(path), "--version"]
    said = subprocess.run(command, cwd="/", env={}, capture_output=True, text=True, check=True).stdout
    assert said.strip() == VERSION


def test_a_python_that_is_too_old_gets_a_sentence() -> None:
    with zipfile.ZipFile(io.BytesIO(packed())) as archive:
        start = archive.read("__main__.py").decode()
    old = "import sys; sys.version_info = (3, 6, 15); exec(sys.stdin.read())"
    said = subprocess.run(
        [sys.executable, "-c", old], input=start, capture_output=True, text=True, check=False
    )
    assert said.returncode == 1
    assert "needs Python 3.7 or newer" in said.stderr


def test_all_that_is_in_it_is_ours_and_plain(tmp_path: Path) -> None:
    path, _ = write(tmp_path)
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
    assert [entry.filename for entry in entries] == sorted(entry.filename for entry in entries)
    assert {entry.compress_type for entry in entries} == {zipfile.ZIP_STORED}
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}


def test_dev_packs_it_and_shows_the_sum(tmp_path: Path) -> None:
    said = subprocess.run(
        [ROOT / "dev", "helper", tmp_path], capture_output=True, text=True, check=True
    ).stdout
    assert said == f"{digest(packed())}  {tmp_path / NAME}\n"


def test_bangban_helper_is_the_same_program(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["helper", "--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert "bangban-helper.pyz" in said
    assert "pair" in said
