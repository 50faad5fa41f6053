"""A product that leaves something behind is told of: its processes are stand-ins that do as they are told."""

import contextlib
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.leaks import product
from tests.support.leaks.product import ProductWatch

STAND_IN = """
import socket, sys, threading
kept = []
print("ready", flush=True)
for line in sys.stdin:
    what, _, path = line.strip().partition(" ")
    if what == "open":
        kept.append(open(path, "ab"))
    elif what == "socket":
        kept.append(socket.socket())
    elif what == "threads":
        for _ in range(2):
            threading.Thread(target=threading.Event().wait, daemon=True).start()
    print("done", flush=True)
"""


class StandIn:
    """A media process of a product without any other."""

    def __init__(self, folder: Path) -> None:
        package = folder / "signaling"
        package.mkdir()
        (package / "__init__.py").touch()
        (package / "__main__.py").write_text(STAND_IN)
        self.data_dir = folder
        self.media: Counter[str] = Counter()
        with contextlib.closing(sqlite3.connect(folder / "bangban.db")) as database, database:
            database.execute("CREATE TABLE calls (call_id TEXT, state TEXT)")
            database.execute("INSERT INTO calls VALUES ('over', 'closed')")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "signaling", "media"],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._read()

    def do(self, what: str) -> None:
        """Have something left open."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{what}\n")
        self.process.stdin.flush()
        self._read()

    def call_begins(self, call_id: str) -> None:
        with contextlib.closing(sqlite3.connect(self.data_dir / "bangban.db")) as database, database:
            database.execute("INSERT INTO calls VALUES (?, 'connected')", (call_id,))

    def _read(self) -> None:
        assert self.process.stdout is not None
        assert self.process.stdout.readline()


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    found = StandIn(tmp_path)
    monkeypatch.setattr(product, "_is_controlled", lambda data_dir: True)
    monkeypatch.setattr(product, "media_objects", lambda data_dir: found.media)
    monkeypatch.setattr(product, "PATIENCE_S", 0.0)
    with found.process as process:
        yield found
        process.kill()


@pytest.fixture
def watch(stand_in: StandIn) -> ProductWatch:
    return ProductWatch(stand_in.process.pid, stand_in.data_dir)


def test_nothing_is_told_of_when_nothing_is_left(watch: ProductWatch) -> None:
    assert watch.left() == []


def test_a_journal_is_told_of_once_its_call_is_closed(watch: ProductWatch, stand_in: StandIn) -> None:
    stand_in.call_begins("live")
    (stand_in.data_dir / "live").mkdir()
    stand_in.do(f"open {stand_in.data_dir}/live/clerk.0001.camera.journal")
    assert watch.left() == []
    (stand_in.data_dir / "over").mkdir()
    stand_in.do(f"open {stand_in.data_dir}/over/clerk.0001.camera.journal")
    assert watch.left() == [f"media: {stand_in.data_dir}/over/clerk.0001.camera.journal"]


def test_sockets_and_threads_of_the_media_process_are_told_of(watch: ProductWatch, stand_in: StandIn) -> None:
    stand_in.do("socket")
    stand_in.do("threads")
    assert watch.left() == ["media: 1 socket", "media: 3 threads, 1 before"]


def test_objects_of_the_media_process_are_told_of_when_no_call_is_live(
    watch: ProductWatch, stand_in: StandIn
) -> None:
    stand_in.media.update(routers=1, consumers=2, producers=0)
    assert watch.left() == ["media: 1 routers", "media: 2 consumers"]
    stand_in.call_begins("live")
    assert watch.left() == []


def test_an_open_database_and_what_was_open_before_are_no_leaks(stand_in: StandIn) -> None:
    stand_in.do(f"open {stand_in.data_dir}/log")
    watch = ProductWatch(stand_in.process.pid, stand_in.data_dir)
    stand_in.do(f"open {stand_in.data_dir}/bangban.db")
    assert watch.left() == []
