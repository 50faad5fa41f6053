"""Domain events as text: the class's name and its fields as JSON."""

from signaling.adapters.documents import dump, parse
from signaling.domain.events import EVENT_KINDS, DomainEvent


def dump_event(event: DomainEvent) -> str:
    """Return `Name {json}`."""
    return f"{type(event).__name__} {dump(event)}"


def parse_event(text: str) -> DomainEvent | None:
    """Read an event; None for a kind this version does not know. Raises ValueError for what is none."""
    name, _, document = text.partition(" ")
    if name not in EVENT_KINDS:
        return None
    event: DomainEvent = parse(EVENT_KINDS[name], document)
    return event
