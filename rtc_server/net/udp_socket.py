"""One UDP socket of one local address: batches in, runs of datagrams out, nothing queued.

`uvloop`'s datagram transport queues without bound when the kernel's buffer is full; here a full buffer drops.
"""

import asyncio
import contextlib
import errno
import logging
import socket
import struct
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from rtc_server.net.datagram_ring import DatagramRing, RawAddress, read_address, write_address
from rtc_server.net.path import Handed, Peer, SendOutcome, Sent, SocketAddress, tally
from rtc_server.net.runs import split_runs

logger = logging.getLogger(__name__)

BATCH: Final = 32
"""Datagrams read in one turn of the loop: enough to amortise it, few enough to keep it under 1 ms."""
MAX_DATAGRAM_BYTES: Final = 2048
"""More than any datagram that is accepted (1,500 bytes); longer ones arrive cut and are refused by length."""
LAST_STUN_BYTE: Final = 3
"""RFC 7983 §7: STUN's first byte is 0 to 3."""

_SO_RCVBUFFORCE: Final = 33
_SO_SNDBUFFORCE: Final = 32
_UDP_SEGMENT: Final = 103
"""Linux 4.18, `udp.h`; Python does not name it."""
_SEGMENT_BYTES: Final = struct.Struct("=H")

_RUN_REFUSED: Final = frozenset(
    {errno.EINVAL, errno.EIO, errno.EMSGSIZE, errno.ENOPROTOOPT, errno.EOPNOTSUPP}
)
"""A device without checksums, a path whose MTU is smaller: nothing left, and single datagrams may."""


class UdpSocket:
    """A bound, non-blocking UDP socket registered with the running loop (implements `path.DatagramSocket`).

    Args:
        address: local address; no wildcard, so that answers leave from where the question came in.
        port: local port, 0 for any.
        on_other: gets (path, data, now) for STUN and for datagrams of unknown addresses.
        on_batch: called once after each batch, to drain what the batch produced.
        clock: monotonic seconds, read once a batch.
        buffer_bytes: wanted size of the kernel's buffers; what was granted is in `receive_buffer_bytes`.

    Raises:
        OSError: the address cannot be bound.
    """

    def __init__(
        self,
        address: str,
        port: int,
        *,
        on_other: Callable[["UdpPath", bytes, float], None],
        on_batch: Callable[[], None],
        clock: Callable[[], float],
        buffer_bytes: int,
    ) -> None:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
        try:
            if family == socket.AF_INET6:
                self._socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            self._socket.bind((address, port))
        except OSError:
            self._socket.close()
            raise
        self.address = address
        self.port: int = self._socket.getsockname()[1]
        self.receive_buffer_bytes = _force_buffer(
            self._socket, _SO_RCVBUFFORCE, socket.SO_RCVBUF, buffer_bytes
        )
        self.send_buffer_bytes = _force_buffer(self._socket, _SO_SNDBUFFORCE, socket.SO_SNDBUF, buffer_bytes)
        self.peers: dict[RawAddress, Peer] = {}
        self._on_other = on_other
        self._on_batch = on_batch
        self._clock = clock
        self._loop: asyncio.AbstractEventLoop | None = None
        self._receive = DatagramRing(self._socket, datagrams=BATCH, datagram_bytes=MAX_DATAGRAM_BYTES).receive
        self._sendto = self._socket.sendto
        self._sendmsg = self._socket.sendmsg
        self.takes_runs = _can_segment(self._socket)
        logger.info(
            "UDP socket on port %d: receive buffer %d bytes, send buffer %d bytes",
            self.port,
            self.receive_buffer_bytes,
            self.send_buffer_bytes,
        )

    def start(self) -> None:
        """Begin to read in the running loop; `close` must follow."""
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._socket.fileno(), self._read_batch)

    def close(self) -> None:
        """Stop reading and release the port."""
        if self._loop is not None:
            self._loop.remove_reader(self._socket.fileno())
            self._loop = None
        self._socket.close()

    def send(self, data: bytes, remote: SocketAddress) -> SendOutcome:
        """Hand one datagram to the kernel; never waits, never raises."""
        try:
            self._sendto(data, remote)
        except (BlockingIOError, InterruptedError):
            return SendOutcome.FULL
        except OSError as error:
            logger.debug("datagram refused by the kernel: %s", error)
            return SendOutcome.FAILED
        return SendOutcome.SENT

    def send_run(self, run: Sequence[bytes], remote: SocketAddress) -> SendOutcome | None:
        """Hand a run of `split_runs` to the kernel; None when it takes none there, and nothing left."""
        try:
            ancillary = [(socket.IPPROTO_UDP, _UDP_SEGMENT, _SEGMENT_BYTES.pack(len(run[0])))]
            self._sendmsg(run, ancillary, 0, remote)
        except (BlockingIOError, InterruptedError):
            return SendOutcome.FULL
        except OSError as error:
            logger.debug("run refused by the kernel: %s", error)
            return None if error.errno in _RUN_REFUSED else SendOutcome.FAILED
        return SendOutcome.SENT

    def _read_batch(self) -> None:
        now = self._clock()
        try:
            received = self._receive()
        except OSError as error:
            # A queued ICMP error of an earlier send, or nothing; the socket itself is sound.
            logger.debug("receive failed: %s", error)
            received = []
        peers = self.peers
        for data, sender in received:
            peer = peers.get(sender)
            if peer is not None and data and data[0] > LAST_STUN_BYTE:
                peer.handle_datagram(data, now)
            else:
                self._on_other(UdpPath(self, read_address(sender)), data, now)
        self._on_batch()


