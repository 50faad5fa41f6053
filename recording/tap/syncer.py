"""The one thread beside the media loop: it makes journals durable and closes them.

Written data is safe from a killed process at once (the kernel has it); `fdatasync` each second keeps it
from a power cut. It waits for the disk, so it must not run on the loop; it gives up the GIL meanwhile.
"""

import logging
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Final

_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Sync:
    descriptors: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Close:
    descriptor: int


@dataclass(frozen=True, slots=True)
class _Created:
    directory: Path


_Work = _Sync | _Close | _Created


class Syncer:
    """Queue work for the thread; the thread lives from the first `start` to `stop`."""

    def __init__(self) -> None:
        self._queue: SimpleQueue[_Work | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._busy = threading.Event()

    def start(self) -> None:
        """Start the thread unless it runs."""
        if self._thread is None:
            self._thread = threading.Thread(
                target=_serve, args=(self._queue, self._busy), name="journal-sync", daemon=True
            )
            self._thread.start()

    def stop(self, timeout: float) -> None:
        """Let the thread finish what is queued and end; wait for it at most `timeout` seconds."""
        if self._thread is None:
            return
        self._queue.put(None)
        self._thread.join(timeout)
        self._thread, self._queue, self._busy = None, SimpleQueue(), threading.Event()

    def sync(self, descriptors: Sequence[int]) -> None:
        """Have the files synced; while a round still runs, this one is left to the next second."""
        if descriptors and not self._busy.is_set():
            self._busy.set()
            self._queue.put(_Sync(tuple(descriptors)))

    def close(self, descriptor: int) -> None:
        """Sync a file a last time and close it; the descriptor is the thread's from now on."""
        self._queue.put(_Close(descriptor))

    def created(self, directory: Path) -> None:
        """A file was created: make its directory entry durable."""
        self._queue.put(_Created(directory))


def _serve(queue: "SimpleQueue[_Work | None]", busy: threading.Event) -> None:
    while (work := queue.get()) is not None:
        match work:
            case _Sync(descriptors):
                for descriptor in descriptors:
                    _sync(descriptor)
                busy.clear()
            case _Close(descriptor):
                _sync(descriptor)
                os.close(descriptor)
            case _Created(directory):
                _sync_directory(directory)


def _sync(descriptor: int) -> None:
    try:
        os.fdatasync(descriptor)
    except OSError as problem:
        _log.warning("a journal could not be synced: %s", problem.strerror)


def _sync_directory(directory: Path) -> None:
    try:
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as problem:
        _log.warning("a journal directory could not be opened: %s", problem.strerror)
        return
    _sync(descriptor)
    os.close(descriptor)
