"""Objects in a local directory, one subdirectory a call. Disk work is done in threads."""

import asyncio
import fcntl
import os
import shutil
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from errno import EXDEV
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

from recording.config import StorageSettings, checked_name
from recording.errors import InvalidNameError, MissingError
from recording.storage.partial import open_partial, sweep_partials
from recording.storage.port import StoredObject, checked_key


class LocalStorage:
    """Implements `recording.storage.Storage`.

    Args:
        root: absolute directory that exists.
        chunk_bytes: most bytes of one chunk.
    """

    def __init__(self, root: Path, chunk_bytes: int) -> None:
        self._root = root
        self._chunk_bytes = chunk_bytes

    async def put(self, key: str, data: bytes) -> StoredObject:
        """Store bytes, durable when this returns."""
        return await asyncio.to_thread(self._put, key, data)

    async def put_file(self, key: str, path: Path) -> StoredObject:
        """Store a local file, durable when this returns."""
        return await asyncio.to_thread(self._take, key, path)

    async def stat(self, key: str) -> StoredObject:
        """Return what is stored."""
        return await asyncio.to_thread(self._stat, key)

    async def read(self, key: str, start: int, length: int) -> AsyncGenerator[bytes, None]:
        """Yield a range in chunks."""
        path = self._path(key)
        try:
            file = await asyncio.to_thread(path.open, "rb")
        except FileNotFoundError as problem:
            raise _missing() from problem
        try:
            position, end = start, start + length
            while position < end:
                size = min(self._chunk_bytes, end - position)
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
            raise _missing() from problem

    def _put(self, key: str, data: bytes) -> StoredObject:
        with open_partial(self._root) as (partial, file):
            file.write(data)
            self._settle(partial, file, key)
        return StoredObject(key, len(data))

    def _take(self, key: str, path: Path) -> StoredObject:
        with open_partial(self._root) as (partial, file), path.open("rb") as source:
            _move_or_copy(path, source, partial, file)
            self._settle(partial, file, key)
        path.unlink(missing_ok=True)
        return self._stat(key)

    def _settle(self, partial: Path, file: BinaryIO, key: str) -> None:
        """Put what was written in the object's place, durably."""
        target = self._path(key)
        target.parent.mkdir(mode=0o700, exist_ok=True)
        file.flush()
        _sync(partial)
        partial.replace(target)
        _sync(target.parent)


@asynccontextmanager
async def open_local(settings: StorageSettings) -> AsyncIterator[LocalStorage]:
    """Open the storage of a `file:///absolute/directory`; it is made if missing, readable by nobody else.

    Raises:
        InvalidNameError: another form of address.
    """
    parts = urlsplit(settings.url)
    root = Path(unquote(parts.path))
    if parts.netloc or not root.is_absolute():
        raise InvalidNameError("A storage directory is written as file:///absolute/directory.")
    await asyncio.to_thread(root.mkdir, mode=0o700, parents=True, exist_ok=True)
    await asyncio.to_thread(sweep_partials, root)
    yield LocalStorage(root, settings.chunk_bytes)


def _missing() -> MissingError:
    return MissingError("This is not stored (any more).")


def _move_or_copy(path: Path, source: BinaryIO, partial: Path, file: BinaryIO) -> None:
    """Take the file itself, or its bytes where it lies on another file system."""
    fcntl.flock(source, fcntl.LOCK_EX)
    try:
        os.rename(path, partial)
    except OSError as problem:
        if problem.errno != EXDEV:
            raise
        shutil.copyfileobj(source, file)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
