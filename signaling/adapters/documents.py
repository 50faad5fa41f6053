"""Domain dataclasses to JSON text and back: how rows, presence and events are kept and sent."""

from functools import cache
from typing import Any, TypeVar, cast

from pydantic import TypeAdapter

T = TypeVar("T")


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def dump(value: object) -> str:
    """Return the JSON document of a dataclass value."""
    return _adapter(cast(Any, type(value))).dump_json(value).decode()


def parse(kind: type[T], document: str) -> T:
    """Read a document; fields it lacks get their defaults."""
    value: T = _adapter(cast(Any, kind)).validate_json(document)
    return value
