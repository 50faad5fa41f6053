"""Who runs where: the server under test on one processor; the load, and whoever disturbs, on another."""

import os
from typing import Final

ALL: Final = frozenset(os.sched_getaffinity(0))
SERVER: Final = frozenset({min(ALL)})
OTHERS: Final = frozenset({max(ALL)})


def pin(pid: int) -> None:
    """Put every thread of a server on the server's processor, and the caller on the other one.

    What the caller starts later inherits the caller's; `release` first.
    """
    for task in os.listdir(f"/proc/{pid}/task"):
        os.sched_setaffinity(int(task), SERVER)
    os.sched_setaffinity(0, OTHERS)


def release() -> None:
    """Let the caller, and what it starts, run anywhere again."""
    os.sched_setaffinity(0, ALL)
