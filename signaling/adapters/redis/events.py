"""Domain events as text: the class's name and its fields as JSON."""

from typing import Any, get_args

from signaling.adapters.documents import dump, parse
from signaling.domain.events import DomainEvent

_KINDS: dict[str, type[Any]] = {kind.__name__: kind for kind in get_args(DomainEvent)}


def dump_event(event: DomainEvent) -> str:
    """Return `Name {json}`."""
    return f"{type(event).__name__} {dump(event)}"


def parse_event(text: str) -> DomainEvent | None:
    """Read an event; None for a kind this version does not know."""
    name, _, document = text.partition(" ")
    if name not in _KINDS:
        return None
    event: DomainEvent = parse(_KINDS[name], document)
    return event
