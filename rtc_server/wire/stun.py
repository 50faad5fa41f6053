"""STUN messages (RFC 8489) as an ICE-lite server needs them: read Binding requests, write their answers.

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
    |0 0|     STUN Message Type     |         Message Length        |
    |                         Magic Cookie                          |
    |                     Transaction ID (96 bits)                  |
    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+

Our own and not aioice's, because here the MAC is compared in constant time, NOMINATION is read, broken
bytes raise WireError alone, and asyncio stays out of the pure floors; aioice's codec is the oracle in the
tests. Deliberately not done: long-term credentials, SHA-256 integrity, and every attribute of TURN.
"""

import hmac
import ipaddress
import zlib
from dataclasses import dataclass
from enum import IntEnum
from struct import Struct
from typing import Final

from rtc_server.errors import WireError

BINDING: Final = 0x001
HEADER_BYTES: Final = 20

_COOKIE: Final = 0x2112A442
_COOKIE_BYTES: Final = _COOKIE.to_bytes(4)
_HEADER: Final = Struct("!HHI12s")
_ATTRIBUTE: Final = Struct("!HH")
_FINGERPRINT_XOR: Final = 0x5354554E
_FINGERPRINT_BYTES: Final = 8
_INTEGRITY_BYTES: Final = 24

_REASONS: Final = {400: "Bad Request", 401: "Unauthorized", 487: "Role Conflict"}


class _Attribute(IntEnum):
    """Attribute types (RFC 8489 §18.3, RFC 8445 §16.1)."""

    USERNAME = 0x0006
    MESSAGE_INTEGRITY = 0x0008
    ERROR_CODE = 0x0009
    XOR_MAPPED_ADDRESS = 0x0020
    PRIORITY = 0x0024
    USE_CANDIDATE = 0x0025
    FINGERPRINT = 0x8028
    ICE_CONTROLLED = 0x8029
    ICE_CONTROLLING = 0x802A
    NOMINATION = 0xC001
    """draft-thatcher-ice-renomination-01 §4; the number is libwebrtc's."""


class StunClass(IntEnum):
    """The two class bits of the message type (RFC 8489 §5)."""

    REQUEST = 0x000
    INDICATION = 0x010
    SUCCESS = 0x100
    ERROR = 0x110


@dataclass(slots=True)
class StunMessage:
    """A received STUN message.

    Attributes:
        message_class, method: the two halves of the message type.
        transaction_id: 12 bytes.
        username: `local:remote` user fragments, or None.
        priority: of the peer's candidate, 32 bit, or None.
        controlled, controlling: whether the role attribute is there.
        use_candidate: whether the peer nominates this path (RFC 8445 §8.1.1).
        nomination: number of a renomination; the highest wins.
        has_fingerprint: a FINGERPRINT was there, and it was right (a wrong one is a WireError).
        integrity_offset: where MESSAGE-INTEGRITY starts in `data`, or None.
        error_code: of an error response, or None.
        data: the whole message.
    """

    message_class: StunClass
    method: int
    transaction_id: bytes
    data: bytes
    username: str | None = None
    priority: int | None = None
    controlled: bool = False
    controlling: bool = False
    use_candidate: bool = False
    nomination: int | None = None
    has_fingerprint: bool = False
    integrity_offset: int | None = None
    error_code: int | None = None

    @property
    def local_username_fragment(self) -> str | None:
        """The receiver's user fragment: what stands in front of the colon (RFC 8445 §7.2.2)."""
        return None if self.username is None else self.username.partition(":")[0]

    def is_authentic(self, password: str) -> bool:
        """Return whether MESSAGE-INTEGRITY was made with `password`; False without one."""
        offset = self.integrity_offset
        if offset is None:
            return False
        expected = _integrity(self.data[:offset], password)
        return hmac.compare_digest(expected, self.data[offset + 4 : offset + _INTEGRITY_BYTES])


def parse_message(data: bytes) -> StunMessage:
    """Read a STUN message.

    Raises:
        WireError: not STUN, lengths that do not add up, a broken attribute, a wrong FINGERPRINT.
    """
    if len(data) < HEADER_BYTES:
        raise WireError("STUN message shorter than its header")
    message_type, length, cookie, transaction_id = _HEADER.unpack_from(data)
    # §5: "The message length MUST ... the last 2 bits of this field are always zero."
    if cookie != _COOKIE or message_type >> 14 or length % 4 or HEADER_BYTES + length != len(data):
        raise WireError("not a STUN message")
    message = StunMessage(StunClass(message_type & 0x0110), _method(message_type), transaction_id, data)
    position = HEADER_BYTES
    while position < len(data):
        attribute, size = _ATTRIBUTE.unpack_from(data, position)
        value = data[position + 4 : position + 4 + size]
        if len(value) != size:
            raise WireError("STUN attribute is truncated")
        _read_attribute(message, attribute, value, position)
        position += 4 + size + -size % 4
    return message


def local_username_fragment(data: bytes) -> str | None:
    """Return our user fragment in a datagram from an unknown address; None when there is none.

    Raises:
        WireError: not a STUN message.
    """
    return parse_message(data).local_username_fragment


def build_binding_success(request: StunMessage, address: tuple[str, int], password: str) -> bytes:
    """Return the success response: XOR-MAPPED-ADDRESS, MESSAGE-INTEGRITY, FINGERPRINT.

    Args:
        address: IP address and port the request came from.
        password: our password, which the request was authenticated with.
    """
    mapped = _attribute(_Attribute.XOR_MAPPED_ADDRESS, _xor_address(address, request.transaction_id))
    return _finish(StunClass.SUCCESS, request, mapped, password)


