"""Debian's PostgreSQL for tests: a cluster of its own in a temporary folder, on a Unix socket only."""

import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

from tests.support.until import until

_PROGRAMS = Path("/usr/lib/postgresql")


@dataclass(frozen=True, slots=True, eq=False)
class Postgres:
    """A running PostgreSQL server."""

    folder: Path
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _unused: list[str] = field(default_factory=list)

    def new_database(self) -> str:
        """Create an empty database; return SQLAlchemy's address of it."""
        name = f"test_{next(self._numbers)}"
        _run("psql", "-qX", "-h", str(self.folder), "-U", "postgres", "-c", f"CREATE DATABASE {name}")
        return self._address(name)

    async def copy(self, template: str) -> str:
        """Return the address of a copy of a database nobody is connected to; drop what was given back."""
        name = f"test_{next(self._numbers)}"
        connection = await asyncpg.connect(host=str(self.folder), user="postgres", database="postgres")
        try:
            while self._unused:
                await connection.execute(f"DROP DATABASE {self._unused.pop()} WITH (FORCE)")
            await connection.execute(f"CREATE DATABASE {name} TEMPLATE {_name(template)}")
        finally:
            await connection.close()
        return self._address(name)

    def give_back(self, addresses: Iterable[str]) -> None:
        """Say that databases are of no use any more."""
        self._unused.extend(_name(address) for address in addresses)

    def _address(self, name: str) -> str:
        return f"postgresql+asyncpg://postgres@/{name}?host={self.folder}"


def _name(address: str) -> str:
    return urlsplit(address).path.removeprefix("/")


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
