"""SRTP of one connection (RFC 3711): what is authenticated and sealed, and what libsrtp must not be given.

libsrtp takes 1,500 bytes and keeps every SSRC it sees; both are bounded before it is asked. A stream that no
producer has, since it ended or comes ahead, keeps its place only until another one needs it: whatever comes
late never closes the door to what comes next.
"""

import contextlib
from collections.abc import Callable, Iterable
from typing import Final

import pylibsrtp

from rtc_server.config import MediaLimits
from rtc_server.net.dtls import SrtpKeys, SrtpSession
from rtc_server.sfu.drops import Drop, DropCounter

SEAL_ERRORS: Final = (pylibsrtp.Error, ValueError)
"""What libsrtp raises on a packet that it does not take."""


class SrtpStreams:
    """The two directions of SRTP, once a handshake gave us keys.

    Args:
        limits: longest datagram, and SSRCs of one peer.
        drops: of the transport.
        is_held: whether a producer has an SSRC of the peer.
    """

    def __init__(self, limits: MediaLimits, drops: DropCounter, *, is_held: Callable[[int], bool]) -> None:
        self._max_bytes = limits.max_datagram_bytes
        self._max_ssrcs = limits.max_ssrcs_per_transport
        self._drops = drops
        self._receive: SrtpSession | None = None
        self._send: SrtpSession | None = None
        self._is_held = is_held
        self._ssrcs: dict[bytes, None] = {}
        """Those libsrtp knows, in the order of their first packet."""

    def use(self, keys: SrtpKeys) -> None:
        """Begin with the keys of a handshake."""
        self._receive, self._send = keys.receive, keys.send

    def close(self) -> None:
        """Forget the keys."""
        self._receive = self._send = None

    @property
    def outgoing(self) -> SrtpSession | None:
        """Return what seals our packets, None without keys; it raises one of `SEAL_ERRORS`."""
        return self._send

    def unprotect(self, data: bytes) -> bytes | None:
        """Return an RTP packet in the clear; None, and a counted drop, when it is not the peer's."""
        ssrc, ssrcs = data[8:12], self._ssrcs
        session, is_known = self._receive, ssrc in ssrcs
        # The hot path: `_session_for`, written out.
        if session is None or not is_known or len(data) > self._max_bytes:
            session = self._session_for(data, ssrc)
            if session is None:
                return None
        try:
            plain = session.unprotect(data)
        except SEAL_ERRORS:
            self._drops.count(Drop.UNPROTECT)
            return None
        if not is_known:
            ssrcs[ssrc] = None
        return plain

    def unprotect_rtcp(self, data: bytes) -> bytes | None:
        """Return an RTCP datagram in the clear; None, and a counted drop, when it is not the peer's."""
        ssrc = data[4:8]
        session = self._session_for(data, ssrc)
        if session is None:
            return None
        try:
            plain = session.unprotect_rtcp(data)
        except SEAL_ERRORS:
            self._drops.count(Drop.UNPROTECT)
            return None
        self._ssrcs[ssrc] = None
        return plain

    def _session_for(self, data: bytes, ssrc: bytes) -> SrtpSession | None:
        """Return the session that may see this packet; None, and a counted drop, when none may."""
        ssrcs = self._ssrcs
        if self._receive is None:
            self._drops.count(Drop.NOT_SECURED)
        elif len(data) > self._max_bytes:
            self._drops.count(Drop.OVERSIZED)
        elif ssrc not in ssrcs and len(ssrcs) >= self._max_ssrcs and not self._make_room():
            self._drops.count(Drop.SSRC_LIMIT)
        else:
            return self._receive
        return None

    def _make_room(self) -> bool:
        """Forget the oldest stream that no producer has; return False when all are held."""
        for key in self._ssrcs:
            ssrc = int.from_bytes(key)
            if not self._is_held(ssrc):
                self.release((ssrc,))
                return True
        return False

    def release(self, ssrcs: Iterable[int]) -> None:
        """Let libsrtp forget streams of the peer that ended, so that a long session can open new ones."""
        for ssrc in ssrcs:
            key = ssrc.to_bytes(4)
            if key in self._ssrcs and self._receive is not None:
                del self._ssrcs[key]
                self._receive.remove_stream(ssrc)

    def retire(self, ssrcs: Iterable[int]) -> None:
        """Let libsrtp forget our streams that ended; only after their last packet.

        A forgotten stream that sends again would begin its index, and with it its nonces, anew.
        """
        if self._send is not None:
            for ssrc in ssrcs:
                with contextlib.suppress(pylibsrtp.Error):  # nothing was ever sent on it
                    self._send.remove_stream(ssrc)
