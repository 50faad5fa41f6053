"""Read fields of untrusted JSON; everything wrong is a MalformedError that names the field.

Absent and null are the same. Every string and list has a bound, so that a peer cannot make us keep more
than a few kilobytes.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from rtc_server.errors import MalformedError

MAX_TEXT_CHARS: Final = 256
MAX_ENTRIES: Final = 128
"""Of any list or object; Chromium announces about 40 codecs and 30 header extensions."""

T = TypeVar("T")


def read_object(value: object, name: str) -> Mapping[str, Any]:
    """Return a JSON object of bounded size."""
    if not isinstance(value, dict) or len(value) > MAX_ENTRIES:
        raise MalformedError(f"{name} is not an object of reasonable size")
    return value


def read_list(source: Mapping[str, Any], name: str, parse: Callable[[object], T]) -> tuple[T, ...]:
    """Return a list, each entry parsed; empty when absent."""
    value = source.get(name)
    if value is None:
        return ()
    if not isinstance(value, list) or len(value) > MAX_ENTRIES:
        raise MalformedError(f"{name} is not a list of reasonable length")
    return tuple(parse(entry) for entry in value)


def read_text(source: Mapping[str, Any], name: str, *, max_chars: int = MAX_TEXT_CHARS) -> str | None:
    """Return a string; None when absent or empty (mediasoup takes both for the same)."""
    value = source.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) > max_chars:
        raise MalformedError(f"{name} is not a string of at most {max_chars} characters")
    return value


def require_text(source: Mapping[str, Any], name: str, *, max_chars: int = MAX_TEXT_CHARS) -> str:
    """Return a string that must be there."""
    value = read_text(source, name, max_chars=max_chars)
    if value is None:
        raise MalformedError(f"{name} is missing")
    return value


def as_integer(value: object) -> int | None:
    """Return a JSON number that is whole, else None; JavaScript writes 1 and 1.0 alike, and true is no
    number.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    return int(value) if isinstance(value, float) and value.is_integer() else None


def read_integer(source: Mapping[str, Any], name: str, low: int, high: int) -> int | None:
    """Return a whole number within bounds; None when absent."""
    value = source.get(name)
    if value is None:
        return None
    number = as_integer(value)
    if number is None or not low <= number <= high:
        raise MalformedError(f"{name} is not a whole number from {low} to {high}")
    return number


def require_integer(source: Mapping[str, Any], name: str, low: int, high: int) -> int:
    """Return a whole number that must be there."""
    number = read_integer(source, name, low, high)
    if number is None:
        raise MalformedError(f"{name} is missing")
    return number


def read_flag(source: Mapping[str, Any], name: str) -> bool | None:
    """Return a boolean; None when absent."""
    value = source.get(name)
    if value is None or isinstance(value, bool):
        return value
    raise MalformedError(f"{name} is not true or false")
