"""Objects in a local directory, one subdirectory a call. Disk work is done in threads."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit
from uuid import uuid4

from recording.config import StorageSettings, checked_name
from recording.errors import InvalidNameError, MissingError
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

    async def read(self, key: str, start: int, length: int) -> AsyncIterator[bytes]:
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
        with self._replacing(key) as partial:
            partial.write_bytes(data)
        return StoredObject(key, len(data))

    def _take(self, key: str, path: Path) -> StoredObject:
        with self._replacing(key) as partial:
            shutil.move(path, partial)
        return self._stat(key)

    @contextmanager
    def _replacing(self, key: str) -> Iterator[Path]:
        """Give a path to write to; what is there at the end takes the object's place, durably."""
        target = self._path(key)
        target.parent.mkdir(mode=0o700, exist_ok=True)
        partial = target.with_name(f".{uuid4().hex}.part")
        try:
            yield partial
            _sync(partial)
            partial.replace(target)
            _sync(target.parent)
        finally:
            partial.unlink(missing_ok=True)


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
    yield LocalStorage(root, settings.chunk_bytes)


def _missing() -> MissingError:
    return MissingError("This is not stored (any more).")


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
