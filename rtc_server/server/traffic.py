"""How much went through a media process, and what it let go; sums that outlive their transports."""

from collections import deque
from collections.abc import Iterable
from typing import Any, Final

from rtc_server.server.registry import Peer
from rtc_server.sfu.drops import DropCounter

RATE_INTERVAL: Final = 1.0
"""Seconds over which packets a second are measured."""


class Traffic:
    """Datagrams and drops of one media process, of live transports and of those that ended.

    Args:
        peers: the live ones, read whenever something is asked.
        unknown: drops that belong to no transport.
    """

    def __init__(self, peers: Iterable[Peer], unknown: DropCounter) -> None:
        self._peers = peers
        self._unknown = unknown
        self._ended_drops = DropCounter()
        self._ended_received = 0
        self._ended_sent = 0
        self._samples: deque[tuple[float, int, int]] = deque(maxlen=2)

    def keep(self, peer: Peer) -> None:
        """Count a transport that ended on."""
        self._ended_drops.add(peer.transport.drops)
        self._ended_received += peer.connection.received_datagrams
        self._ended_sent += peer.connection.sent_datagrams

    def sample(self, now: float) -> None:
        """Measure the rates when due; called at every tick."""
        if not self._samples or now - self._samples[-1][0] >= RATE_INTERVAL:
            self._samples.append((now, *self._count()))

    def stats(self) -> dict[str, Any]:
        """Return counters for `stats`."""
        drops = DropCounter()
        drops.add(self._ended_drops)
        drops.add(self._unknown)
        for peer in self._peers:
            drops.add(peer.transport.drops)
        received, sent = self._count()
        received_rate, sent_rate = self._rates()
        return {
            "datagramsReceived": received,
            "datagramsSent": sent,
            "packetsReceivedPerSecond": received_rate,
            "packetsSentPerSecond": sent_rate,
            "drops": drops.as_dict(),
        }

    def _count(self) -> tuple[int, int]:
        received, sent = self._ended_received, self._ended_sent
        for peer in self._peers:
            received += peer.connection.received_datagrams
            sent += peer.connection.sent_datagrams
        return received, sent

    def _rates(self) -> tuple[float, float]:
        if len(self._samples) < 2:
            return 0.0, 0.0
        (then, received_then, sent_then), (now, received, sent) = self._samples
        return (received - received_then) / (now - then), (sent - sent_then) / (now - then)
