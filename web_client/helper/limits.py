"""How fast the other side may act, and how Escape three times is counted; time is given, never taken."""

from __future__ import annotations

from collections import deque

EVENTS_PER_S = 200
BURST = 100
"""Events that may come at once, as they do after the network has stood still for a moment."""
CALM_S = 1.0
"""How long the offered rate must stay below the limit before a pause for its sake ends."""
ESCAPES = 3
ESCAPES_WITHIN_S = 1.0


class RateLimit:
    """A bucket of `BURST` tokens into which `EVENTS_PER_S` fall."""

    def __init__(self, now: float) -> None:
        self._tokens = float(BURST)
        self._at = now

    def take(self, now: float) -> bool:
        """Return whether one more event is within the limit."""
        self._tokens = min(BURST, self._tokens + (now - self._at) * EVENTS_PER_S)
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class EscapeCounter:
    """Escape pressed three times within a second at the counter PC itself."""

    def __init__(self) -> None:
        self._pressed: deque[float] = deque(maxlen=ESCAPES)

    def press(self, now: float) -> bool:
        """Note one press; return whether it was the third within the time."""
        self._pressed.append(now)
        done = len(self._pressed) == ESCAPES and now - self._pressed[0] <= ESCAPES_WITHIN_S
        if done:
            self._pressed.clear()
        return done

    def other_key(self) -> None:
        """Note that another key came between: what was counted is forgotten."""
        self._pressed.clear()
