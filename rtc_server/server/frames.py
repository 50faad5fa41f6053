"""Frames of the control channel: a 32-bit big-endian length, then that many bytes of UTF-8 JSON."""

import asyncio
import json
from struct import Struct
from typing import Any, Final

from rtc_server.errors import MalformedError

_LENGTH: Final = Struct("!I")


def encode_frame(message: dict[str, Any]) -> bytes:
    """Return the bytes of one message (JSON object)."""
    body = json.dumps(message, separators=(",", ":"), ensure_ascii=False).encode()
    return _LENGTH.pack(len(body)) + body


async def read_frame(reader: asyncio.StreamReader, *, max_bytes: int) -> dict[str, Any] | None:
    """Return the next message, or None at the end of the stream.

    Raises:
        MalformedError: longer than `max_bytes`, not JSON, or not an object; the connection is beyond repair.
    """
    try:
        (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
        if length > max_bytes:
            raise MalformedError(f"a control frame of {length} bytes is longer than {max_bytes}")
        body = await reader.readexactly(length)
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    try:
        message = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise MalformedError("a control frame is not JSON") from error
    if not isinstance(message, dict):
        raise MalformedError("a control frame is not a JSON object")
    return message
