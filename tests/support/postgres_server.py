"""Debian's PostgreSQL for tests: a cluster of its own in a temporary folder, on a Unix socket only."""

import contextlib
import itertools
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg

from tests.support.processes import descendants
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
            await connection.execute(f"CREATE DATABASE {name} TEMPLATE {_name(template)} STRATEGY FILE_COPY")
        finally:
            await connection.close()
        return self._address(name)

    def give_back(self, addresses: Iterable[str]) -> None:
        """Say that databases are of no use any more."""
        self._unused.extend(_name(address) for address in addresses)

    def freeze(self) -> None:
        """Let every process of it hang, with every connection open."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def kill_backend(self, pid: int) -> None:
        """End a process that serves one connection, as the kernel does when memory is short."""
        assert pid in set(descendants(self._postmaster()))
        os.kill(pid, signal.SIGKILL)

    def restart(self) -> None:
        """End it at once, without a checkpoint, and start it again; returns when it answers."""
        data, options = str(self.folder / "data"), " ".join(_options(self.folder))
        log = str(self.folder / "restart.log")
        _run("pg_ctl", "restart", "-D", data, "-m", "immediate", "-w", "-s", "-l", log, "-o", options)
        until(lambda: _answers(self.folder), what="postgres")

    def _postmaster(self) -> int:
        return int((self.folder / "data" / "postmaster.pid").read_text().splitlines()[0])

    def _signal(self, number: int) -> None:
        postmaster = self._postmaster()
        for pid in (postmaster, *descendants(postmaster)):
            with contextlib.suppress(ProcessLookupError):  # a backend that has just ended
                os.kill(pid, number)

    @property
    def socket(self) -> Path:
        """Where it listens."""
        return self.folder / ".s.PGSQL.5432"

    def _address(self, name: str) -> str:
        return f"postgresql+asyncpg://postgres@/{name}?host={self.folder}"


def _name(address: str) -> str:
    return urlsplit(address).path.removeprefix("/")


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """Run a PostgreSQL server, as user postgres when we are root (it refuses root).

    What is committed outlives its processes, not the machine. Every test begins with a copy of a database,
    which takes a tenth of the time in memory.
    """
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else "/tmp"  # a socket's path must be short
    folder = Path(tempfile.mkdtemp(prefix="bangban-pg-", dir=memory))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    data = folder / "data"
    try:
        _run("initdb", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-sync", "-D", str(data))
        command = [_path("postgres"), "-D", str(data), *_options(folder)]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        with subprocess.Popen(command, **quiet, **_as_user()):
            try:
                until(lambda: _answers(folder), what="postgres")
                yield Postgres(folder)
            finally:  # by name: a test may have started another one in place of ours
                _run("pg_ctl", "stop", "-D", str(data), "-m", "fast", "-w", "-s")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _options(folder: Path) -> list[str]:
    settings = ("listen_addresses=", "fsync=off", "full_page_writes=off")
    return ["-k", str(folder), *(word for setting in settings for word in ("-c", setting))]


def _answers(folder: Path) -> bool:
    command = [_path("pg_isready"), "-q", "-h", str(folder)]
    return subprocess.run(command, check=False, **_as_user()).returncode == 0


def _run(program: str, *arguments: str) -> None:
    quiet = {"stdout": subprocess.DEVNULL, "cwd": "/"}
    subprocess.run([_path(program), *arguments], check=True, **quiet, **_as_user())


def _path(program: str) -> str:
    return str(sorted(_PROGRAMS.glob(f"*/bin/{program}"))[-1])


def _as_user() -> dict[str, Any]:
    """Be user postgres if we are root; not through runuser, which stops itself when its child is stopped."""
    if os.geteuid() != 0:
        return {}
    return {"user": "postgres", "group": "postgres", "extra_groups": []}
