"""Start `./dev run` in a minimal root as an ordinary user until a login succeeds; then again, quickly."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from minimal_root import CLERK, MinimalRoot

DEMO_ACCOUNT: Final = {"username": "admin", "password": "bangban-demo", "tab": "minimalroot1"}
FIRST_START_S: Final = 900.0
SECOND_START_S: Final = 30.0
STOP_S: Final = 30.0


def starts_twice(root: MinimalRoot) -> bool:
    """Start, log in, stop; then again; return whether both led to a login in time."""
    for what, patience in (("first", FIRST_START_S), ("second", SECOND_START_S)):
        port = _free_port()
        with _running(root, port) as process:
            took = _login(port, process, patience)
        if took is None:
            print(f"The {what} start in a minimal root led to no login within {patience:.0f} s.", flush=True)
            return False
        print(f"The {what} start in a minimal root led to a login after {took:.1f} s.", flush=True)
    return True


@contextlib.contextmanager
def _running(root: MinimalRoot, port: int) -> Iterator[subprocess.Popen[bytes]]:
    script = f"exec ./dev run --no-open --port {port} --media-port {_free_port()}"
    process = subprocess.Popen(root.command(CLERK, script, {}), stdin=subprocess.DEVNULL)
    try:
        yield process
    finally:
        _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        for child in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split():
            os.kill(int(child), signal.SIGTERM)
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        print(f"It did not stop within {STOP_S:.0f} s of SIGTERM; killed.", flush=True)
        process.kill()
        process.wait()


def _login(port: int, process: subprocess.Popen[bytes], patience: float) -> float | None:
    """Return seconds until a demo account could sign in; None when it could not."""
    started = time.monotonic()
    last = "nothing answered"
    while time.monotonic() - started < patience and process.poll() is None:
        try:
            with urllib.request.urlopen(_login_request(port), timeout=10) as answer:
                if "token" in answer.read().decode().lower():
                    return time.monotonic() - started
        except urllib.error.HTTPError as refusal:
            last = f"{refusal.code} {refusal.read(500).decode(errors='replace')}"
        except (urllib.error.URLError, OSError):
            pass
        time.sleep(0.25)
    print(f"last answer to the login: {last}", flush=True)
    return None


def _login_request(port: int) -> urllib.request.Request:
    return urllib.request.Request(
        f"http://127.0.0.1:{port}/api/auth/login",
        json.dumps(DEMO_ACCOUNT).encode(),
        {"Content-Type": "application/json"},
    )


def _free_port() -> int:
    """Return a TCP port that is free on loopback now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
