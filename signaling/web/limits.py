"""Bounds on what one client may ask for: rates as token buckets, sizes as named constants."""

from collections import OrderedDict
from typing import Final

COMMAND_BYTES: Final = 64 * 1024
"""Largest command: a stroke of 200 points is 8 KiB, rtpParameters of a browser are 6 KiB."""
OPAQUE_BYTES: Final = 16 * 1024
"""Largest opaque part (rtpParameters, dtlsParameters, rtpCapabilities) of a command."""
FRAME_BYTES: Final = 128 * 1024
"""Largest WebSocket frame; above it the connection is closed instead of answered."""
MAILBOX_COMMANDS: Final = 64
"""Commands of one connection waiting to be run; the next ones are refused."""
QUEUE_PACKETS: Final = 256
QUEUE_BYTES: Final = 1024 * 1024
"""What a client may leave unread before its socket is cut."""
SOCKETS_PER_PERSON: Final = 32
"""Sockets of one person or pad: windows, and those of a lost network that no ping has missed yet."""
STRANGERS: Final = 512
STRANGERS_PER_ADDRESS: Final = 128
"""Sockets that have not said who they are; after a restart everybody comes back at once. One address, which a
whole office may sit behind, cannot take all the places.
"""

_ATTEMPTS_PER_S: Final = 1.0
_ATTEMPTS_BURST: Final = 30.0
"""A whole office may sit behind one address."""
_REQUESTS_PER_S: Final = 20.0
_REQUESTS_BURST: Final = 200.0
"""Of one person; a replay with all its pictures asks for some dozens at once."""
_REMEMBERED: Final = 4096


class TokenBucket:
    """Allow `rate` takes a second on average and `burst` at once.

    Args:
        rate: takes per second, > 0.
        burst: takes a rested bucket allows at once, ≥ 1.
        now: seconds on any monotonic clock; the same clock goes into `take`.
    """

    __slots__ = ("_burst", "_rate", "_tokens", "_updated")

    def __init__(self, *, rate: float, burst: float, now: float) -> None:
        self._rate = rate
        self._burst = burst
        self._tokens = burst
        self._updated = now

    def take(self, now: float) -> bool:
        """Return whether one more is allowed at `now`, and count it when it is."""
        self._tokens = min(self._burst, self._tokens + max(0.0, now - self._updated) * self._rate)
        self._updated = now
        if self._tokens < 1.0:
            return False
        self._tokens -= 1.0
        return True


class RateLimits:
    """A rate for each of many; the least recently seen are forgotten.

    Args:
        rate: takes per second of each.
        burst: takes a rested one has at once.
    """

    def __init__(self, *, rate: float, burst: float) -> None:
        self._rate = rate
        self._burst = burst
        self._buckets: OrderedDict[str, TokenBucket] = OrderedDict()

    def allow(self, who: str, now: float) -> bool:
        """Count one; return whether it may go on. `now` on the monotonic clock."""
        bucket = self._buckets.pop(who, None)
        if bucket is None:
            bucket = TokenBucket(rate=self._rate, burst=self._burst, now=now)
        self._buckets[who] = bucket
        if len(self._buckets) > _REMEMBERED:
            self._buckets.popitem(last=False)
        return bucket.take(now)


def attempt_limits() -> RateLimits:
    """Return the limits of attempts to prove who one is, by network address or known device."""
    return RateLimits(rate=_ATTEMPTS_PER_S, burst=_ATTEMPTS_BURST)


def request_limits() -> RateLimits:
    """Return the limits of requests of one person."""
    return RateLimits(rate=_REQUESTS_PER_S, burst=_REQUESTS_BURST)
