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
_ADDRESSES: Final = 4096


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


class AttemptLimits:
    """Sign-in attempts per network address; the least recently seen addresses are forgotten."""

    def __init__(self) -> None:
        self._buckets: OrderedDict[str, TokenBucket] = OrderedDict()

    def allow(self, address: str, now: float) -> bool:
        """Count an attempt; return whether it may go on."""
        bucket = self._buckets.pop(address, None)
        if bucket is None:
            bucket = TokenBucket(rate=_ATTEMPTS_PER_S, burst=_ATTEMPTS_BURST, now=now)
        self._buckets[address] = bucket
        if len(self._buckets) > _ADDRESSES:
            self._buckets.popitem(last=False)
        return bucket.take(now)
