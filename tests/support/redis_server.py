"""Debian's redis-server for tests: on a Unix socket in a temporary folder, without persistence."""

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.until import until


@contextmanager
def running_redis(folder: Path) -> Iterator[str]:
    """Run a Redis server; yields its address (`unix://…`)."""
    path = folder / "redis.sock"
    command = ["redis-server", "--port", "0", "--unixsocket", str(path), "--save", "", "--dir", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT) as server:
        try:
            until(lambda: _answers(path), what="redis-server")
            yield f"unix://{path}"
        finally:
            server.kill()


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(str(path))
        except OSError:
            return False
        client.sendall(b"PING\r\n")
        return client.recv(64).startswith(b"+PONG")
