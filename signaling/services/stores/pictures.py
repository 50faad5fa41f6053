"""Bytes of stills and files."""

from collections.abc import AsyncIterator
from typing import Protocol


class PictureStore(Protocol):
    """Bytes of stills and files, by key `<call_id>/<name>` (recording.storage.Storage)."""

    async def put(self, key: str, data: bytes) -> object: ...

    async def delete(self, key: str) -> None:
        """Remove a picture; one that is not there is fine."""
        ...

    def read(self, key: str, start: int, length: int) -> AsyncIterator[bytes]:
        """Yield bytes `start` … `start + length − 1`; raises `recording.errors.MissingError` at the first."""
        ...
