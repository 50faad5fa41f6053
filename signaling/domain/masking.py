"""What is kept of people's words and numbers for those who need not know them: the one place that masks."""

import re
from collections.abc import Iterable
from enum import Enum
from typing import Final

_NUMBER: Final = re.compile(r"(?<![0-9A-Za-z])\d(?:(?:[ \-\u00a0\u3000]?\d){10,}|\d{5,})[xX]?")
"""Six digits in a row, or eleven with spaces between: phones, identity numbers, accounts; no dates."""
_STARS: Final = "****"


class Personal(Enum):
    """What a field of a message says about the people of a call."""

    NAME = "name"
    PHONE = "phone"
    NUMBER = "number"
    """An identity number, masked as it is: others get none of it."""
    WORDS = "words"
    """What somebody wrote: names and numbers may be in it."""


def masked_name(name: str | None) -> str | None:
    """Return the family name only."""
    return f"{name[0]}**" if name else None


def masked_phone(phone: str | None) -> str | None:
    """Return the first three and last four digits; nothing of a number too short for that."""
    return f"{phone[:3]}{_STARS}{phone[-4:]}" if phone and len(phone) > 7 else None


def masked_words(words: str, names: Iterable[str]) -> str:
    """Return a text without long numbers, and without these names in full."""
    for name in sorted(names, key=len, reverse=True):
        words = words.replace(name, f"{name[0]}**") if len(name) > 1 else words
    return _NUMBER.sub(_STARS, words)
