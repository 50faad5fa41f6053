"""What the browser has already: tags of bytes that never change under their address (RFC 9110 §8.8, §13)."""

import hashlib
from collections.abc import Mapping

from aiohttp import web


def file_tag(key: str, headers: Mapping[str, str]) -> str:
    """Return the strong tag of a recorded file: its key and whole size, which the answer's headers tell."""
    size = headers.get("Content-Range", headers["Content-Length"]).rpartition("/")[2]
    return f'"{hashlib.sha256(key.encode()).hexdigest()[:16]}-{size}"'


def is_known(request: web.Request, tag: str) -> bool:
    """Return whether the browser holds what has this tag (If-None-Match)."""
    held = {one.strip().removeprefix("W/") for one in request.headers.get("If-None-Match", "").split(",")}
    return tag in held or "*" in held


def range_holds(request: web.Request, tag: str) -> bool:
    """Return whether a part may be sent: no If-Range, or one with this tag; dates are not compared."""
    condition = request.headers.get("If-Range")
    return condition is None or condition.strip() == tag
