"""Answer a request for media: signature, range, headers, body. No HTTP framework here."""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from recording.replay import Viewer, parse_range
from recording.storage import Storage

CONTENT_TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {"webm": "video/webm", "mp4": "video/mp4", "jpg": "image/jpeg", "json": "application/json"}
)


@dataclass(frozen=True, slots=True)
class MediaResponse:
    """What to send.

    Attributes:
        status: 200 or 206.
        body: chunks; leave it for HEAD.
        viewer: whom the address was signed for.
        key: the object.
    """

    status: int
    headers: Mapping[str, str]
    body: AsyncGenerator[bytes, None]
    viewer: Viewer
    key: str


async def answer_media(
    storage: Storage, key: str, range_header: str | None, viewer: Viewer, max_age: int
) -> MediaResponse:
    """Return the answer for an object the viewer may read for `max_age` more seconds.

    Raises:
        RecordingError: invalid_name, not_found or range.
    """
    stored = await storage.stat(key)
    wanted = parse_range(range_header, stored.size)
    headers = {
        "Content-Type": CONTENT_TYPES.get(key.rpartition(".")[2], "application/octet-stream"),
        "Content-Length": str(wanted.length),
        "Accept-Ranges": "bytes",
        "Cache-Control": f"private, max-age={max_age}",
        "X-Content-Type-Options": "nosniff",
    }
    if wanted.partial:
        headers["Content-Range"] = wanted.content_range
    body = storage.read(key, wanted.start, wanted.length)
    return MediaResponse(206 if wanted.partial else 200, headers, body, viewer, key)
