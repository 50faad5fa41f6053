"""Identity numbers as GB 11643-1999 makes them: region, day of birth, order, check digit."""

from datetime import date
from enum import StrEnum
from typing import Final

_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS: Final = "10X98765432"
"""The check digit for each remainder modulo 11 (ISO 7064, MOD 11-2)."""
_FIRST_BIRTH: Final = date(1850, 1, 1)


class DocumentKind(StrEnum):
    """What a number of a document is of."""

    RESIDENT = "resident"
    """居民身份证: 18 characters, or 15 of before 1999."""
    OTHER = "other"
    """Passports, permits of Hong Kong, Macao and Taiwan residents, and the like: no check that we know."""


def is_resident_number(text: str, today: date) -> bool:
    """Return whether a number of 18 (or 15) characters can be somebody's."""
    match len(text):
        case 18:
            return _is_of_18(text.upper(), today)
        case 15:
            return _digits(text) and _is_birth(f"19{text[6:12]}", today)
        case _:
            return False


def check_digit(first_17: str) -> str:
    """Return the last character of a number with these digits before it."""
    total = sum(int(digit) * weight for digit, weight in zip(first_17, _WEIGHTS, strict=True))
    return _CHECKS[total % 11]


def mask_number(number: str, kind: DocumentKind) -> str:
    """Return a number as it may be kept: first 3 + stars + last 4; of other documents first 1 + last 2."""
    head, tail = (3, 4) if kind is DocumentKind.RESIDENT else (1, 2)
    return f"{number[:head]}{'*' * (len(number) - head - tail)}{number[-tail:]}"


def _is_of_18(text: str, today: date) -> bool:
    return _digits(text[:17]) and text[17] == check_digit(text[:17]) and _is_birth(text[6:14], today)


def _digits(text: str) -> bool:
    return text.isascii() and text.isdecimal() and text[0] != "0"


def _is_birth(text: str, today: date) -> bool:
    try:
        born = date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return False
    return _FIRST_BIRTH <= born <= today
