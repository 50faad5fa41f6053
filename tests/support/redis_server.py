"""Debian's redis-server for tests: on a Unix socket in a temporary folder, without persistence."""

import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.until import until


@contextmanager
def running_redis(folder: Path) -> Iterator[str]:
    """Run a Redis server; yields its address (`unix://…`)."""
    server = OwnRedis(folder)
    server.start()
    try:
        yield server.url
    finally:
        server.kill()


@dataclass(slots=True)
class OwnRedis:
    """A Redis server that a test may freeze, kill and start again, without its data."""

    folder: Path
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def path(self) -> Path:
        """Its socket."""
        return self.folder / "redis.sock"

    @property
    def url(self) -> str:
        """Its address."""
        return f"unix://{self.path}"

    def start(self) -> None:
        """Run it, empty; returns when it answers."""
        command = ["redis-server", "--port", "0", "--unixsocket", str(self.path)]
        command += ["--save", "", "--dir", str(self.folder)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
        until(lambda: _answers(self.path), what="redis-server")

    def kill(self) -> None:
        """End it at once, and all it knew."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def freeze(self) -> None:
        """Let it hang, with every connection open."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: int) -> None:
        assert self._process is not None
        self._process.send_signal(number)


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(str(path))
        except OSError:
            return False
        client.sendall(b"PING\r\n")
        return client.recv(64).startswith(b"+PONG")
