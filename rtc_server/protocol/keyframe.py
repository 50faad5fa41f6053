"""Throttle key-frame requests towards one producer stream (PLI, RFC 4585 §6.3.1).

At most one request each `min_interval`. Until a key frame comes it is asked for again, each time after twice
the time of before; and a sender whose key frames take long to arrive is given as long again for other frames,
since a receiver that waits for one that is still on its way asks for another.
"""

from typing import Final

from rtc_server.protocol.deadline import NEVER

MIN_INTERVAL_S: Final = 0.5
"""A key frame of a desktop costs as much as seconds of its other frames."""

RETRY_AFTER_S: Final = 1.0
"""A key frame takes a round trip, an encode and its own transfer on a thin uplink."""

LONGEST_S: Final = 4.0
"""However thin the uplink is, somebody who came late waits no longer for their first picture."""


class KeyFrameThrottle:
    """Decide when a PLI may leave for one SSRC; never sleeps, never sends.

    Args:
        min_interval: least time between two PLIs, in seconds.
        retry_after: time to wait for a key frame before asking again the first time, in seconds.
        longest: the most that either grows to, in seconds.

    Attributes:
        wanted: whether somebody waits for a key frame.
    """

    __slots__ = (
        "_again_after",
        "_began_at",
        "_longest",
        "_min_interval",
        "_others_until",
        "_retry_after",
        "_sent_at",
        "wanted",
    )

    def __init__(
        self,
        *,
        min_interval: float = MIN_INTERVAL_S,
        retry_after: float = RETRY_AFTER_S,
        longest: float = LONGEST_S,
    ) -> None:
        self._min_interval = min_interval
        self._retry_after = max(min_interval, retry_after)
        self._longest = longest
        self._sent_at = self._began_at = self._others_until = -NEVER
        self._again_after = 0.0
        """While one is asked for, the wait before it is asked for again."""
        self.wanted = False

    def request(self, now: float) -> bool:
        """Note that somebody needs a key frame; return True to send a PLI now."""
        self.wanted = True
        return self._send_if_due(now)

    def key_frame_began(self, now: float) -> None:
        """Stop asking: the producer delivers."""
        self.forget()
        self._began_at, self._others_until = now, now + self._longest

    def key_frame_ended(self, now: float) -> None:
        """All of it has come."""
        self._others_until = min(now + (now - self._began_at), self._others_until)

    def forget(self) -> None:
        """Nobody needs one any more."""
        self.wanted = False
        self._again_after = 0.0

    def next_deadline(self) -> float:
        """Return when `handle_timeout` is due, on the clock of `now`."""
        return self._due_at() if self.wanted else NEVER

    def handle_timeout(self, now: float) -> bool:
        """Advance time; return True to send a PLI now."""
        return self.wanted and self._send_if_due(now)

    def _due_at(self) -> float:
        if self._again_after:
            return self._sent_at + self._again_after
        return max(self._sent_at + self._min_interval, self._others_until)

    def _send_if_due(self, now: float) -> bool:
        if now < self._due_at():
            return False
        self._sent_at = now
        self._again_after = min(2 * self._again_after or self._retry_after, self._longest)
        return True
