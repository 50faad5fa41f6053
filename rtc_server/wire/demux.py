"""Tell the protocol of a datagram by its first byte (RFC 7983 §7, RFC 5761 §4).

    +----------------+
    |        [0..3] -+--> STUN
    |      [20..63] -+--> DTLS
    |    [128..191] -+--> RTP or RTCP: RTCP when the second byte is in 192..223
    +----------------+

Deliberately not done: ZRTP (16..19), TURN channels (64..79) and QUIC; they are `UNKNOWN`.
"""

from enum import Enum
from typing import Final


class Kind(Enum):
    """Protocol of one datagram."""

    STUN = "stun"
    DTLS = "dtls"
    RTP = "rtp"
    RTCP = "rtcp"
    UNKNOWN = "unknown"


def _kind_of_first_byte(first: int) -> Kind:
    if first <= 3:
        return Kind.STUN
    if 20 <= first <= 63:
        return Kind.DTLS
    if 128 <= first <= 191:
        return Kind.RTP
    return Kind.UNKNOWN


RTP: Final = Kind.RTP
"""Looked up once: nearly every datagram is asked for it."""

_BY_FIRST_BYTE = tuple(_kind_of_first_byte(first) for first in range(256))


def classify(data: bytes) -> Kind:
    """Return the protocol of a datagram; only the first two bytes are looked at."""
    if len(data) < 2:
        return Kind.UNKNOWN
    kind = _BY_FIRST_BYTE[data[0]]
    if kind is RTP and 192 <= data[1] <= 223:
        return Kind.RTCP
    return kind
