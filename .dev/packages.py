"""Debian packages that tests and benchmarks drive: browsers, databases, coturn, Janus, network tools."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from glob import glob
from pathlib import Path
from typing import Final

from steps import StepError, run, say

LISTS: Final = "/var/lib/apt/lists/*_Packages*"
"""Apt's lists of what it offers; none until the first `apt-get update` of a fresh machine."""


@dataclass(frozen=True, slots=True)
class Package:
    """One Debian package.

    Attributes:
        name: its name, or where that holds a number of this Debian's alone, the regular expression `^…$` that
            apt-get takes in its place.
        shown_by: a path (a glob) that shows it is there, however it was installed.
        everywhere: no test can do without it; otherwise it is left out on a Debian that does not have it.
    """

    name: str
    shown_by: str
    everywhere: bool = True


PACKAGES: Final = (
    Package("chromium", "/usr/bin/chromium"),
    Package("firefox-esr", "/usr/bin/firefox-esr"),
    Package("^libavcodec[0-9]+$", "/usr/lib/*/libavcodec.so.*"),  # Firefox's H264, only recommended by it
    Package("fonts-noto-cjk", "/usr/share/fonts/opentype/noto/NotoSansCJK*"),
    Package("redis-server", "/usr/bin/redis-server"),
    Package("coturn", "/usr/bin/turnserver"),
    Package("postgresql", "/usr/lib/postgresql/*/bin/postgres"),
    Package("xvfb", "/usr/bin/Xvfb"),
    Package("openbox", "/usr/bin/openbox"),  # the window manager of the helper's desktop
    Package("xterm", "/usr/bin/xterm"),
    Package("mousepad", "/usr/bin/mousepad"),  # the text editor that the helper types into
    Package("libxss1", "/usr/lib/*/libXss.so.1"),  # how the helper notices a locked desktop
    Package("libxtst6", "/usr/lib/*/libXtst.so.6"),
    Package("libxi6", "/usr/lib/*/libXi.so.6"),
    Package("libxrandr2", "/usr/lib/*/libXrandr.so.2"),
    Package("janus", "/usr/bin/janus", everywhere=False),  # for ./dev bench forward; Debian 13 has none
    Package("janus-tools", "/usr/bin/janus-pp-rec", everywhere=False),  # for ./dev bench record, likewise
    Package("iproute2", "/usr/sbin/ip"),
)


def ensure() -> None:
    """Install what is missing as root (asking first, except in CI); raise `StepError(status=2)` otherwise."""
    missing = [package for package in PACKAGES if not glob(package.shown_by)]
    names = _as_offered(missing)
    if not names:
        return
    line = shlex.join(["apt-get", "install", "-y", "--no-install-recommends", *names])
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise StepError(
            "the whole test suite needs Debian packages that are missing here. Install them with\n"
            f"  sudo apt-get update && sudo {line}\nor run ./dev test quick, which needs none.",
            status=2,
        )
    if not os.environ.get("CI") and not _agreed(line):
        raise StepError("nothing was installed; ./dev test quick needs no Debian package.", status=2)
    _install(missing)


def _as_offered(packages: Iterable[Package]) -> list[str]:
    """Return the packages' names in apt's lists; while there are no lists, the names as declared."""
    if shutil.which("apt-cache") is None or not glob(LISTS):
        return [package.name for package in packages]
    return [found for package in packages if (found := _offered(package))]


def _offered(package: Package) -> str | None:
    is_pattern = package.name.startswith("^")
    if package.everywhere and not is_pattern:
        return package.name
    pattern = package.name if is_pattern else f"^{package.name}$"
    command = ["apt-cache", "search", "--names-only", pattern]
    lines = subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines()
    # Besides names, apt-cache holds what packages provide against the pattern.
    names = [name for name in (line.split(" ")[0] for line in lines) if re.fullmatch(pattern, name)]
    if not names:
        return package.name if package.everywhere else None
    return max(names, key=lambda name: (len(name), name))  # the highest number


def _agreed(line: str) -> bool:
    if not sys.stdin.isatty():
        raise StepError(f"packages are missing and nobody is here to ask. Run\n  {line}", status=2)
    return input(f"Run `{line}` now? [y/N] ").strip().lower() in {"y", "yes"}


def _install(packages: Iterable[Package]) -> None:
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    with _no_services():
        if subprocess.run(["apt-get", "update", "-q"], env=env, check=False).returncode != 0:
            say("apt-get update reported errors; going on with the lists there are")
        names = _as_offered(packages)  # now by fresh lists
        say(f"installing {len(names)} Debian packages: {' '.join(names)}")
        run(["apt-get", "install", "-y", "-q", "--no-install-recommends", *names], env=env)


@contextmanager
def _no_services() -> Iterator[None]:
    """Keep packages from starting their servers on installation: the tests start their own."""
    policy = Path("/usr/sbin/policy-rc.d")
    if policy.exists():
        yield
        return
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    try:
        yield
    finally:
        policy.unlink()
