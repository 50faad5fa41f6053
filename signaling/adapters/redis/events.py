"""Domain events as text: the class's name and its fields as JSON."""

from functools import cache
from typing import Any, get_args

from pydantic import TypeAdapter

from signaling.domain.events import DomainEvent

_KINDS: dict[str, type[Any]] = {kind.__name__: kind for kind in get_args(DomainEvent)}


@cache
def _adapter(name: str) -> TypeAdapter[Any]:
    return TypeAdapter(_KINDS[name])


def dump_event(event: DomainEvent) -> str:
    """Return `Name {json}`."""
    name = type(event).__name__
    return f"{name} {_adapter(name).dump_json(event).decode()}"


def parse_event(text: str) -> DomainEvent | None:
    """Read an event; None for a kind this version does not know."""
    name, _, document = text.partition(" ")
    if name not in _KINDS:
        return None
    event: DomainEvent = _adapter(name).validate_json(document)
    return event
