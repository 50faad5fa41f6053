"""HTTP ranges (RFC 9110 §14): which bytes a `Range` header asks for.

Deliberately not done: several ranges at once; a server may answer the whole object instead (§14.2).

A part up to the end, said or not, is answered with `TO_THE_END_BYTES` at most. A player that has
enough leaves the rest of such an answer unread for as long as it stands or plays, and a browser has
six connections to a server (HTTP/1.1): with six lanes the page could ask nothing any more. "A
client MUST inspect a 206 response's Content-Type and Content-Range field(s) to determine what parts
are enclosed and whether additional requests are needed" (§15.3.7): Chromium and Firefox ask for the
next part when they need it.
"""

import re
from dataclasses import dataclass
from typing import Final

from recording.errors import RangeError

TO_THE_END_BYTES: Final = 256 << 10
"""Chromium takes so much in, whether or not its player reads it, and the connection is free again; with
512 KiB a seventh lane waited for ever."""
_SINGLE: Final = re.compile(r"bytes=\s*(\d{0,18})-(\d{0,18})\s*")


@dataclass(frozen=True, slots=True)
class ByteRange:
    """Bytes `start` … `start + length − 1` of `size`; `partial` says that the client asked for a part."""

    start: int
    length: int
    size: int
    partial: bool

    @property
    def content_range(self) -> str:
        """Value of the `Content-Range` header."""
        return f"bytes {self.start}-{self.start + self.length - 1}/{self.size}"


def parse_range(header: str | None, size: int) -> ByteRange:
    """Return the bytes to send of an object of `size` bytes.

    A header that is absent, malformed or of several ranges means the whole object.

    Raises:
        RangeError: a range that lies outside the object.
    """
    match = _SINGLE.fullmatch(header) if header else None
    if match is None or not (match[1] or match[2]):
        return ByteRange(0, size, size, partial=False)
    if not match[1]:  # "bytes=-500": the last 500
        start, end = max(0, size - int(match[2])), size
    else:
        start = int(match[1])
        end = min(size, int(match[2]) + 1) if match[2] else size
        if match[2] and int(match[2]) < start:
            return ByteRange(0, size, size, partial=False)
        if end == size:
            end = min(size, start + TO_THE_END_BYTES)
    if start >= end:
        raise RangeError("This part of the recording does not exist.", size=size)
    return ByteRange(start, end - start, size, partial=True)
