"""Which function tells of which domain event."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

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


def tells(event: type) -> Callable[[Teller], Teller]:
    """Return a decorator that makes a function the teller of a domain event."""
    if event in _TELLERS:
        raise ValueError(f"{event.__name__} has two tellers")

    def enter(teller: Teller) -> Teller:
        _TELLERS[event] = teller
        return teller

    return enter
