"""A Debian with git, Python and certificates and nothing else: made by debootstrap, entered as a machine.

Where Debian's mirrors and the package registries are comes from the machine's own configuration: apt's,
pip's, npm's and the environment; no host is named here.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

PROJECT: Final = Path(__file__).resolve().parents[1]
INCLUDED: Final = "python3,git,ca-certificates"
DEBOOTSTRAP_S: Final = 900.0

_CERTIFICATES: Final = "/etc/ssl/certs/ca-certificates.crt"
_PASSED_ON: Final = re.compile(
    r"pip_.*|npm_config_.*|.*_proxy|.*ca_?certs?(_file|_dir)?|ssl_cert_(file|dir)|.*_ca_bundle|pip_cert", re.I
)
"""Variables that say where registries, proxies and certificates are."""

_ENTER: Final = """
set -e
mount --bind "$0" "$0"
cd "$0"
mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t devpts -o newinstance,ptmxmode=0666,mode=0620,gid=5 devpts dev/pts
mount -t tmpfs -o mode=1777 tmpfs dev/shm
mkdir -p .outside
pivot_root . .outside
umount -l /.outside
exec "$@"
"""
"""Turn the folder `$0` into the root of this mount namespace, with what a kernel gives a machine; run `$@`.

`pivot_root` rather than `chroot`, as inside a chroot neither `ip netns exec` nor a browser's sandbox works.
"""

_INIT: Final = """
import os, signal, sys
child = os.spawnvp(os.P_NOWAIT, sys.argv[1], sys.argv[1:])
signal.signal(signal.SIGTERM, lambda *_: os.kill(child, signal.SIGTERM))
while (ended := os.wait())[0] != child:
    pass
sys.exit(abs(os.waitstatus_to_exitcode(ended[1])))
"""
"""The first process of a machine: buries orphans, passes SIGTERM on; when it ends, everything else does."""


class CannotMakeError(Exception):
    """A minimal root cannot be made here; the message says why."""


class User(NamedTuple):
    """Who runs something in the root."""

    name: str
    number: int
    home: str
    path: str


ROOT: Final = User("root", 0, "/root", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
CLERK: Final = User("clerk", 1000, "/home/clerk", "/usr/local/bin:/usr/bin:/bin")


@dataclass(frozen=True, slots=True)
class MinimalRoot:
    """A finished root; each of its users has a clean clone of the project in `~/bangban`."""

    folder: Path

    def command(self, user: User, script: str, environ: Mapping[str, str]) -> list[str]:
        """Return the command that runs a shell script in `user`'s clone, as the only thing on the machine.

        Its environment is what a login without a language gives, the registries' settings and `environ`.
        SIGTERM to the child of the returned command (`unshare` passes none on) reaches the script.
        """
        variables = {"HOME": user.home, "PATH": user.path, **dict(passed_on()), **environ}
        return [
            *["unshare", "--mount", "--pid", "--fork", "--kill-child=KILL"],
            *["sh", "-c", _ENTER, str(self.folder)],
            *["chroot", f"--userspec={user.number}:{user.number}", "/"],
            *["env", "-i", *(f"{name}={value}" for name, value in variables.items())],
            *["python3", "-B", "-c", _INIT],
            *["sh", "-c", f"cd ~/bangban && {script}"],
        ]


@contextmanager
def minimal_root() -> Iterator[MinimalRoot]:
    """Make a root for the length of the block; raises `CannotMakeError`."""
    _check_privileges()
    roomy = os.environ.get("TMPDIR", "/var/tmp")  # browsers and all packages: gigabytes, too much for a tmpfs
    with tempfile.TemporaryDirectory(prefix="bangban-root-", dir=roomy) as folder:
        root = MinimalRoot(Path(folder) / "root")
        _bootstrap(root.folder)
        for user in (ROOT, CLERK):
            _move_in(root.folder, user)
        _check_entrance(root)
        yield root


def passed_on() -> list[tuple[str, str]]:
    """Return the caller's variables that are needed to reach the registries."""
    return [(name, value) for name, value in os.environ.items() if _PASSED_ON.fullmatch(name)]


