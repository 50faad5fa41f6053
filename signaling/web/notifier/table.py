"""Which function tells of which domain event."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, get_type_hints

from signaling.domain.events import EVENT_KINDS
from signaling.web.context import WebContext
from signaling.web.notifier.watchers import QueueWatchers
from signaling.web.sio.engine import BoundedServer
from signaling.web.sio.hub import Hub


@dataclass(frozen=True, slots=True)
class Stage:
    """Whom and what tellers work with."""

    context: WebContext
    hub: Hub
    server: BoundedServer
    watchers: QueueWatchers


Teller = Callable[[Stage, Any], Awaitable[None]]

_TELLERS: Final[dict[type, Teller]] = {}
TELLERS: Final[Mapping[type, Teller]] = MappingProxyType(_TELLERS)


def tells(teller: Teller) -> Teller:
    """Make a function the teller of the domain event its argument `event` is annotated with.

    Raises:
        TypeError: it is no event. ValueError: the event has two tellers.
    """
    hint = get_type_hints(teller).get("event")
    event = EVENT_KINDS.get(getattr(hint, "__name__", ""))
    if event is not hint or event is None:
        raise TypeError(f"{teller.__qualname__} tells of no event")
    if event in _TELLERS:
        raise ValueError(f"{event.__name__} has two tellers")
    _TELLERS[event] = teller
    return teller
