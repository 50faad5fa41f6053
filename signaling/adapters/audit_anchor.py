"""How far the audit log had come, kept outside the database: who can write there cannot cut the log unseen.

One line in a file of the data folder: sequence, digest, the first keyed sequence, and a MAC over them. It
only ever moves forward. Each machine that writes entries has its own.
"""

import asyncio
import fcntl
import hashlib
import hmac
import logging
import os
from pathlib import Path
from typing import Final

from signaling.services.stores import Anchored, AnchorForgedError

_log = logging.getLogger(__name__)
_LINE_BYTES: Final = 512


class AuditAnchorFile:
    """AuditAnchor over a file that is its owner's alone.

    Args:
        path: the file; made at the first entry.
        key: of the MAC; not in the database.
    """

    def __init__(self, path: Path, key: bytes) -> None:
        self._path = path
        self._key = key

    async def read(self) -> Anchored | None:
        """Return what is kept, None when there is no file. Raises AnchorForgedError."""
        return await asyncio.to_thread(self._read)

    async def advance(self, anchored: Anchored) -> None:
        """Keep a later end of the log; an earlier one changes nothing. Raises OSError, AnchorForgedError."""
        await asyncio.to_thread(self._advance, anchored)

    def _read(self) -> Anchored | None:
        try:
            return self._parsed(self._path.read_bytes())
        except FileNotFoundError:
            return None

    def _advance(self, anchored: Anchored) -> None:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            before = os.pread(descriptor, _LINE_BYTES, 0)
            known = self._parsed(before) if before else None
            if known is None or known.sequence < anchored.sequence:
                os.pwrite(descriptor, self._written(anchored), 0)
        finally:
            os.close(descriptor)

    def _written(self, anchored: Anchored) -> bytes:
        said = f"{anchored.sequence:020d} {anchored.digest} {anchored.keyed_from:020d}"
        return f"{said} {self._mac(said)}\n".encode()

    def _parsed(self, line: bytes) -> Anchored:
        said, _, mac = line.decode("ascii", "replace").strip().rpartition(" ")
        if not hmac.compare_digest(self._mac(said).encode(), mac.encode()):
            raise AnchorForgedError(str(self._path))
        sequence, digest, keyed_from = said.split(" ")
        return Anchored(int(sequence), digest, int(keyed_from))

    def _mac(self, said: str) -> str:
        return hmac.new(self._key, f"audit anchor\n{said}".encode(), hashlib.sha256).hexdigest()
