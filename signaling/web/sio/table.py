"""The table of commands: decorated functions, one a command.

    @command("call.request", permission=Permission.CALL_REQUEST)
    async def request(asked: Asked[CallRequest]) -> CallView: ...

Body and result types are those of the function's annotations; a command that lacks them, or is entered twice,
stops the program at import. The documents for clients are made from this table.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Generic, TypeVar

from signaling.domain.actor import Actor
from signaling.domain.roles import Permission
from signaling.web.context import WebContext
from signaling.web.messages.base import Message, Opaque
from signaling.web.signature import answers_of, body_of
from signaling.web.sio.connection import Connection
from signaling.web.sio.hub import Hub

Body = TypeVar("Body", bound=Message)


@dataclass(frozen=True, slots=True)
class Asked(Generic[Body]):
    """One command as its handler sees it."""

    context: WebContext
    hub: Hub
    connection: Connection
    body: Body

    @property
    def actor(self) -> Actor:
        """Who gives the command."""
        return self.connection.actor


Handler = Callable[[Asked[Any]], Awaitable[Message]]


@dataclass(frozen=True, slots=True)
class Command:
    """A command with its types.

    Attributes:
        drawing: it has the rate of strokes and pointers, and is not remembered.
        of_socket: its effect belongs to its socket, so that a repeat over another socket runs again.
        snapshot: events that happen while it runs are sent after its answer.
        opaque_fields: fields with mediasoup's JSON, limited in size.
    """

    name: str
    body: type[Message]
    result: type[Message]
    permission: Permission
    handler: Handler
    drawing: bool
    of_socket: bool
    snapshot: bool
    opaque_fields: tuple[str, ...]


_TABLE: Final[dict[str, Command]] = {}
TABLE: Final[Mapping[str, Command]] = MappingProxyType(_TABLE)


def command(
    name: str,
    *,
    permission: Permission,
    drawing: bool = False,
    of_socket: bool = False,
    snapshot: bool = False,
) -> Callable[[Handler], Handler]:
    """Return a decorator that enters a handler in the table."""
    if name in _TABLE:
        raise ValueError(f"command {name} has two handlers")

    def enter(handler: Handler) -> Handler:
        body, (result,) = body_of(handler), answers_of(handler)
        _TABLE[name] = Command(
            name, body, result, permission, handler, drawing, of_socket, snapshot, _opaque_fields(body)
        )
        return handler

    return enter


def _opaque_fields(body: type[Message]) -> tuple[str, ...]:
    return tuple(name for name, field in body.model_fields.items() if field.annotation == Opaque)
