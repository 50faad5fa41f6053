"""Viewings: a player fetches a film in hundreds of parts, and all of them are one look."""

from collections import OrderedDict
from typing import Final

IDLE_S: Final = 1800.0
"""After so long without a fetch the next one is another look, seconds."""
_REMEMBERED: Final = 10_000
"""Looks at once; of more the oldest is forgotten, and written down once more when it goes on."""


class Viewings:
    """Tell the first fetch of a viewing from the others."""

    def __init__(self) -> None:
        self._seen_at: OrderedDict[tuple[str, ...], float] = OrderedDict()

    def begins(self, what: tuple[str, ...], now: float) -> bool:
        """Note a fetch; return True for the first of a viewing.

        Args:
            what: who looks at what.
            now: seconds on any clock.
        """
        before = self._seen_at.pop(what, float("-inf"))
        self._seen_at[what] = now
        if len(self._seen_at) > _REMEMBERED:
            self._seen_at.popitem(last=False)
        return now - before >= IDLE_S or now < before

    def forget(self, what: tuple[str, ...]) -> None:
        """Have the next fetch begin a viewing: this one was not written down."""
        self._seen_at.pop(what, None)
