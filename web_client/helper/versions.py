"""Whether this helper is new enough for the server."""

from __future__ import annotations


def is_at_least(version: str, minimum: str) -> bool:
    """Return whether `version` is not below `minimum`; both are up to three numbers with points."""
    return _numbers(version) >= _numbers(minimum)


def _numbers(version: str) -> tuple[int, ...]:
    numbers = [int(part) for part in version.split(".")]
    return tuple(numbers + [0] * (3 - len(numbers)))