def build_binding_error(request: StunMessage, code: int, password: str | None) -> bytes:
    """Return the error response.

    Args:
        code: 400, 401 or 487.
        password: None leaves MESSAGE-INTEGRITY out, as 400 and 401 must (RFC 8489 §9.1.3).
    """
    value = bytes((0, 0, code // 100, code % 100)) + _REASONS[code].encode()
    return _finish(StunClass.ERROR, request, _attribute(_Attribute.ERROR_CODE, value), password)


def build_binding_request(
    transaction_id: bytes,
    username: str,
    password: str,
    *,
    priority: int,
    tie_breaker: int,
    use_candidate: bool = False,
    controlled: bool = False,
    nomination: int | None = None,
) -> bytes:
    """Return a Binding request as a full ICE agent sends it; an ICE-lite server sends none."""
    role = _Attribute.ICE_CONTROLLED if controlled else _Attribute.ICE_CONTROLLING
    body = _attribute(_Attribute.USERNAME, username.encode()) + _attribute(role, tie_breaker.to_bytes(8))
    if use_candidate:
        body += _attribute(_Attribute.USE_CANDIDATE, b"")
    if nomination is not None:
        body += _attribute(_Attribute.NOMINATION, nomination.to_bytes(4))
    body += _attribute(_Attribute.PRIORITY, priority.to_bytes(4))
    request = StunMessage(StunClass.REQUEST, BINDING, transaction_id, b"")
    return _finish(StunClass.REQUEST, request, body, password)


def _method(message_type: int) -> int:
    """Gather the method's bits from between the class bits (§5, figure 3)."""
    return message_type & 0x000F | (message_type & 0x00E0) >> 1 | (message_type & 0x3E00) >> 2


def _read_attribute(message: StunMessage, attribute: int, value: bytes, position: int) -> None:
    if message.integrity_offset is not None and attribute != _Attribute.FINGERPRINT:
        # RFC 8489 §14.5: "agents MUST ignore all other attributes that follow MESSAGE-INTEGRITY"
        return
    match attribute:
        case _Attribute.USERNAME:
            message.username = _text(value)
        case _Attribute.MESSAGE_INTEGRITY:
            if len(value) != 20:
                raise WireError("MESSAGE-INTEGRITY is not 20 bytes")
            message.integrity_offset = position
        case _Attribute.ERROR_CODE:
            if len(value) < 4:
                raise WireError("ERROR-CODE is truncated")
            message.error_code = (value[2] & 7) * 100 + value[3]
        case _Attribute.PRIORITY:
            message.priority = _unsigned(value)
        case _Attribute.USE_CANDIDATE:
            message.use_candidate = True
        case _Attribute.FINGERPRINT:
            if position + _FINGERPRINT_BYTES != len(message.data):
                raise WireError("FINGERPRINT is not the last attribute")
            if _unsigned(value) != zlib.crc32(message.data[:position]) ^ _FINGERPRINT_XOR:
                raise WireError("wrong FINGERPRINT")
            message.has_fingerprint = True
        case _Attribute.ICE_CONTROLLED:
            message.controlled = True
        case _Attribute.ICE_CONTROLLING:
            message.controlling = True
        case _Attribute.NOMINATION:
            message.nomination = _unsigned(value)
        case _:
            pass


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        raise WireError("USERNAME is not UTF-8") from error


def _unsigned(value: bytes) -> int:
    if len(value) != 4:
        raise WireError("STUN number is not four bytes")
    return int.from_bytes(value)


def _attribute(attribute: int, value: bytes) -> bytes:
    return _ATTRIBUTE.pack(attribute, len(value)) + value + bytes(-len(value) % 4)


def _xor_address(address: tuple[str, int], transaction_id: bytes) -> bytes:
    """RFC 8489 §14.2: port and address XORed with the cookie and, for IPv6, the transaction id."""
    packed = ipaddress.ip_address(address[0]).packed
    family = 1 if len(packed) == 4 else 2
    pad = _COOKIE_BYTES + transaction_id
    masked = bytes(a ^ b for a, b in zip(packed, pad, strict=False))
    return bytes((0, family)) + (address[1] ^ _COOKIE >> 16).to_bytes(2) + masked


def _finish(message_class: StunClass, request: StunMessage, body: bytes, password: str | None) -> bytes:
    message_type = (
        message_class | request.method & 0xF | (request.method & 0x70) << 1 | (request.method & 0xF80) << 2
    )
    head = _HEADER.pack(message_type, len(body), _COOKIE, request.transaction_id)
    data = head + body
    if password is not None:
        data += _attribute(_Attribute.MESSAGE_INTEGRITY, _integrity(data, password))
    data = _with_length(data, len(data) - HEADER_BYTES + _FINGERPRINT_BYTES)
    return data + _attribute(_Attribute.FINGERPRINT, (zlib.crc32(data) ^ _FINGERPRINT_XOR).to_bytes(4))


def _integrity(covered: bytes, password: str) -> bytes:
    """HMAC-SHA1 over the message so far, its length as if MESSAGE-INTEGRITY were the last attribute
    (§14.5).
    """
    covered = _with_length(covered, len(covered) - HEADER_BYTES + _INTEGRITY_BYTES)
    return hmac.digest(password.encode(), covered, "sha1")


def _with_length(data: bytes, length: int) -> bytes:
    return data[:2] + length.to_bytes(2) + data[4:]
