"""Stills of before they had a place in the storage of recordings: they are brought there at start."""

import asyncio
import logging
from contextlib import suppress
from pathlib import Path

from recording.storage import Storage

_log = logging.getLogger(__name__)


async def adopt_stills(folder: Path, storage: Storage) -> None:
    """Move every picture of `folder/<call_id>/` into the storage under the same key; then nothing is left.

    Another process may do the same at the same time: what is gone was moved.
    """
    pictures = await asyncio.to_thread(_pictures, folder)
    for picture in pictures:
        with suppress(FileNotFoundError):
            await storage.put_file(f"{picture.parent.name}/{picture.name}", picture)
    if pictures:
        _log.info("%d stills were moved into the storage of recordings", len(pictures))
    await asyncio.to_thread(_remove_empty, folder)


def _pictures(folder: Path) -> list[Path]:
    return [path for path in folder.glob("*/*") if path.suffix in (".jpg", ".png")]


def _remove_empty(folder: Path) -> None:
    for emptied in [*folder.glob("*"), folder]:
        with suppress(OSError):  # something else lies there, or it is gone already
            emptied.rmdir()
