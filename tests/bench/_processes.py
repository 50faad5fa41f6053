"""Memory of a program and all its descendants, as the kernel counts it."""

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tests.support.processes import descendants

MB = 1024 * 1024
_MAPPING = re.compile(r"[0-9a-f]+-[0-9a-f]+ \S+ \S+ \S+ \d+ *(.*)")


@dataclass(frozen=True, slots=True)
class Memory:
    """Of one process, in bytes.

    Attributes:
        role: `signaling`, `media`, `worker`, …; `supervisor` for the first.
        anonymous: resident memory that belongs to this process alone.
        files: resident pages of mapped files (libraries, mostly), by path.
        pss: resident, with each shared page divided among all processes of the machine that share it.
    """

    role: str
    anonymous: int
    files: Counter[str]
    pss: int

    @property
    def rss(self) -> int:
        """Resident, with shared pages counted in full."""
        return self.anonymous + self.files.total()


def memory_of(pid: int) -> list[Memory]:
    """Return the memory of a process and its descendants; one that ends meanwhile is left out."""
    return [found for one in [pid, *descendants(pid)] if (found := _memory(one, first=one == pid))]


def together(rows: list[Memory]) -> int:
    """Return the bytes a group of processes keeps resident, libraries it shares counted once.

    The sum of PSS would shrink with every stranger who runs the same Python.
    """
    files: Counter[str] = Counter()
    for row in rows:
        files |= row.files
    return sum(row.anonymous for row in rows) + files.total()


def parse_smaps(text: str) -> tuple[int, Counter[str], int]:
    """Return anonymous bytes, bytes by mapped file, and PSS of a `smaps` text."""
    anonymous = pss = 0
    files: Counter[str] = Counter()
    path, resident = "", 0
    for line in text.splitlines():
        if mapping := _MAPPING.fullmatch(line):
            path = mapping[1]
            continue
        name, _, value = line.partition(":")
        size = int(value.split()[0]) * 1024 if value.endswith(" kB") else 0
        if name == "Rss":
            resident = size
        elif name == "Pss":
            pss += size
        elif name == "Anonymous":  # comes after Rss
            anonymous += size
            files[path] += resident - size
    return anonymous, +files, pss


def _memory(pid: int, *, first: bool) -> Memory | None:
    try:
        anonymous, files, pss = parse_smaps(Path(f"/proc/{pid}/smaps").read_text())
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
    except (FileNotFoundError, ProcessLookupError):
        return None
    role = "supervisor" if first else next(iter(words[3:4]), "?")  # python -m signaling ROLE …
    return Memory(role, anonymous, files, pss)
