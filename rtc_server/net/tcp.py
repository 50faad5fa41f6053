"""ICE-TCP, passive (RFC 6544 §4.1): datagrams in a stream for networks that block UDP.

RFC 4571 §2: each datagram is led by its length in 16 bits. A stream is only worth keeping once ICE has
accepted its first check, so one that opens with anything but STUN, or stays unaccepted, is closed.

Not done: active and simultaneous-open candidates.
"""

import asyncio
import fcntl
import logging
import termios
from collections.abc import Callable, Sequence
from struct import Struct
from typing import Final, cast

from rtc_server.config import MediaLimits
from rtc_server.net.path import Peer, SendOutcome, Sent, tally
from rtc_server.wire.demux import Kind, classify

logger = logging.getLogger(__name__)

ACCEPT_TIMEOUT: Final = 10.0
"""Seconds a stream may stay without a valid connectivity check."""

_LENGTH: Final = Struct("!H")
_INT: Final = Struct("i")


class TcpPath(asyncio.Protocol):
    """One accepted stream; a path once a valid check came on it."""

    protocol = "tcp"

    def __init__(self, listener: "TcpListener") -> None:
        self._listener = listener
        self._transport: asyncio.Transport | None = None
        self._received = bytearray()
        self._expiry: asyncio.TimerHandle | None = None
        self._peer: Peer | None = None
        self._descriptor = -1
        self.local: tuple[str, int] = ("", 0)
        self.remote: tuple[str, int] = ("", 0)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin: asyncio's callback."""
        transport = self._transport = cast(asyncio.Transport, transport)  # uvloop's is no subclass
        ours, theirs = transport.get_extra_info("sockname"), transport.get_extra_info("peername")
        self._descriptor = transport.get_extra_info("socket").fileno()
        self.local, self.remote = (ours[0], ours[1]), (theirs[0], theirs[1])
        if not self._listener.admit(self):
            transport.abort()
            return
        self._expiry = asyncio.get_running_loop().call_later(ACCEPT_TIMEOUT, self.close)

    def data_received(self, data: bytes) -> None:
        """Take bytes: asyncio's callback."""
        received = self._received
        received += data
        now = self._listener.clock()
        at = 0
        while len(received) - at >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(received, at)
            if len(received) - at - _LENGTH.size < length:
                break
            frame = bytes(received[at + _LENGTH.size : at + _LENGTH.size + length])
            at += _LENGTH.size + length
            kind = classify(frame)
            if kind is Kind.STUN:
                self._listener.on_stun(self, frame, now)
            elif self._peer is not None:
                self._peer.handle_datagram(frame, now)
            else:
                self.close()
                return
        del received[:at]
        self._listener.on_batch()

    def connection_lost(self, exc: Exception | None) -> None:
        """End: asyncio's callback."""
        self._transport = None
        self._stop_expiry()
        self._listener.release(self)

    def bind(self, peer: Peer) -> None:
        """Keep the stream, as ICE took it for a path, and hand its frames, STUN excepted, to `peer`."""
        self._peer = peer
        self._stop_expiry()

    def unbind(self, peer: Peer) -> None:
        """Stop handing to `peer`."""
        if self._peer is peer:
            self._peer = None

    def send(self, data: bytes) -> SendOutcome:
        """Queue one frame unless too much is queued already; never waits, never raises."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return SendOutcome.FAILED
        if transport.get_write_buffer_size() + len(data) > self._listener.limits.max_tcp_backlog_bytes:
            return SendOutcome.FULL
        transport.write(_LENGTH.pack(len(data)) + data)
        return SendOutcome.SENT

    def send_all(self, datagrams: Sequence[bytes]) -> Sent:
        """Queue frames in their order unless too much is queued already; never waits, never raises."""
        return tally((self.send(data), 1, len(data)) for data in datagrams)

    def backlog_bytes(self) -> int | None:
        """Return what waits here and in the kernel, what is on its way and not acknowledged too."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return 0
        held: int = transport.get_write_buffer_size()
        unacknowledged = fcntl.ioctl(self._descriptor, termios.TIOCOUTQ, bytes(_INT.size))
        return held + int(_INT.unpack(unacknowledged)[0])

    def close(self) -> None:
        """Cut the stream; what is queued is lost."""
        if self._transport is not None:
            self._transport.abort()

    def _stop_expiry(self) -> None:
        if self._expiry is not None:
            self._expiry.cancel()
            self._expiry = None


class TcpListener:
    """Accepts ICE-TCP streams of one local address.

    Args:
        on_stun: gets (path, data, now) for each STUN frame.
        on_batch: called after each piece of a stream, to drain what it produced.
        on_lost: told of a path whose stream ended.
    """

    def __init__(
        self,
        *,
        on_stun: Callable[[TcpPath, bytes, float], None],
        on_batch: Callable[[], None],
        on_lost: Callable[[TcpPath], None],
        limits: MediaLimits,
        clock: Callable[[], float],
    ) -> None:
        self.on_stun = on_stun
        self.on_batch = on_batch
        self.limits = limits
        self.clock = clock
        self._on_lost = on_lost
        self._paths: set[TcpPath] = set()
        self._server: asyncio.Server | None = None

    async def start(self, address: str, port: int) -> None:
        """Listen; `close` must follow.

        Raises:
            OSError: the address cannot be bound.
        """
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: TcpPath(self), address, port)

    def close(self) -> None:
        """Stop listening and cut all streams."""
        if self._server is not None:
            self._server.close()
        for path in list(self._paths):
            path.close()

    def admit(self, path: TcpPath) -> bool:
        """Count a new stream in; False when there are too many."""
        if len(self._paths) >= self.limits.max_tcp_connections:
            return False
        self._paths.add(path)
        return True

    def release(self, path: TcpPath) -> None:
        """Count a stream out."""
        if path in self._paths:
            self._paths.discard(path)
            self._on_lost(path)