class UdpPath:
    """One remote address behind one local UDP socket."""

    __slots__ = ("_address", "_socket", "_takes_runs", "local", "remote")

    protocol = "udp"

    def __init__(self, udp_socket: UdpSocket, address: SocketAddress) -> None:
        self._socket = udp_socket
        self._address = address
        self._takes_runs = udp_socket.takes_runs
        self.local = (udp_socket.address, udp_socket.port)
        self.remote: tuple[str, int] = (address[0], address[1])

    def send(self, data: bytes) -> SendOutcome:
        """Hand one datagram to the kernel; never waits, never raises."""
        return self._socket.send(data, self._address)

    def send_all(self, datagrams: Sequence[bytes]) -> Sent:
        """Hand datagrams to the kernel in their order, in runs where it takes them; never raises."""
        if len(datagrams) == 1:
            [data] = datagrams
            return tally([(self._socket.send(data, self._address), 1, len(data))])
        return tally(self._send_runs(datagrams))

    def _send_runs(self, datagrams: Sequence[bytes]) -> Iterable[Handed]:
        for run in split_runs(datagrams):
            outcome = None
            if len(run) > 1 and self._takes_runs:
                outcome = self._socket.send_run(run, self._address)
                self._takes_runs = outcome is not None
            if outcome is not None:
                yield outcome, len(run), sum(map(len, run))
            else:
                yield from ((self.send(data), 1, len(data)) for data in run)

    def backlog_bytes(self) -> int | None:
        """Return None: what a line holds of datagrams nobody tells."""
        return None

    def bind(self, peer: Peer) -> None:
        """Hand what comes in, STUN excepted, to `peer` from now on."""
        self._socket.peers[write_address(self._address)] = peer

    def unbind(self, peer: Peer) -> None:
        """Stop handing to `peer`; nothing happens when the address is somebody else's by now."""
        raw = write_address(self._address)
        if self._socket.peers.get(raw) is peer:
            del self._socket.peers[raw]

    def close(self) -> None:
        """Do nothing: the socket is shared by all peers."""


def _can_segment(target: socket.socket) -> bool:
    """Return whether the kernel knows runs; an older one would send a run as one long datagram."""
    try:
        target.getsockopt(socket.IPPROTO_UDP, _UDP_SEGMENT)
    except OSError:
        return False
    return True


def _force_buffer(target: socket.socket, force_option: int, plain_option: int, wanted: int) -> int:
    """Enlarge a socket buffer past `rmem_max` where allowed; return the effective size in bytes."""
    with contextlib.suppress(OSError):
        target.setsockopt(socket.SOL_SOCKET, plain_option, wanted)
    with contextlib.suppress(OSError):  # needs CAP_NET_ADMIN
        target.setsockopt(socket.SOL_SOCKET, force_option, wanted)
    # The kernel reports twice what was granted, to cover its own bookkeeping (socket(7)).
    return target.getsockopt(socket.SOL_SOCKET, plain_option)
