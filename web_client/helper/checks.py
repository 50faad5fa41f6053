"""What a field of a message may hold; each check takes one JSON value and returns it, or refuses it.

A check says its TypeScript type too, so that the browser's side is made from the same definition.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import Any


class FieldError(ValueError):
    """A value is not what its field may hold; nothing of the value is told, it may be the citizen's."""


class Check:
    """One kind of value."""

    typescript = "never"

    def take(self, value: Any) -> Any:
        """Return the value as the message holds it; raise `FieldError`."""
        raise NotImplementedError

    def give(self, value: Any) -> Any:
        """Return the value as JSON holds it."""
        return value


class Unit(Check):
    """A coordinate of the picture's content rectangle: left/top 0 to right/bottom 1."""

    typescript = "number"

    def take(self, value: Any) -> float:
        if type(value) not in (int, float) or not 0 <= value <= 1:  # NaN fails both comparisons
            raise FieldError
        return float(value)


class Whole(Check):
    """A whole number in a range, both ends included."""

    typescript = "number"

    def __init__(self, low: int, high: int) -> None:
        self._low, self._high = low, high

    def take(self, value: Any) -> int:
        if type(value) is not int or not self._low <= value <= self._high:
            raise FieldError
        return value


class Flag(Check):
    """True or false."""

    typescript = "boolean"

    def take(self, value: Any) -> bool:
        if type(value) is not bool:
            raise FieldError
        return value


class Text(Check):
    """A string of bounded length, in code points; of control characters only tab and newline by default."""

    typescript = "string"

    def __init__(
        self, most: int, pattern: str = r"[^\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]*", least: int = 0
    ) -> None:
        self._least, self._most = least, most
        self._pattern = re.compile(pattern)

    def take(self, value: Any) -> str:
        if type(value) is not str or not self._least <= len(value) <= self._most:
            raise FieldError
        if not self._pattern.fullmatch(value):
            raise FieldError
        return value


class OneOf(Check):
    """One word of a closed set."""

    def __init__(self, words: type[Enum]) -> None:
        self._words = {word.value: word for word in words}
        self.typescript = " | ".join(f'"{word}"' for word in self._words)

    def take(self, value: Any) -> Enum:
        word = self._words.get(value) if type(value) is str else None
        if word is None:
            raise FieldError
        return word

    def give(self, value: Any) -> Any:
        return value.value


class Many(Check):
    """A list of bounded length; the message holds a tuple."""

    def __init__(self, item: Check, most: int) -> None:
        self._item, self._most = item, most
        self.typescript = f"({item.typescript})[]"

    def take(self, value: Any) -> tuple[Any, ...]:
        if type(value) is not list or len(value) > self._most:
            raise FieldError
        return tuple(self._item.take(item) for item in value)

    def give(self, value: Any) -> Any:
        return [self._item.give(item) for item in value]


class Point(Check):
    """Two coordinates `[x, y]`."""

    typescript = "[number, number]"
    _unit = Unit()

    def take(self, value: Any) -> tuple[float, float]:
        if type(value) is not list or len(value) != 2:
            raise FieldError
        return self._unit.take(value[0]), self._unit.take(value[1])

    def give(self, value: Any) -> Any:
        return list(value)


UNIT, FLAG, POINT = Unit(), Flag(), Point()
