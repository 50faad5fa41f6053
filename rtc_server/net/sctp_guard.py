"""Look at a decrypted SCTP packet before aiortc does (RFC 9260 §3).

aiortc's parser trusts lengths that would make it loop for ever (a parameter of length 0) or count to millions
(a SACK whose gaps span the whole window). An authenticated peer may still be hostile, so such packets
stop here.
"""

from struct import Struct
from typing import Final

_COMMON_HEADER_BYTES: Final = 12
_CHUNK_HEADER: Final = Struct("!BBH")
_PARAMETER_HEADER: Final = Struct("!HH")
_GAP: Final = Struct("!HH")
_SACK_COUNTS: Final = Struct("!HH")

_INIT: Final = 1
_INIT_ACK: Final = 2
_SACK: Final = 3
_RECONFIG: Final = 130
_PARAMETERS_START: Final = {_INIT: 16, _INIT_ACK: 16, 4: 0, 5: 0, 6: 0, 9: 0, _RECONFIG: 0}
"""Chunk types whose body ends in parameters → offset of the first one in the body."""
_FIXED_BYTES: Final = {0: 12, _INIT: 16, _INIT_ACK: 16, _SACK: 12, 7: 4, 192: 4}
"""Chunk types → bytes of body that must be there (an empty body would be read as zeros)."""

MAX_GAP_SPAN: Final = 1024
"""TSNs that one SACK may name in gaps: twice what our own send bound can have in flight."""
MAX_CHUNKS: Final = 64
"""Chunks in one packet; a 1,200-byte packet of real traffic holds a handful."""


def is_acceptable(packet: bytes) -> bool:
    """Return True when aiortc can parse `packet` in bounded time."""
    length = len(packet)
    at = _COMMON_HEADER_BYTES
    chunks = 0
    while at + _CHUNK_HEADER.size <= length:
        kind, _, chunk_length = _CHUNK_HEADER.unpack_from(packet, at)
        if chunk_length < _CHUNK_HEADER.size or at + chunk_length > length:
            return False
        chunks += 1
        body = packet[at + _CHUNK_HEADER.size : at + chunk_length]
        if chunks > MAX_CHUNKS or not _is_chunk_acceptable(kind, body):
            return False
        if kind == _INIT and length - (at + chunk_length) > 3:
            return False  # RFC 9260 §3.1: an INIT MUST NOT be bundled
        at += (chunk_length + 3) & ~3
    return chunks > 0


def _is_chunk_acceptable(kind: int, body: bytes) -> bool:
    if len(body) < _FIXED_BYTES.get(kind, 0):
        return False
    if kind == _SACK:
        return _is_sack_acceptable(body)
    start = _PARAMETERS_START.get(kind)
    return start is None or _are_parameters_acceptable(body, start)


def _is_sack_acceptable(body: bytes) -> bool:
    gaps, duplicates = _SACK_COUNTS.unpack_from(body, 8)
    if 12 + 4 * (gaps + duplicates) > len(body):
        return False
    span = 0
    for index in range(gaps):
        first, last = _GAP.unpack_from(body, 12 + 4 * index)
        if last < first:
            return False
        span += last - first + 1
    return span <= MAX_GAP_SPAN


def _are_parameters_acceptable(body: bytes, at: int) -> bool:
    while at + _PARAMETER_HEADER.size <= len(body):
        _, length = _PARAMETER_HEADER.unpack_from(body, at)
        if length < _PARAMETER_HEADER.size or at + length > len(body):
            return False
        at += (length + 3) & ~3
    return True
