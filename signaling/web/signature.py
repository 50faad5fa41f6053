"""What a handler takes and answers, read from its annotations: the one place where that is said.

    async def request(asked: Asked[CallRequest]) -> CallView: ...
    async def login(asked: Asked[LoginBody]) -> Annotated[web.Response, SessionView]: ...

A response made by hand names the messages it carries; one that names none carries bytes.
"""

from collections.abc import Callable
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from signaling.web.messages.base import Message


def body_of(handler: Callable[..., Any]) -> type[Message]:
    """Return the message in the brackets of the argument `asked`.

    Raises:
        TypeError: there is none.
    """
    match get_args(get_type_hints(handler).get("asked")):
        case (type() as body,) if issubclass(body, Message):
            return body
    raise TypeError(f"{handler.__qualname__} does not say what is asked of it")


def answers_of(handler: Callable[..., Any]) -> tuple[type[Message], ...]:
    """Return the messages a handler may answer with; empty when it answers with bytes.

    Raises:
        TypeError: it does not say.
    """
    hint = get_type_hints(handler, include_extras=True).get("return")
    if hint is None or hint is Message:
        raise TypeError(f"{handler.__qualname__} does not say what it answers with")
    return tuple(_messages(hint))


def _messages(hint: Any) -> list[type[Message]]:
    if get_origin(hint) in (Union, UnionType):
        return [message for one in get_args(hint) for message in _messages(one)]
    if get_origin(hint) is Annotated:
        return [message for message in hint.__metadata__ if _is_message(message)]
    return [hint] if _is_message(hint) else []


def _is_message(found: object) -> bool:
    return isinstance(found, type) and issubclass(found, Message)
