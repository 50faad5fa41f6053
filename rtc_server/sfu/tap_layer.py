"""Which of several encodings the taps of a producer hear: the best one that flows for some time.

Each change is another stream to them and begins with its key frame, so nothing of two encodings is mixed.
"""

from collections.abc import Sequence
from typing import Final

from rtc_server.protocol.deadline import NEVER

FLOWING_S: Final = 1.0
"""A better one has to flow for so long."""

BETWEEN_S: Final = 15.0
"""Between two changes for a better one: each is a new file of the recording."""

MAX_CHANGES: Final = 100
"""Changes for a better one in a producer's life; after them it stays with what flows."""

LOOK_S: Final = 0.5
"""Between two looks."""


class TapLayer:
    """The choice of one producer.

    Attributes:
        layer: the encoding that is heard.
        next: the one that is heard from its next key frame on; None: none.
    """

    __slots__ = ("_best_since", "_candidate", "_changed_at", "_changes", "layer", "next")

    def __init__(self, first: int) -> None:
        self.layer = first
        self.next: int | None = None
        self._candidate = first
        self._best_since = NEVER
        self._changed_at = -NEVER
        self._changes = 0

    def look(self, flows: Sequence[bool], now: float) -> int | None:
        """Return the encoding to ask for a key frame of, since it is to be heard; None for none.

        Args:
            flows: of each encoding, the lowest first, whether it flows.
        """
        best = max((layer for layer, flowing in enumerate(flows) if flowing), default=self.layer)
        if best != self._candidate:
            self._candidate, self._best_since = best, now
        elif self._best_since == NEVER:
            self._best_since = now
        if best == self.layer:
            self.next = None
        elif not flows[self.layer] or self._may_rise(best, now):
            self.next = best
        elif self.next is not None and not flows[self.next]:
            self.next = None
        return self.next

    def take_over(self, now: float) -> None:
        """`next` has begun a key frame."""
        assert self.next is not None, "nothing was to take over"
        if self.next > self.layer:
            self._changed_at = now
            self._changes += 1
        self.layer, self.next = self.next, None

    def _may_rise(self, best: int, now: float) -> bool:
        return (
            best > self.layer
            and now - self._best_since >= FLOWING_S
            and now - self._changed_at >= BETWEEN_S
            and self._changes < MAX_CHANGES
        )
