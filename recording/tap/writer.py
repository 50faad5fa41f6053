"""One journal file being written (RECORDING 8): records collect, `flush` hands them over in one call.

Writing happens on the media loop: a write into the page cache takes microseconds, while a writer thread
would fight the packet path for the GIL.
"""

import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from recording.format.record import HEADER_BYTES, encode_header

_MAX_PIECES: Final = 1000
"""Linux refuses a writev of more than 1,024 pieces (IOV_MAX)."""


class JournalWriter:
    """An append-only journal.

    Args:
        path: file to be created.
        slow_write: seconds above which a write counts as slow.

    Attributes:
        descriptor: the open file; the syncer closes it.
        bytes_written: bytes the kernel took.
        pending_bytes: bytes appended and not yet flushed.
        slow_writes: writes that took longer than `slow_write`.

    Raises:
        OSError: from the constructor and from `flush`.
    """

    __slots__ = (
        "_path",
        "_pieces",
        "_slow_write",
        "bytes_written",
        "descriptor",
        "pending_bytes",
        "slow_writes",
    )

    def __init__(self, path: Path, slow_write: float) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
        self.descriptor = os.open(path, flags, 0o600)
        self._path = path
        self.bytes_written = 0
        self.pending_bytes = 0
        self.slow_writes = 0
        self._pieces: list[bytes] = []
        self._slow_write = slow_write

    def append(self, kind: int, now: float, payload: bytes) -> None:
        """Add a record; `now` in monotonic seconds, `payload` at most 65,535 bytes."""
        self._pieces.append(encode_header(kind, int(now * 1e9), payload))
        self._pieces.append(payload)
        self.pending_bytes += HEADER_BYTES + len(payload)

    def flush(self) -> None:
        """Hand everything appended to the kernel; what it refuses is dropped with the error."""
        pieces, self._pieces = self._pieces, []
        self.pending_bytes = 0
        for start in range(0, len(pieces), _MAX_PIECES):
            self._write(pieces[start : start + _MAX_PIECES])

    def discard(self) -> None:
        """Remove the file, in which there is nothing."""
        with suppress(OSError):
            self._path.unlink()

    def _write(self, pieces: list[bytes]) -> None:
        started = time.perf_counter()
        expected = sum(map(len, pieces))
        written = os.writev(self.descriptor, pieces)
        self.bytes_written += written
        if written < expected:  # the disk is nearly full: one more try tells the reason
            rest = b"".join(pieces)[written:]
            self.bytes_written += os.write(self.descriptor, rest)
        if time.perf_counter() - started > self._slow_write:
            self.slow_writes += 1
