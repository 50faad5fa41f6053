"""Loaded by Python itself in every process of a product that was started with `probed.environ`.

On SIGUSR2 the process collects its garbage, gives free memory back and writes what it holds into the folder
of the probe. It uses nothing of the product, and the product knows nothing of it.
"""

import asyncio
import ctypes
import gc
import json
import os
import signal
import sys
import threading
import tracemalloc
from collections import Counter
from pathlib import Path


class _Mallinfo2(ctypes.Structure):
    _fields_ = [
        *((name, ctypes.c_size_t) for name in ("arena", "ordblks", "smblks", "hblks", "hblkhd")),
        *((name, ctypes.c_size_t) for name in ("usmblks", "fsmblks", "uordblks", "fordblks", "keepcost")),
    ]


def _allocated_bytes() -> int:
    """Return the bytes of malloc that are in use: all of Python's and of its libraries', see `probed`."""
    libc = ctypes.CDLL(None)
    libc.mallinfo2.restype = _Mallinfo2
    libc.malloc_trim(0)
    found = libc.mallinfo2()
    return int(found.uordblks + found.hblkhd)


def _sqlite_bytes() -> int:
    """Return the part of it that SQLite has: its page caches, above all."""
    if "_sqlite3" not in sys.modules:
        return 0
    used = ctypes.CDLL("libsqlite3.so.0").sqlite3_memory_used
    used.restype = ctypes.c_int64
    return int(used())


def _tasks() -> list[str]:
    try:
        tasks = asyncio.all_tasks()
    except RuntimeError:  # no loop runs here
        return []
    return sorted(getattr(task.get_coro(), "__qualname__", "?") for task in tasks)


def _tell(*_: object) -> None:
    gc.collect()
    told = {
        "allocated_bytes": _allocated_bytes(),
        "sqlite_bytes": _sqlite_bytes(),
        "tasks": _tasks(),
        "threads": sorted(thread.name for thread in threading.enumerate()),
        "objects": Counter(type(one).__qualname__ for one in gc.get_objects()),
    }
    path = Path(os.environ["LEAK_PROBE"]) / str(os.getpid())
    if tracemalloc.is_tracing():
        tracemalloc.take_snapshot().dump(f"{path}.trace")
    elif frames := os.environ.get("LEAK_TRACE"):  # from the first question on: to start under it takes long
        tracemalloc.start(int(frames))
    path.with_suffix(".part").write_text(json.dumps(told))
    path.with_suffix(".part").rename(path)


if "LEAK_PROBE" in os.environ and "signaling" in sys.orig_argv:
    signal.signal(signal.SIGUSR2, _tell)
