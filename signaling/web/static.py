"""The browser's files and the security headers of every answer.

Everything that is not /api, /socket.io, /control, /helper, /healthz or /metrics is a file of the built web
client, or the address of one of its pages, which is answered with index.html so that it survives a reload.
Whatever else is asked for is missing and says so (404): a page of an earlier build that asks for one of its
files must learn that the file is gone, not be given a page in its place. Only a person who goes to such an
address reads there, with the same 404, the client's words about it.
"""

import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Middleware

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_PERMISSIONS: Final = (
    "camera=(self), microphone=(self), display-capture=(self), autoplay=(self), picture-in-picture=(self), "
    "geolocation=(), payment=(), usb=()"
)
_IMMUTABLE: Final = "public, max-age=31536000, immutable"
_STRICT: Final = "max-age=31536000"
"""A year, and not for the subdomains, which may be somebody else's."""
_PAGES: Final = frozenset(
    {
        "start",
        "enter",
        "login",
        "password",
        "pad",
        "devices",
        "clerk",
        "counter",
        "specialist",
        "review",
        "supervise",
        "admin",
        "insecure",
        "denied",
    }
)
"""First words of the addresses of pages, as the web client's router has them."""
_SEGMENT: Final = re.compile(r"[\w-]{1,80}", re.ASCII)
"""A word or an id in the address of a page: a file's name has a dot."""
_ENTRY: Final = re.compile(r'<script [^>]*src="(/assets/[^"]+)"')
_MISSING_CLIENT: Final = (
    "<!doctype html><meta charset=utf-8><title>帮办</title>"
    "<p>网页尚未构建:请运行 <code>./dev build</code>,然后刷新。</p>"
)


def content_security_policy(host: str) -> str:
    """Return the policy for pages served under `host` (name and port): nothing leaves our origin.

    Styles may be inline because Element Plus positions its pop-ups with them. The sockets are named because
    older browsers do not take them for `'self'`. WebAssembly may be compiled (CSP3, `'wasm-unsafe-eval'`),
    for noise suppression and the blurred background; nothing else is run that is not a file of ours.
    """
    return (
        "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; "
        f"connect-src 'self' ws://{host} wss://{host}; "
        "img-src 'self' blob: data:; media-src 'self' blob: data:; "
        "font-src 'self' data:; style-src 'self' 'unsafe-inline'; worker-src 'self' blob:; "
        "object-src 'none'; "
        "base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
    )


def security_headers(is_strict: Callable[[web.Request], bool] = lambda request: False) -> Middleware:
    """Return the middleware that puts the security headers on every answer, refusals included.

    Args:
        is_strict: whether the browser reached us over HTTPS and need never try anything else (RFC 6797);
            said by the host's own site only, on another port other services of the host would be cut off.
    """

    @web.middleware
    async def put(request: web.Request, handler: Handler) -> web.StreamResponse:
        strict = _has_the_host(request) and is_strict(request)
        try:
            response = await handler(request)
        except web.HTTPException as refusal:
            _secure(request, refusal, strict=strict)
            raise
        if not response.prepared:
            _secure(request, response, strict=strict)
        return response

    return put


def _has_the_host(request: web.Request) -> bool:
    """Return whether this is the host's own site: what is said of HTTPS goes for all its ports (RFC 6797)."""
    port = request.host.rpartition("]")[2].partition(":")[2]
    return port in ("", "443")


def _secure(request: web.Request, response: web.StreamResponse, *, strict: bool) -> None:
    host = request.host if _plain(request.host) else "localhost"
    headers = response.headers
    headers.setdefault("Content-Security-Policy", content_security_policy(host))
    headers.setdefault("Permissions-Policy", _PERMISSIONS)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "no-referrer")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    if strict:
        headers.setdefault("Strict-Transport-Security", _STRICT)
    if request.path.startswith("/api/"):
        headers.setdefault("Cache-Control", "no-store")


def _plain(host: str) -> bool:
    """Return whether a Host header is only a name or address with a port, so that it may enter a header."""
    return bool(host) and all(letter.isalnum() or letter in ".-:[]" for letter in host)


class WebClient:
    """Serve the built web client.

    Args:
        root: the directory with index.html, e.g. web_client/dist; it may appear later.
    """

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Return the file a path names, or the application's page."""
        path = request.match_info["path"]
        file = self._file(path)
        if file is not None:
            hashed = file.parent.name == "assets"
            return web.FileResponse(file, headers={"Cache-Control": _IMMUTABLE if hashed else "no-cache"})
        known = is_page(path) and _may_be_page(request)
        if not known and not _is_lost(request, path):
            return web.Response(text="404: not found", status=404, headers={"Cache-Control": "no-store"})
        index = self._root / "index.html"
        if not index.is_file():
            return web.Response(text=_MISSING_CLIENT, content_type="text/html", status=503)
        return web.FileResponse(index, status=200 if known else 404, headers={"Cache-Control": "no-cache"})

    def _file(self, path: str) -> Path | None:
        """Return the file of this name; no path, however odd, raises or leads outside the folder."""
        if path.endswith("/"):
            return None
        try:
            file = (self._root / path).resolve()
            return file if file.is_relative_to(self._root) and file.is_file() else None
        except (OSError, ValueError):  # a name too long, a NUL, a surrogate
            return None


def build_of(root: Path) -> str | None:
    """Return the entry script that index.html names, which is another one in every build."""
    try:
        found = _ENTRY.search((root / "index.html").read_text())
    except (OSError, ValueError):
        return None
    return found[1] if found else None


def is_page(path: str) -> bool:
    """Return whether an address (without its first slash) is one that the web client's router knows."""
    if not path:
        return True
    segments = path.removesuffix("/").split("/")
    return segments[0] in _PAGES and all(_SEGMENT.fullmatch(segment) for segment in segments)


def _is_lost(request: web.Request, path: str) -> bool:
    """Return whether a person's browser goes to an address that no page has: the client says so in words."""
    goes_there = request.headers.get("Sec-Fetch-Dest") == "document"
    return goes_there and not path.startswith("assets") and _SEGMENT.fullmatch(path) is not None


def _may_be_page(request: web.Request) -> bool:
    """Return whether the browser goes to an address, rather than asks for a script, picture or the like.

    Browsers say so (Fetch Metadata, Sec-Fetch-Dest); who says nothing may be going there.
    """
    return request.headers.get("Sec-Fetch-Dest", "document") in ("document", "iframe", "empty")
