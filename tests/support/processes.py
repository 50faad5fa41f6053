"""Processes below another one, as the kernel lists them, and one that makes way for all others."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

YIELDING: Final = '{ echo 19 > /proc/self/autogroup; } 2>/dev/null; exec nice -n 19 "$@"'
"""For `sh`: run its arguments as on a machine of their own, which take the processor from nobody here.

Linux shares it between sessions first (sched(7), autogroups), by niceness within each only: what is started
so has to begin a session.
"""


def descendants(pid: int) -> Iterator[int]:
    """Yield the ids of the children of a process, and theirs; those that end meanwhile may be missing."""
    for child in _children(pid):
        yield child
        yield from descendants(child)


def _children(pid: int) -> list[int]:
    found: list[int] = []
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # a thread that just ended
                found += map(int, (task / "children").read_text().split())
    return found
