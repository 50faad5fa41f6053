"""One row's texts as values: what is missing, malformed or too long becomes a fault, and a value goes on."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final, TypeVar

from signaling.domain.sheets.table import Fault, Row

Choice = TypeVar("Choice", bound=StrEnum)

CODE: Final = (re.compile(r"[A-Za-z0-9_.:-]{1,64}"), "Use up to 64 letters, digits and _ . : -")
USERNAME: Final = (re.compile(r"[A-Za-z0-9_.-]{3,32}"), "Use 3 to 32 letters, digits and _ . -")
PHONE: Final = (
    re.compile(r"[0-9+ -]{5,20}"),
    "Write digits, + and - only, and format the column as text in a spreadsheet",
)
_SHORT: Final = 80
_FLAGS: Final[Mapping[str, bool]] = {
    **dict.fromkeys(("yes", "true", "1", "是", "启用"), True),
    **dict.fromkeys(("no", "false", "0", "否", "停用"), False),
}


class Cells:
    """The cells of one row. Each getter names the column and what it is when the column is missing (`kept`).

    Args:
        row: the row.
        faults: where faults are put; a getter then returns something harmless.
    """

    def __init__(self, row: Row, faults: list[Fault]) -> None:
        self._row = row
        self._faults = faults

    def fault(self, field: str, problem: str, remedy: str) -> None:
        """Note what is wrong with a column of this row."""
        self._faults.append(Fault(self._row.file, self._row.line, field, problem, remedy))

    def has(self, field: str) -> bool:
        """True when the file has the column."""
        return field in self._row.cells

    def text(
        self,
        field: str,
        kept: str | None,
        *,
        empty: str | None = None,
        form: tuple[re.Pattern[str], str] | None = None,
        most: int = _SHORT,
    ) -> str:
        """Return a text: `kept` when the column is missing, `empty` when the cell is (None: to be filled)."""
        if field not in self._row.cells:
            if kept is not None or empty is not None:
                return kept if kept is not None else empty or ""
            self.fault(field, "is missing", f"Add the column {field} and fill it")
            return ""
        text = self._one(field)
        if not text:
            if empty is None:
                self.fault(field, "is empty", "Fill it")
            return empty or ""
        return self._formed(field, text, form, most)

    def words(
        self, field: str, kept: tuple[str, ...], empty: tuple[str, ...] = (), *, most: int = _SHORT
    ) -> tuple[str, ...]:
        """Return a list of texts, each named once."""
        if field not in self._row.cells:
            return kept
        found = tuple(self._formed(field, one.strip(), None, most) for one in self._parts(field))
        return tuple(dict.fromkeys(one for one in found if one)) or empty

    def pairs(self, field: str, kept: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
        """Return a list read two by two."""
        if field not in self._row.cells:
            return kept
        parts = [self._formed(field, one.strip(), None, 2000) for one in self._parts(field)]
        if len(parts) % 2:
            self.fault(field, f"has {len(parts)} parts", "Write question|answer|question|answer")
            return kept
        return tuple(zip(parts[::2], parts[1::2], strict=True))

    def choice(self, field: str, kept: Choice | None, words: Mapping[str, Choice]) -> Choice | None:
        """Return what a word means; None after a fault."""
        if field not in self._row.cells and kept is not None:
            return kept
        text = self.text(field, None, empty="" if kept is not None else None)
        if not text:
            return kept
        if text not in words:
            self.fault(field, f"is {text!r}", f"Write one of: {', '.join(words)}")
        return words.get(text)

    def choices(self, field: str, kept: frozenset[Choice], words: Mapping[str, Choice]) -> frozenset[Choice]:
        """Return what a list of words means."""
        if field not in self._row.cells:
            return kept
        found = set()
        for text in self.words(field, ()):
            if text in words:
                found.add(words[text])
            else:
                self.fault(field, f"is {text!r}", f"Write one of: {', '.join(words)}")
        return frozenset(found)

    def flag(self, field: str, kept: bool) -> bool:
        """Return yes or no; an empty cell is yes."""
        if field not in self._row.cells:
            return kept
        text = self._one(field).lower()
        if text and text not in _FLAGS:
            self.fault(field, f"is {text!r}", "Write yes or no")
        return _FLAGS.get(text, True)

    def number(self, field: str, least: int, most: int) -> int:
        """Return a whole number within bounds."""
        text = self.text(field, None)
        if text.isascii() and text.isdigit() and least <= int(text[:9]) <= most:
            return int(text)
        if text:
            self.fault(field, f"is {text!r}", f"Write a whole number from {least} to {most}")
        return least

    def _one(self, field: str) -> str:
        cell = self._row.cells[field]
        if not isinstance(cell, str):
            self.fault(field, "is a list", "Write one text")
            return ""
        return cell.strip()

    def _parts(self, field: str) -> tuple[str, ...]:
        cell = self._row.cells[field]
        return (cell,) if isinstance(cell, str) else cell

    def _formed(self, field: str, text: str, form: tuple[re.Pattern[str], str] | None, most: int) -> str:
        if form is not None and not form[0].fullmatch(text):
            self.fault(field, f"is {text[:40]!r}", form[1])
        elif len(text) > most:
            self.fault(field, f"is {len(text)} characters long", f"Shorten it to {most}")
        elif any(ord(letter) < 32 and letter not in "\n\t" for letter in text):
            self.fault(field, "has a control character in it", "Type it anew")
        return text
