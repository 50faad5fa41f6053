"""What every event is, and every kind of event by its name."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final


class DomainEvent:
    """A happening."""

    __slots__ = ()

    def __init_subclass__(cls) -> None:
        _KINDS[cls.__name__] = cls  # once more with slots: the last one is meant


_KINDS: Final[dict[str, type[Any]]] = {}
EVENT_KINDS: Final[Mapping[str, type[Any]]] = MappingProxyType(_KINDS)
"""Every kind of event by its name."""
