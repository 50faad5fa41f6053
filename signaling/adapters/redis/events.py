"""Domain events as text: the class's name and its fields as JSON."""

from pydantic_core import to_json

from signaling.adapters.documents import parse
from signaling.domain.events import EVENT_KINDS, DomainEvent


def dump_event(event: DomainEvent) -> str:
    """Return `Name {json}`; a time that never comes is written `Infinity`."""
    return f"{type(event).__name__} {to_json(event, inf_nan_mode='constants').decode()}"


def parse_event(text: str) -> DomainEvent | None:
    """Read an event; None for a kind this version does not know. Raises ValueError for what is none."""
    name, _, document = text.partition(" ")
    if name not in EVENT_KINDS:
        return None
    event: DomainEvent = parse(EVENT_KINDS[name], document)
    return event
