"""What every storage of recordings and stills offers."""

import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from cryptography.hazmat.primitives import hashes

from recording.config import DIGESTS
from recording.errors import InvalidNameError

_KEY: Final = re.compile(r"[A-Za-z0-9_-]{1,64}/[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}")


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object's key and length in bytes."""

    key: str
    size: int


class Storage(Protocol):
    """Objects under keys of the form `<call_id>/<name>`.

    Every method raises InvalidNameError for another kind of key.
    """

    async def put(self, key: str, data: bytes) -> StoredObject:
        """Store bytes, durable when this returns; readers see the old object or the whole new one."""

    async def put_file(self, key: str, path: Path) -> StoredObject:
        """Store a local file as `put` does; `path` may be consumed."""

    async def stat(self, key: str) -> StoredObject:
        """Return what is stored. Raises MissingError."""

    def read(self, key: str, start: int, length: int) -> AsyncGenerator[bytes, None]:
        """Yield bytes `start` … `start + length − 1` in chunks. Raises MissingError at the first chunk."""

    async def delete(self, key: str) -> None:
        """Remove an object; one that is not there is fine."""

    async def delete_call(self, call_id: str) -> None:
        """Remove every object of a call."""


async def read_back(storage: Storage, key: str, suite: str) -> str:
    """Return the suite's digest of an object as it is read from the storage. Raises MissingError."""
    stored = await storage.stat(key)
    digest = hashes.Hash(DIGESTS[suite]())
    async for chunk in storage.read(key, 0, stored.size):
        digest.update(chunk)
    return digest.finalize().hex()


def checked_key(key: str) -> str:
    """Return `key` if it is one.

    Raises:
        InvalidNameError: not `<call_id>/<name>`.
    """
    if not _KEY.fullmatch(key):
        raise InvalidNameError("An object's key is a call and a name.")
    return key
