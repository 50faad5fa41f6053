"""Endpoints as data: a handler's annotations say what it takes and answers, its decorator says the rest.

    @endpoints.add("POST", "/api/points", permission=Permission.POINT_WRITE, summary="…")
    async def open_point(asked: Asked[PointBody]) -> PointView: ...

From the same table come the routes (`rest.mount`), the OpenAPI document and the test that nothing lacks a
permission.
"""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, Generic, Literal, TypeVar

from aiohttp import web

from recording.replay import Viewer
from signaling.domain.actor import Actor
from signaling.domain.roles import Permission
from signaling.web.context import WebContext
from signaling.web.messages.base import Empty, Message, Query
from signaling.web.problems import Locale
from signaling.web.signature import answers_of, body_of
from signaling.web.viewers import browser_of, viewer_of

Method = Literal["GET", "POST", "PUT", "PATCH"]
Needs = Literal["nothing", "session"]
BODY_BYTES: Final = 64 * 1024

Body = TypeVar("Body", bound=Message)


@dataclass(frozen=True, slots=True)
class Asked(Generic[Body]):
    """One request as its handler sees it: who asks, the parsed body or query, and the context."""

    request: web.Request
    context: WebContext
    caller: Actor | None
    body: Body
    locale: Locale

    @property
    def actor(self) -> Actor:
        """Who asks; only endpoints that need a session may look."""
        assert self.caller is not None
        return self.caller

    @property
    def viewer(self) -> Viewer:
        """Who asks, in their browser: whom addresses are made for."""
        return viewer_of(self.actor, browser_of(self.request))

    def path(self, name: str) -> str:
        """Return a part of the address."""
        return self.request.match_info[name]


Handler = Callable[[Asked[Any]], Awaitable[Message | web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One method of one address.

    Attributes:
        body: message in the request's JSON, `Empty` for none.
        query: message of the query string, None when there is none. An endpoint has a body or a query.
        answers: messages it may answer with; empty when it answers with bytes of `media_type`.
        needs: `session` = a Bearer access token.
        permission: the permission it names; None when the service itself decides by what is asked about.
    """

    method: Method
    path: str
    handler: Handler
    summary: str
    body: type[Message]
    query: type[Message] | None
    answers: tuple[type[Message], ...]
    media_type: str
    needs: Needs
    permission: Permission | None


class Endpoints:
    """The endpoints of one family, filled by decorators."""

    def __init__(self, tag: str) -> None:
        self.tag = tag
        self._all: list[Endpoint] = []

    def __iter__(self) -> Iterator[Endpoint]:
        return iter(self._all)

    def add(
        self,
        method: Method,
        path: str,
        *,
        summary: str,
        media_type: str = "application/json",
        needs: Needs = "session",
        permission: Permission | None = None,
    ) -> Callable[[Handler], Handler]:
        """Return a decorator that enters a handler in the table."""

        def enter(handler: Handler) -> Handler:
            asked, answers = body_of(handler), answers_of(handler)
            body, query = (Empty, asked) if issubclass(asked, Query) else (asked, None)
            self._all.append(
                Endpoint(method, path, handler, summary, body, query, answers, media_type, needs, permission)
            )
            return handler

        return enter
