"""The first look at every request: addresses and headers hold only text, or it is refused."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from signaling.web.problems import Refused, failure, locale_of, refusal_of
from signaling.web.text import is_clean

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def only_text(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse control characters, and bytes that are no UTF-8, wherever a handler may read them."""
    if _is_text(request):
        return await handler(request)
    language = request.headers.get("Accept-Language", "")
    locale = locale_of(language if is_clean(language) else None)
    refusal = refusal_of(Refused("malformed"), locale) or failure(locale)
    return web.json_response({"error": refusal.body.model_dump(mode="json")}, status=refusal.status)


def _is_text(request: web.Request) -> bool:
    if not is_clean(request.path) or not is_clean(request.path_qs):
        return False
    if not all(is_clean(name) and is_clean(value) for name, value in request.query.items()):
        return False
    return all(is_clean(value) for value in request.headers.values())
