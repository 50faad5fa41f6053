"""Debian's PostgreSQL for tests: a cluster of its own in a temporary folder, on a Unix socket only."""

import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.until import until

_PROGRAMS = Path("/usr/lib/postgresql")


@dataclass(frozen=True, slots=True)
class Postgres:
    """A running PostgreSQL server."""

    folder: Path
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def new_database(self) -> str:
        """Create an empty database; return SQLAlchemy's address of it."""
        name = f"test_{next(self._numbers)}"
        _run("psql", "-qX", "-h", str(self.folder), "-U", "postgres", "-c", f"CREATE DATABASE {name}")
        return f"postgresql+asyncpg://postgres@/{name}?host={self.folder}"


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """Run a PostgreSQL server without durability, as user postgres when we are root (it refuses root)."""
    folder = Path(tempfile.mkdtemp(prefix="bangban-pg-", dir="/tmp"))  # a socket path must be short
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    data = folder / "data"
    try:
        _run("initdb", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-sync", "-D", str(data))
        command = ["postgres", "-D", str(data), "-k", str(folder), "-c", "listen_addresses="]
        for option in ("fsync=off", "full_page_writes=off", "synchronous_commit=off"):
            command += ["-c", option]
        with subprocess.Popen(
            _as_user(*command), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as server:
            try:
                until(lambda: _answers(folder), what="postgres")
                yield Postgres(folder)
            finally:
                server.terminate()  # runuser passes it on: a fast shutdown
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _answers(folder: Path) -> bool:
    command = _as_user("pg_isready", "-q", "-h", str(folder))
    return subprocess.run(command, check=False).returncode == 0


def _run(*command: str) -> None:
    subprocess.run(_as_user(*command), check=True, stdout=subprocess.DEVNULL, cwd="/")


def _as_user(program: str, *arguments: str) -> list[str]:
    path = str(sorted(_PROGRAMS.glob(f"*/bin/{program}"))[-1])
    prefix = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    return [*prefix, path, *arguments]
