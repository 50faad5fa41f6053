"""Closed unions of frozen dataclasses as JSON objects: `{"is": "ClassName", field: value, …}`.

The dataclass is the only definition: names and types of its fields are the format. Whatever is not exactly
that (another name, a missing, extra or wrong field, a number that is none) is refused.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import fields
from enum import Enum
from types import MappingProxyType, UnionType
from typing import Any, Final, Generic, TypeVar, get_args, get_origin, get_type_hints

from rtc_server.errors import MalformedError

TAG: Final = "is"

T = TypeVar("T")
Read = Callable[[object], Any]


class TaggedJson(Generic[T]):
    """Write and read the values of one union.

    Args:
        noun: what a value is, for the sentence of a refusal.
        kinds: the members; their fields are strings, numbers, booleans, enums of strings, tuples of these,
            or None.

    Raises:
        TypeError: a field of another type.
    """

    def __init__(self, noun: str, *kinds: type[T]) -> None:
        self._noun = noun
        self._kinds: Mapping[str, tuple[type[T], Mapping[str, Read]]] = MappingProxyType(
            {kind.__name__: (kind, _readers(kind)) for kind in kinds}
        )

    def write(self, value: T) -> dict[str, Any]:
        """Return the object a value travels as."""
        _, readers = self._kinds[type(value).__name__]
        return {TAG: type(value).__name__} | {name: _plain(getattr(value, name)) for name in readers}

    def read(self, found: object) -> T:
        """Return the value an object stands for.

        Raises:
            MalformedError: it stands for none.
        """
        if not isinstance(found, dict):
            raise MalformedError(f"This {self._noun} is not an object.")
        tag = found.get(TAG)
        if not isinstance(tag, str) or tag not in self._kinds:
            raise MalformedError(f"There is no such {self._noun}.")
        kind, readers = self._kinds[tag]
        if found.keys() - {TAG} != readers.keys():
            raise MalformedError(f"{tag} has the fields {', '.join(readers)}.")
        try:
            return kind(**{name: read(found[name]) for name, read in readers.items()})
        except ValueError as error:
            raise MalformedError(f"A field of {tag} is not as it should be.") from error


def _readers(kind: type) -> Mapping[str, Read]:
    hints = get_type_hints(kind)
    return {field.name: _reader(hints[field.name]) for field in fields(kind)}


def _reader(hint: Any) -> Read:
    """Return what checks and converts one value of a type, raising ValueError."""
    if isinstance(hint, UnionType):
        (inner,) = (_reader(one) for one in get_args(hint) if one is not type(None))
        return lambda found: None if found is None else inner(found)
    if get_origin(hint) is tuple:
        each = _reader(get_args(hint)[0])
        return lambda found: tuple(map(each, _exactly(list, found)))
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint
    if hint is float:
        return _number
    if hint in (str, bool, int):
        return lambda found: _exactly(hint, found)
    raise TypeError(f"{hint} does not travel")


def _exactly(kind: type, found: object) -> Any:
    if type(found) is not kind:  # True is an int to isinstance
        raise ValueError(kind.__name__)
    return found


def _number(found: object) -> float:
    if type(found) not in (int, float):
        raise ValueError("float")
    try:
        number = float(found)  # type: ignore[arg-type]
    except OverflowError as error:
        raise ValueError("float") from error
    if not math.isfinite(number):
        raise ValueError("float")
    return number


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    return [_plain(one) for one in value] if isinstance(value, tuple) else value
