"""libsrtp without its Python wrapper, which takes three fifths of what it costs to seal a packet.

The sessions are pylibsrtp's own, and so are the buffer they work in and the functions they call; left out is
what its methods make anew for each packet: a length, a name looked up, a check of every status. This is the
only file that touches its private names (`tests/rtc_server/net/test_libsrtp.py` pins them).
"""

from collections.abc import Callable
from typing import Any

import pylibsrtp
from pylibsrtp import SRTP_MAX_SRTCP_TRAILER_LEN, SRTP_MAX_TRAILER_LEN
from pylibsrtp._binding import ffi, lib


class DirectSession:
    """One direction of SRTP (implements `dtls.SrtpSession`).

    Args:
        session: of pylibsrtp, keyed; used by nobody else from now on.

    Attributes:
        protect, unprotect, protect_rtcp, unprotect_rtcp: take one packet, bytes, and return it sealed or in
            the clear; they raise `pylibsrtp.Error` for what libsrtp refuses, ValueError for what is too long.
    """

    __slots__ = ("_session", "protect", "protect_rtcp", "unprotect", "unprotect_rtcp")

    def __init__(self, session: pylibsrtp.Session) -> None:
        self._session = session
        self.protect = _direct(session, lib.srtp_protect, SRTP_MAX_TRAILER_LEN)
        self.unprotect = _direct(session, lib.srtp_unprotect, 0)
        self.protect_rtcp = _direct(session, lib.srtp_protect_rtcp, SRTP_MAX_SRTCP_TRAILER_LEN)
        self.unprotect_rtcp = _direct(session, lib.srtp_unprotect_rtcp, 0)

    def remove_stream(self, ssrc: int) -> None:
        """Let libsrtp forget a stream; raises `pylibsrtp.Error` when it has none with this SSRC."""
        self._session.remove_stream(ssrc)


def _direct(session: Any, function: Any, trailer_bytes: int) -> Callable[[bytes], bytes]:
    """Return one of libsrtp's functions, which work in place, as one from bytes to bytes.

    Args:
        trailer_bytes: the most that it may append.
    """
    place, buffer, handle = session._cdata, session._buffer, session._srtp[0]
    longest = len(place) - trailer_bytes
    length = ffi.new("int *")

    def process(packet: bytes) -> bytes:
        size = len(packet)
        if size > longest:
            raise ValueError("packet is too long")
        buffer[0:size] = packet
        length[0] = size
        status = function(handle, place, length)
        if status:
            raise pylibsrtp.Error(status)
        return buffer[0 : length[0]]  # type: ignore[no-any-return]

    return process
