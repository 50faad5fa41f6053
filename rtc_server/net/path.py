"""Where datagrams of one peer come from and go out: a UDP address pair or an ICE-TCP stream."""

from enum import Enum
from typing import Protocol


class SendOutcome(Enum):
    """What became of a datagram handed to the kernel."""

    SENT = "sent"
    FULL = "full"
    """The kernel's buffer is full; the datagram is gone (media is never queued)."""
    FAILED = "failed"
    """The kernel refused it: no route, too long, closed stream."""


class Peer(Protocol):
    """Who takes the datagrams of a validated path."""

    def handle_datagram(self, data: bytes, now: float) -> None:
        """Take one datagram that is not STUN; never raises."""


class Path(Protocol):
    """One local socket and one remote address."""

    @property
    def local(self) -> tuple[str, int]:
        """Return our address and port."""

    @property
    def remote(self) -> tuple[str, int]:
        """Return the peer's address and port as seen from here."""

    @property
    def protocol(self) -> str:
        """Return ``udp`` or ``tcp``."""

    def send(self, data: bytes) -> SendOutcome:
        """Hand one datagram to the kernel; never waits, never raises."""

    def bind(self, peer: Peer) -> None:
        """Hand what comes in, STUN excepted, to `peer` from now on."""

    def unbind(self, peer: Peer) -> None:
        """Stop handing to `peer`; nothing happens when the path is somebody else's by now."""

    def close(self) -> None:
        """Give the path up: a TCP stream is closed, a UDP path has nothing to close."""
