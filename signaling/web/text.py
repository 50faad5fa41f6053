"""What text from outside may hold: refused here, before anything reads it.

PostgreSQL keeps no NUL, UTF-8 has no surrogates, and nobody types the other control characters. Numbers
beyond 64 bits, and what is no number, fit no column; nesting deeper than any message of ours fits no stack.
"""

import re
from typing import Any, Final

_REFUSED: Final = re.compile("[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff]")
_BREAKS: Final = re.compile("[\x00-\x1f\x7f\ud800-\udfff]+")
_INTEGERS: Final = 1 << 63
_DEPTH: Final = 32


def is_clean(text: str) -> bool:
    """Return whether a text has no control characters (but white space) and no surrogates."""
    return _REFUSED.search(text) is None


def line_of(text: str, most: int) -> str:
    """Return a text as one line of at most `most` characters, never empty."""
    return _BREAKS.sub(" ", text).strip()[:most] or "-"


def fault_in(value: Any, depth: int = 0) -> str | None:
    """Return the dotted place of the first fault in a JSON value, None when there is none.

    A key that is at fault is not repeated.
    """
    if depth > _DEPTH:
        return "…"
    match value:
        case str():
            return None if is_clean(value) else ""
        case bool() | None:
            return None
        case int():
            return None if -_INTEGERS <= value < _INTEGERS else ""
        case float():
            return None if abs(value) < float("inf") else ""
        case dict():
            return _first((key, fault_in(part, depth + 1)) for key, part in value.items())
        case list() | tuple():
            return _first((str(index), fault_in(part, depth + 1)) for index, part in enumerate(value))
    return ""


def _first(parts: Any) -> str | None:
    for key, fault in parts:
        if not is_clean(key):
            return ""
        if fault is not None:
            return f"{key}.{fault}".rstrip(".")
    return None
