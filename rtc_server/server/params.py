"""Read the parameters of a control request; whatever is not as expected is `malformed`."""

from collections.abc import Mapping
from typing import Any, Final, cast

from rtc_server.errors import MalformedError

_MISSING: Final = object()


class Params:
    """The `params` object of one request.

    Args:
        values: as they came.
        max_id_chars: longest identifier.
    """

    __slots__ = ("_max_id_chars", "_values")

    def __init__(self, values: object, *, max_id_chars: int) -> None:
        if not isinstance(values, dict):
            raise MalformedError("params must be an object")
        self._values: Mapping[str, Any] = values
        self._max_id_chars = max_id_chars

    def id(self, name: str) -> str:
        """Return an identifier: a string of 1 to `max_id_chars` characters."""
        value = self.text(name)
        if not 1 <= len(value) <= self._max_id_chars:
            raise MalformedError(f"{name} must have 1 to {self._max_id_chars} characters")
        return value

    def text(self, name: str, default: str | None = None) -> str:
        """Return a string."""
        return cast(str, self._typed(name, str, default))

    def flag(self, name: str, default: bool | None = None) -> bool:
        """Return a boolean."""
        return cast(bool, self._typed(name, bool, default))

    def whole(self, name: str, *, most: int) -> int:
        """Return a whole number from 0 to `most`."""
        value = cast(int, self._typed(name, int, None))
        if isinstance(value, bool) or not 0 <= value <= most:
            raise MalformedError(f"{name} must be a whole number from 0 to {most}")
        return value

    def mapping(self, name: str) -> dict[str, Any]:
        """Return an object."""
        return cast(dict[str, Any], self._typed(name, dict, None))

    def optional_mapping(self, name: str) -> dict[str, Any] | None:
        """Return an object, or None when it is null or absent."""
        return None if self._values.get(name) is None else self.mapping(name)

    def choice(self, name: str, *choices: str, default: str | None = None) -> str:
        """Return a string that is one of `choices`."""
        value = self.text(name, default)
        if value not in choices:
            raise MalformedError(f"{name} must be one of {', '.join(choices)}")
        return value

    def _typed(self, name: str, kind: type, default: object) -> object:
        value = self._values.get(name, _MISSING)
        if value is _MISSING and default is not None:
            return default
        if not isinstance(value, kind):
            raise MalformedError(f"{name} must be a {kind.__name__}")
        return value
