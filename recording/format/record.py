"""One record of a journal (RECORDING 3): a 16-byte header and its payload.

     0               1               2               3
    +---------------+---------------+-------------------------------+
    |     kind      |  mark (0xB5)  |        payload length         |
    +---------------+---------------+-------------------------------+
    |            arrival, nanoseconds on the monotonic clock        |
    |                                                               |
    +---------------------------------------------------------------+
    |          CRC-32 over the 12 bytes above and the payload       |
    +---------------------------------------------------------------+

Big-endian. The mark gives a reader that lost its place something to look for; the CRC decides.
"""

from enum import IntEnum
from struct import Struct
from typing import Final, NamedTuple
from zlib import crc32

MARK: Final = 0xB5
HEADER_BYTES: Final = 16
MAX_PAYLOAD_BYTES: Final = 0xFFFF

_HEAD: Final = Struct("!BBHQ")
_SUM: Final = Struct("!I")

unpack_head: Final = _HEAD.unpack_from
"""Buffer and offset, where 16 bytes must be → kind, mark, payload length, arrival."""

_pack_head = _HEAD.pack
_pack_sum = _SUM.pack
_unpack_sum = _SUM.unpack_from


class RecordKind(IntEnum):
    """What a payload is; a reader skips kinds it does not know."""

    DESCRIPTION = 1
    ANCHOR = 2
    RTP = 3
    SENDER_REPORT = 4
    PAUSE = 5
    RESUME = 6
    END = 7


class Record(NamedTuple):
    """A record that passed its CRC; `arrival_ns` is on the clock of the boot its journal's anchors name."""

    kind: int
    arrival_ns: int
    payload: bytes


def encode_header(kind: int, arrival_ns: int, payload: bytes) -> bytes:
    """Return the header that goes before `payload` (at most 65,535 bytes)."""
    head = _pack_head(kind, MARK, len(payload), arrival_ns)
    return head + _pack_sum(crc32(payload, crc32(head)))


def encode_record(kind: int, arrival_ns: int, payload: bytes) -> bytes:
    """Return header and payload in one piece."""
    return encode_header(kind, arrival_ns, payload) + payload


def intact_payload(buffer: bytes, offset: int, end: int) -> bytes | None:
    """Return the payload of the record at `offset` that ends at `end`; None when its CRC fails."""
    payload = buffer[offset + HEADER_BYTES : end]
    (expected,) = _unpack_sum(buffer, offset + _HEAD.size)
    return payload if crc32(payload, crc32(buffer[offset : offset + _HEAD.size])) == expected else None
