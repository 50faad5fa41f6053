"""Start `./dev run` from a clean clone in a minimal Debian root, as an ordinary user, until a login succeeds.

The root holds python3, git and ca-certificates (debootstrap's minbase). Where the machine's Debian mirror and
package registries are comes from the machine's own configuration: apt's, pip's, npm's and the environment; no
host is named here. Where such a root cannot be made at all the log says why and the exit status is 0; when it
can, and the login fails, the status is 1.
"""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Final

PROJECT: Final = Path(__file__).resolve().parents[1]
USER: Final = ("clerk", 1000)
DEMO_ACCOUNT: Final = {"username": "admin", "password": "bangban-demo", "tab": "minimalroot1"}

FIRST_START_S: Final = 900.0
SECOND_START_S: Final = 30.0
STOP_S: Final = 30.0
DEBOOTSTRAP_S: Final = 900.0

_PASSED_ON: Final = re.compile(
    r"pip_.*|npm_config_.*|.*_proxy|.*ca_?certs?(_file|_dir)?|ssl_cert_(file|dir)|.*_ca_bundle|pip_cert", re.I
)
"""Variables that say where registries, proxies and certificates are."""

_CERTIFICATES: Final = "/etc/ssl/certs/ca-certificates.crt"


class CannotRunError(Exception):
    """A minimal root cannot be made here; the message says why."""


def main() -> int:
    """Return the exit status."""
    with tempfile.TemporaryDirectory(prefix="bangban-root-") as folder:
        root = Path(folder) / "root"
        try:
            bootstrap(root)
        except CannotRunError as reason:
            print(f"The start in a minimal root cannot run here: {reason}", flush=True)
            return 0
        prepare(root)
        return start_twice(root)


def bootstrap(root: Path) -> None:
    """Make the root with debootstrap; raises `CannotRunError`."""
    if os.geteuid() != 0:
        raise CannotRunError("debootstrap and chroot need root.")
    for program in ("debootstrap", "unshare", "chroot", "apt-get"):
        if shutil.which(program) is None:
            raise CannotRunError(f"there is no {program}.")
    if subprocess.run(["unshare", "--mount", "--pid", "--fork", "true"], check=False).returncode != 0:
        raise CannotRunError("mount and process namespaces are not allowed.")
    mirror, suite = debian_mirror()
    command = [
        "debootstrap",
        "--variant=minbase",
        "--include=python3,git,ca-certificates",
        suite,
        str(root),
        mirror,
    ]
    print(f"making a minimal {suite} with python3, git and ca-certificates", flush=True)
    try:
        made = subprocess.run(command, capture_output=True, text=True, timeout=DEBOOTSTRAP_S, check=False)
    except subprocess.TimeoutExpired:
        raise CannotRunError(f"debootstrap took more than {DEBOOTSTRAP_S:.0f} s.") from None
    if made.returncode != 0:
        raise CannotRunError(f"debootstrap failed:\n{(made.stdout + made.stderr)[-2000:]}")


def debian_mirror() -> tuple[str, str]:
    """Return the address and the suite of Debian's main archive as this machine's apt has them."""
    listed = subprocess.run(
        [
            "apt-get",
            "indextargets",
            "--format",
            "$(REPO_URI) $(CODENAME) $(LABEL) $(RELEASE)",
            "Identifier: Packages",
        ],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    for line in listed.splitlines():
        address, codename, label, release = (line.split() + [""] * 4)[:4]
        if label == "Debian" and codename and release == codename:
            return address, codename
    raise CannotRunError("apt on this machine knows no Debian archive (after apt-get update).")


def prepare(root: Path) -> None:
    """Make the user, a clean clone, and the caller's settings of registries, names and certificates."""
    name, number = USER
    subprocess.run(["chroot", root, "useradd", "-m", "-u", str(number), name], check=True)
    home = root / "home" / name
    subprocess.run(["git", "clone", "-q", "--no-hardlinks", PROJECT, home / "bangban"], check=True)
    named = [value for _, value in passed_on() if value.startswith("/")]
    for file in ("/etc/resolv.conf", "/etc/hosts", "/etc/pip.conf", "/etc/npmrc", _CERTIFICATES, *named):
        _copy(Path(file), root / file.lstrip("/"))
    for file in (".npmrc", ".config/pip/pip.conf", ".pip/pip.conf"):
        _copy(Path.home() / file, home / file)
    subprocess.run(["chown", "-R", f"{number}:{number}", home], check=True)


def _copy(source: Path, target: Path) -> None:
    if source.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)


def start_twice(root: Path) -> int:
    """Start, log in, stop; then again, which must be quick."""
    for what, patience in (("first", FIRST_START_S), ("second", SECOND_START_S)):
        port = free_port()
        with running(root, port) as process:
            took = login(port, process, patience)
        if took is None:
            print(f"The {what} start in a minimal root led to no login within {patience:.0f} s.", flush=True)
            return 1
        print(f"The {what} start in a minimal root led to a login after {took:.1f} s.", flush=True)
    return 0


@contextlib.contextmanager
def running(root: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run `./dev run` in the root as its user, in mount and process namespaces of its own."""
    name, number = USER
    inside = [
        *["chroot", f"--userspec={number}:{number}", str(root)],
        *["env", "-i", *(f"{name}={value}" for name, value in passed_on())],
        *[f"HOME=/home/{name}", "PATH=/usr/bin:/bin", "LANG=C.UTF-8"],
        *["sh", "-c", f"cd ~/bangban && exec ./dev run --no-open --port {port} --media-port {free_port()}"],
    ]
    script = 'mount -t proc proc "$0/proc" && exec "$@"'
    namespaces = ["unshare", "--mount", "--pid", "--fork", "--kill-child=KILL"]
    command = [*namespaces, "sh", "-c", script, str(root), *inside]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    try:
        yield process
    finally:
        _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Send SIGTERM to the child of `unshare`, which passes no signal on itself."""
    if process.poll() is None:
        for child in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split():
            os.kill(int(child), signal.SIGTERM)
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        print(f"It did not stop within {STOP_S:.0f} s of SIGTERM; killed.", flush=True)
        process.kill()
        process.wait()


def passed_on() -> list[tuple[str, str]]:
    """Return the caller's variables that `./dev run` may need to reach the registries."""
    return [(name, value) for name, value in os.environ.items() if _PASSED_ON.fullmatch(name)]


def login(port: int, process: subprocess.Popen[bytes], patience: float) -> float | None:
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


def free_port() -> int:
    """Return a TCP port that is free on loopback now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
