"""The whole product as people start it: one command, its own data folder, free ports."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from signaling.demo.samples import sample_people
from tests.support.leaks.product import ProductWatch
from tests.support.processes import descendants

START_SECONDS = 60.0
STOP_SECONDS = 20.0
_LOGGED = re.compile(r"\S+ +\| \d{4}-\d\d-\d\d \S+ INFO\b")
"""What a process tells of its life; the supervisor's own lines tell people the address."""
_TOO_MUCH = re.compile(
    "|".join(
        [
            r"eyJ[\w-]{8,}\.",  # tokens
            r"\b1[3-9]\d{9}\b|\b\d{17}[\dX]\b",  # phones, identity numbers
            r"\b\d{1,3}(\.\d{1,3}){3}\b",  # addresses
            r"a=\w+:|candidate:|usernameFragment|([0-9A-Fa-f]{2}:){7}",  # SDP and its JSON
            *(person.staff.name for person in sample_people()),
        ]
    )
)
ROOT = Path(__file__).resolve().parents[2]


@dataclass(slots=True)
class Product:
    """A running demo server."""

    url: str
    data_dir: Path
    log: Path
    process: subprocess.Popen[bytes]

    def get(self, path: str, token: str | None = None) -> object:
        """Return the JSON answer of a GET."""
        request = urllib.request.Request(self.url + path)
        if token:
            request.add_header("Authorization", f"Bearer {token}")
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def pid_of(self, role: str) -> int:
        """Return the process id of `signaling`, `media` or `worker` below the supervisor."""
        for pid in descendants(self.process.pid):
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")  # python -m signaling ROLE …
            if role.encode() in words[3:4]:
                return pid
        raise LookupError(role)

    def kill(self, role: str) -> None:
        """`kill -9` one process; the supervisor starts it again."""
        os.kill(self.pid_of(role), signal.SIGKILL)


@contextlib.contextmanager
def running(
    data_dir: Path,
    extra: Mapping[str, str] | None = None,
    *,
    command: str = "run",
    around: Mapping[str, str] | None = None,
) -> Iterator[Product]:
    """Start `bangban run`, or another command that serves, and stop it afterwards.

    Args:
        extra: further settings, e.g. {"RING_TIMEOUT_S": "3"}.
        around: further variables of its environment.
    """
    port = free_port(socket.SOCK_STREAM)
    log = data_dir.parent / f"{data_dir.name}.log"
    settings = {
        "DATA_DIR": str(data_dir),
        "PORT": str(port),
        "MEDIA_PORT": str(free_port(socket.SOCK_DGRAM)),
        "SEARCH_BY_MEANING": "false",  # a fresh catalogue costs its model 20 s of a core
        **(extra or {}),
    }
    given = {f"BANGBAN_{name}": value for name, value in settings.items()}
    environ = os.environ | dict(around or {}) | given
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "signaling", command],
            cwd=ROOT,
            env=environ,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    product = Product(f"http://localhost:{port}", data_dir, log, process)
    try:
        _await_health(product)
        watch = ProductWatch(process.pid, data_dir)
        yield product
        left = watch.left()
        assert left == [], f"left behind by calls that are closed: {left}"
        if "LOG_LEVEL" not in settings:
            assert _told_too_much(log) == [], "personal data, tokens or addresses in the log"
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def free_port(kind: int) -> int:
    """Return a port nobody uses now; the range below the ephemeral ports is left alone."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _told_too_much(log: Path) -> list[str]:
    """Return the log lines that say who somebody is, where they are, or what opens their media."""
    lines = [line for line in log.read_text(errors="replace").splitlines() if _LOGGED.match(line)]
    assert lines, "nothing was logged: this looks in the wrong place"
    return [line for line in lines if _TOO_MUCH.search(line)]


def _await_health(product: Product) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and product.process.poll() is None:
        try:
            product.get("/healthz")
            return
        except (urllib.error.URLError, ConnectionError, json.JSONDecodeError):
            time.sleep(0.1)  # polling another process, not waiting for an event of ours
    raise AssertionError(f"the product did not start:\n{product.log.read_text()[-6000:]}")
