"""Memory of a program and all its descendants, as the kernel counts it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

MB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Memory:
    """Of one process, in bytes.

    Attributes:
        pss: resident, with each shared page divided among those who share it: these add up.
        rss: resident, with shared pages counted in full by everybody.
        role: `signaling`, `media`, `worker`, …; `supervisor` for the first.
    """

    role: str
    pss: int
    rss: int


def memory_of(pid: int) -> list[Memory]:
    """Return the memory of a process and its descendants; one that ends meanwhile is left out."""
    return [found for one in [pid, *_descendants(pid)] if (found := _memory(one, first=one == pid))]


def total(rows: list[Memory], kind: str) -> float:
    """Return the sum of `pss` or `rss` in MB."""
    return sum(int(getattr(row, kind)) for row in rows) / MB


def fields(rollup: str) -> dict[str, int]:
    """Return the sizes of a `smaps_rollup` text, in bytes."""
    sizes = {}
    for line in rollup.splitlines():
        name, _, rest = line.partition(":")
        if rest.endswith(" kB"):
            sizes[name] = int(rest.split()[0]) * 1024
    return sizes


def _memory(pid: int, *, first: bool) -> Memory | None:
    try:
        sizes = fields(Path(f"/proc/{pid}/smaps_rollup").read_text())
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
    except (FileNotFoundError, ProcessLookupError):
        return None
    role = "supervisor" if first else next(iter(words[3:4]), "?")  # python -m signaling ROLE …
    return Memory(role, sizes["Pss"], sizes["Rss"])


def _descendants(pid: int) -> Iterator[int]:
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield int(child)
            yield from _descendants(int(child))
