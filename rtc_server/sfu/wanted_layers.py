"""What the sender of a picture is told of its encodings: up to which anybody may take them.

More is told at once, less after some seconds: whoever looks away for a moment costs no new beginning.
"""

from typing import Final

from rtc_server.protocol.deadline import NEVER
from rtc_server.sfu.peer_ports import Sink

LESS_AFTER_S: Final = 5.0
BETWEEN_S: Final = 1.0
"""Between two words to one sender."""


class WantedLayers:
    """The word of one producer.

    Args:
        top: the best encoding, which senders begin with.
    """

    __slots__ = ("_changed", "_since", "_told", "_told_at", "_top", "_wanted", "_wishes", "is_recorded")

    def __init__(self, top: int) -> None:
        self._top = self._told = self._wanted = top
        self._wishes: dict[Sink, int] = {}
        self._changed = True
        self._since = -NEVER
        self._told_at = -NEVER
        self.is_recorded = False
        """A recording wants the best; call `changed` when this changes."""

    def changed(self) -> None:
        """Look again at who wants what."""
        self._changed = True

    def wish(self, whose: Sink, layer: int | None = None) -> bool:
        """Note the best encoding that somebody may take, −1 for none; return whether it is new."""
        wished = self._top if layer is None else layer
        if self._wishes.get(whose) == wished:
            return False
        self._wishes[whose] = wished
        self._changed = True
        return True

    def forget(self, whose: Sink) -> None:
        """Somebody is gone."""
        del self._wishes[whose]
        self._changed = True

    def next_deadline(self) -> float:
        """Return when `take` is due."""
        if self._changed:
            return -NEVER
        if self._wanted == self._told:
            return NEVER
        patience = LESS_AFTER_S if self._wanted < self._told else 0.0
        return max(self._since + patience, self._told_at + BETWEEN_S)

    def take(self, now: float) -> int | None:
        """Return what is to be told now, None for nothing."""
        if self._changed:
            self._changed = False
            wanted = self._top if self.is_recorded else max(self._wishes.values(), default=-1)
            if wanted != self._wanted:
                self._wanted, self._since = wanted, now
        if now < self.next_deadline():
            return None
        self._told, self._told_at = self._wanted, now
        return self._told
