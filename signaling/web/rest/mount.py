"""Turn the table of endpoints into routes: who asks, permission, body, handler, answer or refusal."""

import logging
from collections.abc import Iterable
from typing import Any

from aiohttp import web
from pydantic import ValidationError

from signaling.domain.actor import Actor
from signaling.domain.audit import AuditResult
from signaling.domain.errors import DomainError
from signaling.web.context import WebContext
from signaling.web.messages.base import Empty, ErrorBody, Message
from signaling.web.problems import (
    Locale,
    Refused,
    domain_body,
    first_fault,
    locale_of,
    refused_body,
    status_of,
)
from signaling.web.rest.table import BODY_BYTES, Asked, Endpoint, Endpoints

_log = logging.getLogger(__name__)


def mount(app: web.Application, families: Iterable[Endpoints], context: WebContext) -> None:
    """Add a route for every endpoint, and one that refuses everything else below /api."""
    for family in families:
        for endpoint in family:
            app.router.add_route(endpoint.method, endpoint.path, _Route(endpoint, context))
    app.router.add_route("*", "/api/{rest:.*}", _unknown)


class _Route:
    """Serve one endpoint."""

    def __init__(self, endpoint: Endpoint, context: WebContext) -> None:
        self._endpoint = endpoint
        self._context = context

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        locale = locale_of(request.headers.get("Accept-Language"))
        try:
            return _response(await self._handle(request, locale))
        except Refused as refused:
            return refusal(refused_body(refused, locale))
        except DomainError as error:
            return refusal(domain_body(error, locale))
        except (web.HTTPException, ConnectionResetError):
            raise
        except Exception:
            _log.exception("%s %s failed", self._endpoint.method, self._endpoint.path)
            return refusal(refused_body(Refused("internal"), locale))

    async def _handle(self, request: web.Request, locale: Locale) -> Message | web.StreamResponse:
        endpoint, context = self._endpoint, self._context
        actor = await self._caller(request)
        if endpoint.permission and actor and endpoint.permission not in actor.permissions:
            what = f"{endpoint.method} {endpoint.path}"
            await context.services.audit.record(actor, "request.refused", what, AuditResult.REFUSED)
            raise Refused("forbidden")
        body = await self._body(request)
        return await endpoint.handler(Asked(request, context, actor, body, locale))

    async def _caller(self, request: web.Request) -> Actor | None:
        if self._endpoint.needs == "nothing":
            return None
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Refused("not_signed_in")
        return await self._context.actor_of_token(token.strip(), self._context.address_of(request))

    async def _body(self, request: web.Request) -> Message:
        """Parse the query string or the JSON body; a form of another site cannot send JSON."""
        endpoint = self._endpoint
        try:
            if endpoint.query is not None:
                return endpoint.query.model_validate(dict(request.query))
            if endpoint.body is Empty:
                return Empty()
            if request.content_type != "application/json":
                raise Refused("malformed", field="Content-Type")
            return endpoint.body.model_validate_json(await _read(request))
        except ValidationError as error:
            raise Refused("malformed", field=first_fault(error)) from None


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


def refusal(body: ErrorBody) -> web.Response:
    """Return the answer that tells of a refusal."""
    shown: dict[str, Any] = {"error": body.model_dump(mode="json")}
    return web.json_response(shown, status=status_of(body.code))


async def _unknown(request: web.Request) -> web.StreamResponse:
    locale = locale_of(request.headers.get("Accept-Language"))
    return refusal(refused_body(Refused("not_found"), locale))
