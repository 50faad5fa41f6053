"""Where datagrams of one peer come from and go out: a UDP address pair or an ICE-TCP stream.

`DatagramSocket` is the part of the packet path that a compiled engine would own here: bytes, addresses and
times in, outcomes out.
"""

from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from typing import NamedTuple, Protocol

SocketAddress = tuple[str, int] | tuple[str, int, int, int]
"""What `recvfrom` returns: two values for IPv4, four for IPv6."""


class SendOutcome(Enum):
    """What became of a datagram handed to the kernel."""

    SENT = "sent"
    FULL = "full"
    """The kernel's buffer is full; the datagram is gone (media is never queued)."""
    FAILED = "failed"
    """The kernel refused it: no route, too long, closed stream."""


class Sent(NamedTuple):
    """What became of datagrams handed over together: how many of each outcome, and the bytes sent."""

    datagrams: int
    total_bytes: int
    full: int
    failed: int


Handed = tuple[SendOutcome, int, int]
"""What became of how many datagrams with how many bytes."""


def tally(handed: Iterable[Handed]) -> Sent:
    """Add up what became of datagrams."""
    datagrams = total_bytes = full = failed = 0
    for outcome, count, size in handed:
        if outcome is SendOutcome.SENT:
            datagrams += count
            total_bytes += size
        elif outcome is SendOutcome.FULL:
            full += count
        else:
            failed += count
    return Sent(datagrams, total_bytes, full, failed)


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

    def send_all(self, datagrams: Sequence[bytes]) -> Sent:
        """Hand datagrams to the kernel in their order; never waits, never raises."""

    def backlog_bytes(self) -> int | None:
        """Return what was handed over and has not arrived; None where nothing waits behind it."""

    def bind(self, peer: Peer) -> None:
        """Hand what comes in, STUN excepted, to `peer` from now on."""

    def unbind(self, peer: Peer) -> None:
        """Stop handing to `peer`; nothing happens when the path is somebody else's by now."""

    def close(self) -> None:
        """Give the path up: a TCP stream is closed, a UDP path has nothing to close."""


class DatagramSocket(Protocol):
    """One bound UDP socket and the loop that reads it."""

    address: str
    port: int
    receive_buffer_bytes: int
    send_buffer_bytes: int

    def start(self) -> None:
        """Begin to read in the running loop; `close` must follow."""

    def close(self) -> None:
        """Stop reading and release the port."""

    def send(self, data: bytes, remote: SocketAddress) -> SendOutcome:
        """Hand one datagram to the kernel; never waits, never raises."""


class DatagramSocketMaker(Protocol):
    """Binds a socket."""

    def __call__(
        self,
        address: str,
        port: int,
        *,
        on_other: Callable[[Path, bytes, float], None],
        on_batch: Callable[[], None],
        clock: Callable[[], float],
        buffer_bytes: int,
    ) -> DatagramSocket:
        """Bind to an address, and to any port for port 0.

        Args:
            on_other: gets (path, data, now) for STUN and for datagrams of unknown addresses.
            on_batch: called once after each batch, to drain what the batch produced.
            clock: monotonic seconds, read once a batch.
            buffer_bytes: wanted size of the kernel's buffers.

        Raises:
            OSError: the address cannot be bound.
        """
