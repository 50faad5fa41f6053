"""What was sent on one transport, by its transport-wide number: the hot path of estimation.

Two rings of numbers, made once: no object is made for a packet that leaves.
"""

from array import array
from typing import Final

CAPACITY: Final = 4096
"""Packets remembered, a power of two: 4 s at 1,000/s, which is longer than feedback takes; 40 KB."""

_MASK: Final = CAPACITY - 1


class SentHistory:
    """Number packets as they leave, and remember when they did and how long they were.

    Attributes:
        next_number: of the next packet; grows for ever, its low 16 bits are on the wire.
        sent_at: when packet n left, in seconds, at `n % CAPACITY`.
        sizes: its bytes, RTP header and payload; 0 once the peer is known to have it.
    """

    __slots__ = ("next_number", "sent_at", "sizes")

    def __init__(self) -> None:
        self.next_number = 0
        self.sent_at = array("d", bytes(8 * CAPACITY))
        self.sizes = array("H", bytes(2 * CAPACITY))

    def remember(self, size: int, now: float) -> int:
        """Remember one packet of `size` bytes (below 64 KiB) that leaves now; return its 16-bit number."""
        number = self.next_number
        slot = number & _MASK
        self.sent_at[slot] = now
        self.sizes[slot] = size
        self.next_number = number + 1
        return number & 0xFFFF

    @property
    def oldest(self) -> int:
        """Return the number of the oldest packet that is remembered."""
        return max(self.next_number - CAPACITY, 0)

    def unwrap(self, number: int) -> int:
        """Return the newest packet with this 16-bit number; negative when there was none yet."""
        newest = self.next_number - 1
        return newest - (newest - number & 0xFFFF)
