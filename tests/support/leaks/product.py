"""What the processes of a running product may not hold when its tests are over, looked at from outside.

Of calls that are closed nothing may be left: no object in the media process, no journal, no other file.
Threads and sockets of the media process are what they were when it started. Signalling and worker keep what
their pools and open pages need; what a call leaves there is `./dev bench soak`'s to find.
"""

import asyncio
import contextlib
import os
import sqlite3
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from rtc_server.server.client import MediaClient
from tests.support.processes import descendants
from tests.support.until import until

NOUNS = ("routers", "transports", "producers", "consumers", "dataProducers", "dataConsumers")
KEPT = "bangban.db"
"""The database and what SQLite lays beside it."""
SYNC_THREADS = 1
"""The journals' syncer begins with the first recording and stays."""
PATIENCE_S = 20.0
"""For calls that end with the last page: their media is closed a moment later."""


@dataclass(frozen=True, slots=True)
class Process:
    """What one process has open.

    Attributes:
        files: paths of open files that are neither devices nor the database.
        others: how many sockets, pipes and the like it has of each kind.
    """

    role: str
    threads: int
    files: tuple[str, ...]
    others: Counter[str]


class ProductWatch:
    """Compare the processes of a product with what they were when this was made.

    Args:
        supervisor: its first process; `data_dir`: where its database and control socket lie.
    """

    def __init__(self, supervisor: int, data_dir: Path) -> None:
        self._supervisor = supervisor
        self._data_dir = data_dir
        until(lambda: _is_controlled(data_dir), what="signalling at the media process")
        self._before = processes(supervisor)

    def left(self) -> list[str]:
        """Return a line for each thing that is left, once what is about to end had time to."""
        end = time.monotonic() + PATIENCE_S
        while (found := self._look()) and time.monotonic() < end:
            time.sleep(0.1)
        return found

    def _look(self) -> list[str]:
        live = live_calls(self._data_dir / "bangban.db")
        now = processes(self._supervisor)
        found = []
        for pid, process in now.items():
            files = [path for path in process.files if not any(call in path for call in live)]
            before = self._before.get(pid)
            held = {path for one in self._before.values() if one.role == process.role for path in one.files}
            found += [f"{process.role}: {path}" for path in files if path not in held]
            if process.role == "media" and not live:
                found += _more(process, before)
        if not live and any(process.role == "media" for process in now.values()):
            found += [
                f"media: {count} {noun}" for noun, count in media_objects(self._data_dir).items() if count
            ]
        return found


def processes(supervisor: int) -> dict[int, Process]:
    """Return the product's own processes by id; what they start for a moment is left out."""
    found = {}
    for pid in [supervisor, *descendants(supervisor)]:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
            if words[1:3] == ["-m", "signaling"]:
                found[pid] = _look_at(pid, words[3])
    return found


def live_calls(database: Path) -> set[str]:
    """Return the ids of the calls that are not closed."""
    with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as opened:
        return {row[0] for row in opened.execute("SELECT call_id FROM calls WHERE state != 'closed'")}


def media_objects(data_dir: Path) -> Counter[str]:
    """Return how many objects of each noun the media processes have; works beside a running event loop."""
    with ThreadPoolExecutor(1) as aside:
        return aside.submit(lambda: asyncio.run(_media_objects(_controls(data_dir)))).result()


async def _media_objects(controls: list[Path]) -> Counter[str]:
    found: Counter[str] = Counter()
    for path in controls:
        async with MediaClient.connect(str(path), controller="watch") as client:
            stats = await client.request("stats")
            found.update({noun: stats[noun] for noun in NOUNS})
    return found


def _controls(data_dir: Path) -> list[Path]:
    return sorted(data_dir.glob("run/media-*.sock"))


def _is_controlled(data_dir: Path) -> bool:
    """Return whether signalling has its connection to every media process: one that is open (state 03).

    A control socket got its name from another one, which the kernel goes on to show.
    """
    rows = [line.split() for line in Path("/proc/net/unix").read_text().splitlines()]
    opened = {row[7] for row in rows if len(row) > 7 and row[5] == "03"}
    controls = _controls(data_dir)
    return bool(controls) and all(any(one.startswith(str(path)) for one in opened) for path in controls)


def _look_at(pid: int, role: str) -> Process:
    files: list[str] = []
    others: Counter[str] = Counter()
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            target = os.readlink(entry)
            if not target.startswith("/"):
                others[target.partition(":[")[0]] += 1
            elif not target.startswith("/dev/") and KEPT not in target:
                files.append(target)
    return Process(role, len(os.listdir(f"/proc/{pid}/task")), tuple(files), others)


def _more(process: Process, before: Process | None) -> list[str]:
    """Return what a process has more of than before; nothing for one that was started since."""
    if before is None:
        return []
    found = [f"{process.role}: {count} {kind}" for kind, count in (process.others - before.others).items()]
    if process.threads > before.threads + SYNC_THREADS:
        found.append(f"{process.role}: {process.threads} threads, {before.threads} before")
    return found
