"""Stills as files in one directory: written whole, then renamed, so that a crash leaves no half picture."""

import asyncio
import os
import re
from pathlib import Path
from typing import Final

_KEY: Final = re.compile(r"[A-Za-z0-9_-]{1,64}/[A-Za-z0-9_-]{1,64}\.(jpg|png)")


class FilePictureStore:
    """PictureStore port over a directory; keys look like `<call_id>/<still_id>.jpg`."""

    def __init__(self, root: Path) -> None:
        self._root = root

    async def put(self, key: str, data: bytes) -> None:
        """Write and sync a picture."""
        await asyncio.to_thread(self._write, self._path(key), data)

    async def get(self, key: str) -> bytes | None:
        """Return a picture's bytes, or None."""
        return await asyncio.to_thread(self._read, self._path(key))

    def _path(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise ValueError(f"not a picture key: {key!r}")
        return self._root / key

    def _write(self, path: Path, data: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial = path.with_suffix(".partial")
        with partial.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)

    def _read(self, path: Path) -> bytes | None:
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return None
