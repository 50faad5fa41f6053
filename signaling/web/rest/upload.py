"""Receive a body, bounded and hashed on the way; a picture is checked against what was said, and decoded."""

import asyncio
import hashlib
from dataclasses import dataclass
from typing import Final

from aiohttp import StreamReader, web

from signaling.services.settings import STILL_BYTES
from signaling.web.problems import Refused
from signaling.web.rest.image import MOST_PIXELS, ImageHeader, image_header, is_whole

_CHUNK: Final = 64 * 1024
UPLOAD_S: Final = 120.0
"""Longest upload: 12 MiB at 1 Mbit/s take 100 s, and clients give up then too. Few are received at once, so
that slower ones must not keep the others waiting for ever.
"""
SILENCE_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class Picture:
    """A received picture."""

    data: bytes
    sha256: str
    header: ImageHeader


async def receive_picture(
    content: StreamReader,
    decoding: asyncio.Semaphore,
    *,
    length: int | None,
    sha256: str,
    width: int,
    height: int,
) -> Picture:
    """Return the picture of a request's body.

    Args:
        content: the body.
        decoding: how many pictures are decoded at once, each in the memory of all its pixels.
        length: its Content-Length, None when it is not given.
        sha256: what the client says its hash is, in hex.
        width, height: what the client says its size is, in pixels.

    Raises:
        Refused: `too_large`, `hash_mismatch`, `not_an_image`, `size_mismatch`, `too_many_pixels`;
            `too_slow` when it takes longer than `UPLOAD_S` or nothing comes for `SILENCE_S`.
    """
    data, digest = await receive(content, length=length, most=STILL_BYTES)
    header = image_header(data)
    if digest != sha256.lower():
        raise Refused("hash_mismatch")
    if header is None:
        raise Refused("not_an_image")
    if (header.width, header.height) != (width, height):
        raise Refused("size_mismatch")
    if header.pixels > MOST_PIXELS:
        raise Refused("too_many_pixels")
    async with decoding:
        if not await asyncio.to_thread(is_whole, data):
            raise Refused("not_an_image")
    return Picture(data, digest, header)


async def receive(content: StreamReader, *, length: int | None, most: int) -> tuple[bytes, str]:
    """Return a request's body and its SHA-256 in hex; raises as `receive_picture` does of size and time."""
    if length is not None and length > most:
        raise Refused("too_large")
    try:
        async with asyncio.timeout(UPLOAD_S):
            return await _receive(content, most)
    except TimeoutError:
        raise Refused("too_slow") from None
    except web.RequestPayloadError:
        raise Refused("malformed") from None


async def _receive(content: StreamReader, most: int) -> tuple[bytes, str]:
    digest, data = hashlib.sha256(), bytearray()
    while chunk := await _chunk(content):
        data += chunk
        if len(data) > most:
            raise Refused("too_large")
        digest.update(chunk)
    return bytes(data), digest.hexdigest()


async def _chunk(content: StreamReader) -> bytes:
    async with asyncio.timeout(SILENCE_S):
        return await content.read(_CHUNK)