def _check_privileges() -> None:
    if os.geteuid() != 0:
        raise CannotMakeError("debootstrap and mounting need root.")
    for program in ("unshare", "chroot", "pivot_root", "apt-get"):
        if shutil.which(program) is None:
            raise CannotMakeError(f"there is no {program}.")
    if subprocess.run(["unshare", "--mount", "--pid", "--fork", "true"], check=False).returncode != 0:
        raise CannotMakeError("mount and process namespaces are not allowed.")


def _check_entrance(root: MinimalRoot) -> None:
    if subprocess.run(root.command(ROOT, "true", {}), check=False).returncode != 0:
        raise CannotMakeError("the root was made but cannot be entered; why is said above.")


class _Archive(NamedTuple):
    """One component of one of Debian's archives."""

    address: str
    codename: str
    component: str
    label: str


def _bootstrap(folder: Path) -> None:
    _install_debootstrap()
    archives = _archives()
    main = next((one for one in archives if one.label == "Debian" and "-" not in one.codename), None)
    if main is None:
        raise CannotMakeError("apt on this machine knows no Debian archive.")
    print(f"making a minimal {main.codename} with {INCLUDED}", flush=True)
    options = ["--variant=minbase", f"--include={INCLUDED}"]
    command = ["debootstrap", *options, main.codename, str(folder), main.address]
    try:
        made = subprocess.run(command, capture_output=True, text=True, timeout=DEBOOTSTRAP_S, check=False)
    except subprocess.TimeoutExpired:
        raise CannotMakeError(f"debootstrap took more than {DEBOOTSTRAP_S:.0f} s.") from None
    if made.returncode != 0:
        raise CannotMakeError(f"debootstrap failed:\n{(made.stdout + made.stderr)[-2000:]}")
    release = main.codename
    belonging = [one for one in archives if one.codename == release or one.codename.startswith(f"{release}-")]
    sources = [f"deb {one.address} {one.codename} {one.component}\n" for one in belonging]
    (folder / "etc/apt/sources.list").write_text("".join(sources))
    (folder / "etc/apt/apt.conf.d/99machine").write_text(_how_apt_fetches())


def _install_debootstrap() -> None:
    """Fetch the lists of packages, and debootstrap where it is missing."""
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-q"], env=env, stdout=sys.stderr, check=False)
    if shutil.which("debootstrap") is None:
        command = ["apt-get", "install", "-y", "-q", "--no-install-recommends", "debootstrap"]
        subprocess.run(command, env=env, stdout=sys.stderr, check=False)
    if shutil.which("debootstrap") is None:
        raise CannotMakeError("debootstrap is missing and apt could not install it.")


def _archives() -> list[_Archive]:
    """Return Debian's archives as this machine's apt has them, each once."""
    form = "$(REPO_URI) $(CODENAME) $(COMPONENT) $(LABEL)"
    command = ["apt-get", "indextargets", "--format", form, "Identifier: Packages"]
    listed = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    rows = (line.split(" ", 3) for line in listed.splitlines())
    found = [_Archive(*row) for row in rows if len(row) == 4 and row[3] in {"Debian", "Debian-Security"}]
    return list(dict.fromkeys(found))


def _how_apt_fetches() -> str:
    """Return this machine's settings of proxies, certificates and patience, in the notation of apt.conf."""
    lines = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=False).stdout
    kept = (line for line in lines.splitlines(keepends=True) if line.lower().startswith("acquire::http"))
    return "".join(kept)


def _move_in(folder: Path, user: User) -> None:
    """Make the user, a clean clone, and the caller's settings of registries, names and certificates."""
    home = folder / user.home.lstrip("/")
    if user.number:
        subprocess.run(["chroot", folder, "useradd", "-m", "-u", str(user.number), user.name], check=True)
    subprocess.run(["git", "clone", "-q", "--no-hardlinks", PROJECT, home / "bangban"], check=True)
    named = [value for _, value in passed_on() if value.startswith("/")]
    for file in ("/etc/resolv.conf", "/etc/hosts", "/etc/pip.conf", "/etc/npmrc", _CERTIFICATES, *named):
        _copy(Path(file), folder / file.lstrip("/"))
    for file in (".npmrc", ".config/pip/pip.conf", ".pip/pip.conf"):
        _copy(Path.home() / file, home / file)
    subprocess.run(["chown", "-R", f"{user.number}:{user.number}", home], check=True)


def _copy(source: Path, target: Path) -> None:
    if source.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
