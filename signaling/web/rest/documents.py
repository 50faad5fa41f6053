"""The interface's own description, health and figures."""

from collections.abc import Awaitable, Callable, Iterable
from importlib import resources
from typing import Final

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from signaling.web.peer import Peer
from signaling.web.rest.table import Endpoints
from signaling.web.schema.openapi import openapi, protocol

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_PAGES: Final = {"docs": "text/html", "docs.css": "text/css", "docs.js": "text/javascript"}


def mount_documents(
    app: web.Application,
    families: Iterable[Endpoints],
    *,
    version: str,
    metrics: CollectorRegistry,
    measure: Callable[[], Awaitable[None]],
    peer_of: Callable[[web.Request], Peer],
) -> None:
    """Add /api/openapi.json, /api/protocol.json, /api/docs, /healthz, and /metrics for this machine only.

    Args:
        measure: brings the figures up to date that are fetched from elsewhere.
        peer_of: who asks, through trusted proxies.
    """
    described = openapi(families, version=version)
    spoken = protocol()

    async def health(request: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def figures(request: web.Request) -> web.Response:
        if not peer_of(request).is_local:
            raise web.HTTPNotFound
        await measure()
        body = generate_latest(metrics)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def rest_document(request: web.Request) -> web.Response:
        return web.json_response(described)

    async def socket_document(request: web.Request) -> web.Response:
        return web.json_response(spoken)

    app.router.add_get("/healthz", health)
    app.router.add_get("/metrics", figures)
    app.router.add_get("/api/openapi.json", rest_document)
    app.router.add_get("/api/protocol.json", socket_document)
    for name, content_type in _PAGES.items():
        app.router.add_get(f"/api/{name}", _page(name if "." in name else f"{name}.html", content_type))


def _page(name: str, content_type: str) -> Handler:
    """Return what serves one of the server's own pages."""
    text = resources.files("signaling.web.pages").joinpath(name).read_text()

    async def serve(request: web.Request) -> web.Response:
        return web.Response(text=text, content_type=content_type)

    return serve
