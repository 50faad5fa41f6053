"""How many bytes of something a peer may make us read: a rate, with some of it saved up."""

from typing import Final

SAVED_S: Final = 2.0
"""Seconds of the rate that may be saved up."""


class ByteBudget:
    """Refuse what exceeds the rate; what is refused costs nothing.

    Args:
        per_second: bytes a second.
        now: seconds.
    """

    __slots__ = ("_at", "_left", "_per_second")

    def __init__(self, per_second: float, now: float) -> None:
        self._per_second = per_second
        self._left = per_second * SAVED_S
        self._at = now

    def take(self, size: int, now: float) -> bool:
        """Return whether `size` bytes may be read now."""
        saved = self._left + (now - self._at) * self._per_second
        self._left = min(saved, self._per_second * SAVED_S)
        self._at = now
        if size > self._left:
            return False
        self._left -= size
        return True
