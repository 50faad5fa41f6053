"""Throttle key-frame requests towards one producer stream (PLI, RFC 4585 §6.3.1).

At most one request each `min_interval`; asked again after `retry_after` until a key frame came.
"""

from typing import Final

from rtc_server.protocol.deadline import NEVER

MIN_INTERVAL_S: Final = 0.5
"""A key frame of a desktop costs as much as seconds of its other frames."""

RETRY_AFTER_S: Final = 1.0
"""A key frame takes a round trip, an encode and its own transfer on a thin uplink."""


class KeyFrameThrottle:
    """Decide when a PLI may leave for one SSRC; never sleeps, never sends.

    Args:
        min_interval: least time between two PLIs, in seconds.
        retry_after: time to wait for a key frame before asking again, in seconds.

    Attributes:
        wanted: whether somebody waits for a key frame.
    """

    __slots__ = ("_min_interval", "_outstanding", "_retry_after", "_sent_at", "wanted")

    def __init__(self, *, min_interval: float = MIN_INTERVAL_S, retry_after: float = RETRY_AFTER_S) -> None:
        self._min_interval = min_interval
        self._retry_after = max(min_interval, retry_after)
        self._sent_at = -NEVER
        self.wanted = False
        self._outstanding = False

    def request(self, now: float) -> bool:
        """Note that somebody needs a key frame; return True to send a PLI now."""
        self.wanted = True
        return self._send_if_due(now)

    def key_frame_received(self) -> None:
        """Stop asking: the producer delivered."""
        self.wanted = False
        self._outstanding = False

    def next_deadline(self) -> float:
        """Return when `handle_timeout` is due, on the clock of `now`."""
        return self._due_at() if self.wanted else NEVER

    def handle_timeout(self, now: float) -> bool:
        """Advance time; return True to send a PLI now."""
        return self.wanted and self._send_if_due(now)

    def _due_at(self) -> float:
        return self._sent_at + (self._retry_after if self._outstanding else self._min_interval)

    def _send_if_due(self, now: float) -> bool:
        if now < self._due_at():
            return False
        self._sent_at = now
        self._outstanding = True
        return True
