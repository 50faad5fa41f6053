"""Receive a picture: streamed to disk with a bound, hashed on the way, its header checked against what was said."""

import asyncio
import contextlib
import hashlib
import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from aiohttp import StreamReader

from signaling.web.problems import Refused
from signaling.web.rest.image import HEADER_BYTES, ImageHeader, image_header

PICTURE_BYTES: Final = 12 * 1024 * 1024
"""A 4K document as JPEG of best quality is about 8 MiB."""
_CHUNK: Final = 64 * 1024
_READ_TIMEOUT_S: Final = 30.0
"""Longest silence of a client that uploads."""


@dataclass(frozen=True, slots=True)
class Received:
    """A received picture; `path` is a temporary file whose name the receiver keeps or deletes."""

    path: Path
    size_bytes: int
    sha256: str
    header: ImageHeader


@asynccontextmanager
async def receive_picture(
    content: StreamReader, folder: Path, *, sha256: str, width: int, height: int
) -> AsyncIterator[Received]:
    """Store a picture in a temporary file of `folder`, deleted at the end unless it was renamed.

    Raises:
        Refused: `too_large`, `hash_mismatch`, `not_an_image`, `size_mismatch`, `malformed` when it stops coming.
    """
    path = folder / f".upload-{secrets.token_hex(8)}"
    try:
        digest, size, head = await _store(content, path)
        header = image_header(head)
        if digest != sha256.lower():
            raise Refused("hash_mismatch")
        if header is None:
            raise Refused("not_an_image")
        if (header.width, header.height) != (width, height):
            raise Refused("size_mismatch")
        yield Received(path, size, digest, header)
    finally:
        with contextlib.suppress(FileNotFoundError):
            path.unlink()


async def _store(content: StreamReader, path: Path) -> tuple[str, int, bytes]:
    """Write the content; return its SHA-256 in hex, its size and its first bytes."""
    digest, size, head = hashlib.sha256(), 0, bytearray()
    file = await asyncio.to_thread(_create, path)
    try:
        while chunk := await _read(content):
            size += len(chunk)
            if size > PICTURE_BYTES:
                raise Refused("too_large")
            head += chunk[: max(0, HEADER_BYTES - len(head))]
            digest.update(chunk)
            await asyncio.to_thread(file.write, chunk)
        await asyncio.to_thread(_finish, file)
    finally:
        file.close()
    return digest.hexdigest(), size, bytes(head)


async def _read(content: StreamReader) -> bytes:
    try:
        async with asyncio.timeout(_READ_TIMEOUT_S):
            return await content.read(_CHUNK)
    except TimeoutError:
        raise Refused("malformed") from None


def _create(path: Path) -> BinaryIO:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path.open("xb")


def _finish(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())
