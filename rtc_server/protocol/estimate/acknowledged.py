"""The incoming rate R_hat, what arrived at the peer in half a second (GCC §5.5), and what was sent for it.

The two differ where a queue grows or packets are lost: there the line limits, and not what is sent.
"""

from collections import deque
from collections.abc import Iterable
from typing import Final

from rtc_server.protocol.estimate.feedback import ReceivedPacket

WINDOW_S: Final = 0.5
"""GCC §5.5: "a time window of T seconds … recommended value between 0.5 s and 1 s"."""

SENT_WINDOW_S: Final = 2 * WINDOW_S
"""What was sent before this does not count, whenever the peer says that it came: nothing arrives in the long
run faster than it was sent, and a peer whose clock stands still cannot make the window grow."""


class AcknowledgedRate:
    """A window that slides with arrivals.

    Attributes:
        bps: the rate; None until a window has passed since the first packet, or since a silence.
    """

    __slots__ = ("_arrived", "_began", "_bytes", "_packets", "bps")

    def __init__(self) -> None:
        self._packets: deque[tuple[float, float, int]] = deque()
        self._bytes = 0
        self._arrived = 0.0
        self._began: float | None = None
        self.bps: float | None = None

    def add(self, packets: Iterable[ReceivedPacket]) -> None:
        """Add what one report acknowledged."""
        window, newest, sent = self._packets, self._arrived, 0.0
        for _, sent, arrived, size in packets:
            if self._began is None or not -WINDOW_S <= arrived - newest <= WINDOW_S:
                self._begin(arrived)
                newest = arrived
            elif arrived > newest:
                newest = arrived
            window.append((newest, sent, size))
            self._bytes += size
        self._arrived = newest
        self._measure(sent)

    def _begin(self, arrived: float) -> None:
        """Begin anew: nothing came for a whole window, or the peer's clock was set."""
        self._packets.clear()
        self._bytes = 0
        self._began = self._arrived = arrived
        self.bps = None

    def _measure(self, sent: float) -> None:
        window = self._packets
        if not window or self._began is None:
            return
        oldest_arrival, oldest_sent = self._arrived - WINDOW_S, sent - SENT_WINDOW_S
        while window and (window[0][0] <= oldest_arrival or window[0][1] <= oldest_sent):
            self._bytes -= window.popleft()[2]
        if self._arrived - self._began >= WINDOW_S:
            self.bps = self._bytes * 8 / WINDOW_S


class OfferedRate:
    """What was sent in half a second, as far as the peer has told of it: a window that slides with sending.

    Attributes:
        bps: the rate; None before the first packet.
    """

    __slots__ = ("_bytes", "_packets", "_sent", "bps")

    def __init__(self) -> None:
        self._packets: deque[tuple[float, int]] = deque()
        self._bytes = 0
        self._sent = 0.0
        self.bps: float | None = None

    def add(self, packets: Iterable[ReceivedPacket], lost_bytes: int) -> None:
        """Add what one report told of; what was lost was sent at about the time of the rest."""
        window, newest, added = self._packets, self._sent, lost_bytes
        for _, sent, _, size in packets:
            if sent > newest:
                newest = sent
            window.append((sent, size))
            added += size
        if lost_bytes:
            window.append((newest, lost_bytes))
        self._sent = newest
        self._bytes += added
        oldest = self._sent - WINDOW_S
        while window and window[0][0] <= oldest:
            self._bytes -= window.popleft()[1]
        if window:
            self.bps = self._bytes * 8 / WINDOW_S
