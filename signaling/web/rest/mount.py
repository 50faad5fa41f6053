"""Turn the table of endpoints into routes: who asks, permission, body, handler, answer or refusal."""

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final

from aiohttp import web
from pydantic import ValidationError

from signaling.domain.actor import Actor
from signaling.domain.audit import AuditAct, AuditResult
from signaling.domain.errors import ForbiddenError
from signaling.web.audited import REQUESTS, Where
from signaling.web.context import WebContext
from signaling.web.messages.base import Empty, Message
from signaling.web.problems import (
    Locale,
    Refusal,
    Refused,
    failure,
    first_fault,
    locale_of,
    refusal_of,
)
from signaling.web.rest.table import BODY_BYTES, Asked, Endpoint, Endpoints
from signaling.web.text import fault_in

BODY_S: Final = 15.0
"""For 64 KiB at most."""

_log = logging.getLogger(__name__)


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def mount(app: web.Application, families: Iterable[Endpoints], context: WebContext) -> None:
    """Add a route for every endpoint, and one that refuses everything else below /api."""
    for family in families:
        for endpoint in family:
            app.router.add_route(endpoint.method, endpoint.path, _route(endpoint, context))
    app.router.add_route("*", "/api/{rest:.*}", _unknown)


def _route(endpoint: Endpoint, context: WebContext) -> Handler:
    """Return what serves one endpoint: its answer, or the refusal an error becomes."""

    async def serve(request: web.Request) -> web.StreamResponse:
        response = await answer(request)
        if not response.prepared:  # pages measure with it how far their clock is off
            response.headers["X-Server-Time"] = f"{context.clock() * 1000:.0f}"
        return response

    async def answer(request: web.Request) -> web.StreamResponse:
        locale = locale_of(request.headers.get("Accept-Language"))
        try:
            return _response(await _handle(endpoint, context, request, locale))
        except web.HTTPException:
            raise
        except ConnectionError:  # whoever asked is gone: nobody reads this
            return web.Response(status=400)
        except Exception as error:
            refusal = refusal_of(error, locale)
            if refusal is None:
                _log.exception("%s %s failed", endpoint.method, endpoint.path)
            return _refused(refusal or failure(locale))

    return serve


async def _handle(
    endpoint: Endpoint, context: WebContext, request: web.Request, locale: Locale
) -> Message | web.StreamResponse:
    actor = await _caller(endpoint, context, request)
    await _admit(endpoint, context, actor)
    try:
        if endpoint.permission and actor:
            actor.require(endpoint.permission)
        body = await _body(endpoint, request)
        answer = await endpoint.handler(Asked(request, context, actor, body, locale))
        await _note(endpoint, context, request, actor)
        return answer
    except ForbiddenError as error:
        await _audit_refusal(context, actor, f"{endpoint.method} {request.path}", error.code)
        raise


async def _admit(endpoint: Endpoint, context: WebContext, actor: Actor | None) -> None:
    """Refuse who asks too often; raises `too_many`."""
    if actor is not None and not context.requests.allow(actor.who.log_name, time.monotonic()):
        await _audit_refusal(context, actor, f"{endpoint.method} {endpoint.path}", "too_many")
        raise Refused("too_many")


async def _audit_refusal(context: WebContext, actor: Actor | None, what: str, code: str) -> None:
    if actor is not None:
        refused = AuditResult.REFUSED
        await context.services.audit.record(actor, AuditAct.REQUEST_REFUSED, what, refused, code=code)


async def _note(endpoint: Endpoint, context: WebContext, request: web.Request, actor: Actor | None) -> None:
    """Write down what no service does, before it is shown."""
    noted = REQUESTS.get((endpoint.method, endpoint.path))
    if actor is not None and noted is not None and noted.where is Where.HERE and noted.act is not None:
        await context.services.audit.viewing(actor, noted.act, request.path)


async def _caller(endpoint: Endpoint, context: WebContext, request: web.Request) -> Actor | None:
    if endpoint.needs == "nothing":
        return None
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Refused("not_signed_in")
    return await context.actor_of_token(token.strip(), context.peer_of(request).address)


async def _body(endpoint: Endpoint, request: web.Request) -> Message:
    """Parse the query string or the JSON body; a form of another site cannot send JSON."""
    try:
        if endpoint.query is not None:
            return endpoint.query.model_validate(dict(request.query))
        if endpoint.body is Empty:
            return Empty()
        if request.content_type != "application/json":
            raise Refused("malformed", field="Content-Type")
        return endpoint.body.model_validate_json(_only_text(await _read_in_time(request)))
    except ValidationError as error:
        raise Refused("malformed", field=first_fault(error)) from None


def _only_text(data: bytes) -> bytes:
    """Return the JSON as it is; raises `malformed` for what no message holds."""
    try:
        fault = fault_in(json.loads(data))
    except (ValueError, RecursionError):
        raise Refused("malformed") from None
    if fault is not None:
        raise Refused("malformed", field=fault)
    return data


async def _read_in_time(request: web.Request) -> bytes:
    try:
        async with asyncio.timeout(BODY_S):
            return await _read(request)
    except TimeoutError:
        raise Refused("too_slow") from None
    except web.RequestPayloadError:
        raise Refused("malformed") from None


async def _read(request: web.Request) -> bytes:
    data = await request.content.read(BODY_BYTES + 1)
    while not request.content.at_eof():
        if len(data) > BODY_BYTES:
            raise Refused("too_large")
        data += await request.content.read(BODY_BYTES + 1 - len(data))
    if len(data) > BODY_BYTES:
        raise Refused("too_large")
    return data


def _response(answer: Message | web.StreamResponse) -> web.StreamResponse:
    if isinstance(answer, web.StreamResponse):
        return answer
    return web.Response(text=answer.model_dump_json(), content_type="application/json")


def _refused(refusal: Refusal) -> web.Response:
    shown: dict[str, Any] = {"error": refusal.body.model_dump(mode="json")}
    return web.json_response(shown, status=refusal.status)


async def _unknown(request: web.Request) -> web.StreamResponse:
    locale = locale_of(request.headers.get("Accept-Language"))
    return _refused(refusal_of(Refused("not_found"), locale) or failure(locale))
