"""Recordings in a local directory, one subdirectory a call. Disk work is done in threads."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit
from uuid import uuid4

from recording.config import checked_name
from recording.errors import InvalidNameError, MissingError
from recording.storage.port import StoredObject, checked_key

CHUNK_BYTES: Final = 1 << 18


class LocalStorage:
    """Implements `recording.storage.Storage`.

    Args:
        root: absolute directory; made if missing, readable by nobody else.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        root.mkdir(mode=0o700, parents=True, exist_ok=True)

    @classmethod
    def from_url(cls, url: str) -> "LocalStorage":
        """Return the storage of a `file:///absolute/directory` address.

        Raises:
            InvalidNameError: another form of address.
        """
        parts = urlsplit(url)
        path = Path(unquote(parts.path))
        if parts.netloc or not path.is_absolute():
            raise InvalidNameError("A storage directory is written as file:///absolute/directory.")
        return cls(path)

    async def put_file(self, key: str, path: Path) -> StoredObject:
        """Store a local file, durable when this returns."""
        return await asyncio.to_thread(self._put, key, path)

    async def stat(self, key: str) -> StoredObject:
        """Return what is stored."""
        return await asyncio.to_thread(self._stat, key)

    async def read(self, key: str, start: int, length: int) -> AsyncIterator[bytes]:
        """Yield a range in chunks of at most 256 KiB."""
        path = self._path(key)
        try:
            file = await asyncio.to_thread(path.open, "rb")
        except FileNotFoundError as problem:
            raise MissingError("This recording is not stored (any more).") from problem
        try:
            position, end = start, start + length
            while position < end:
                size = min(CHUNK_BYTES, end - position)
                chunk = await asyncio.to_thread(os.pread, file.fileno(), size, position)
                if not chunk:
                    return
                position += len(chunk)
                yield chunk
        finally:
            file.close()

    async def delete(self, key: str) -> None:
        """Remove an object."""
        await asyncio.to_thread(self._path(key).unlink, missing_ok=True)

    async def delete_call(self, call_id: str) -> None:
        """Remove a call's directory."""
        await asyncio.to_thread(shutil.rmtree, self._root / checked_name(call_id), ignore_errors=True)

    def _path(self, key: str) -> Path:
        return self._root / checked_key(key)

    def _stat(self, key: str) -> StoredObject:
        try:
            return StoredObject(key, self._path(key).stat().st_size)
        except FileNotFoundError as problem:
            raise MissingError("This recording is not stored (any more).") from problem

    def _put(self, key: str, path: Path) -> StoredObject:
        target = self._path(key)
        target.parent.mkdir(mode=0o700, exist_ok=True)
        partial = target.with_name(f".{uuid4().hex}.part")
        try:
            shutil.move(path, partial)
            _sync(partial)
            partial.replace(target)
            _sync(target.parent)
        finally:
            partial.unlink(missing_ok=True)
        return self._stat(key)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
