"""Processes of a product that say what they hold: their heap, tasks, threads and objects.

Memory is what malloc has in use, not what the kernel sees: that goes up in steps and comes down late. One
arena and no allocator of Python's own let one call count it all.
"""

import json
import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.support.until import until

PROBE = Path(__file__).parent / "probe"


@dataclass(frozen=True, slots=True)
class Held:
    """What one process holds.

    Attributes:
        allocated_bytes: of malloc, after its garbage was collected.
        sqlite_bytes: those of them that SQLite has.
        tasks: what its event loop's tasks run, by qualified name.
        objects: objects the garbage collector knows, by the name of their type.
        descriptors: what its open files lead to; sockets, pipes and the like without their number.
    """

    allocated_bytes: int
    sqlite_bytes: int
    tasks: list[str]
    threads: list[str]
    objects: Mapping[str, int]
    descriptors: list[str]


def environ(folder: Path) -> dict[str, str]:
    """Return what a product's environment needs so that its processes can be asked."""
    return {
        "PYTHONPATH": str(PROBE),
        "LEAK_PROBE": str(folder),
        "PYTHONMALLOC": "malloc",
        "MALLOC_ARENA_MAX": "1",
    }


def ask(pid: int, folder: Path) -> Held:
    """Return what a process holds; raises TimeoutError when it does not answer."""
    answer = folder / str(pid)
    answer.unlink(missing_ok=True)
    os.kill(pid, signal.SIGUSR2)
    until(answer.exists, what=f"the answer of process {pid}", patience_s=30)
    return Held(**json.loads(answer.read_text()), descriptors=descriptors(pid))


def descriptors(pid: int) -> list[str]:
    """Return what a process has open, sorted."""
    found = []
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        try:
            found.append(os.readlink(entry).partition(":[")[0])
        except FileNotFoundError:  # closed meanwhile
            continue
    return sorted(found)
