"""Where datagrams of one peer go out: a UDP address pair or an ICE-TCP stream."""

from enum import Enum
from typing import Protocol


class SendOutcome(Enum):
    """What became of a datagram handed to the kernel."""

    SENT = "sent"
    FULL = "full"
    """The kernel's buffer is full; the datagram is gone (media is never queued)."""
    FAILED = "failed"
    """The kernel refused it: no route, too long, closed stream."""


class Path(Protocol):
    """One local socket and one remote address; equal objects are the same path."""

    @property
    def remote(self) -> tuple[str, int]:
        """Return the peer's address and port as seen from here."""

    @property
    def protocol(self) -> str:
        """Return ``udp`` or ``tcp``."""

    def send(self, data: bytes) -> SendOutcome:
        """Hand one datagram to the kernel; never waits, never raises."""

    def close(self) -> None:
        """Give the path up: a TCP stream is closed, a UDP path has nothing to close."""
