"""The few STUN and TURN messages of a client that asks for one allocation and gives it back. Pure.

Allocate and Refresh of RFC 8656 §7 and §8, with the long-term credentials of RFC 8489 §9.2 (MD5 and SHA-1 are
what those prescribe). Deliberately not done: permissions, channels and data, since nothing is relayed.
"""

import hashlib
import hmac
from dataclasses import dataclass
from enum import IntEnum
from ipaddress import ip_address
from struct import Struct
from typing import Final

HEADER_BYTES: Final = 20
MOST_BYTES: Final = 1500

_HEADER: Final = Struct("!HHI12s")
_ATTRIBUTE: Final = Struct("!HH")
_COOKIE: Final = 0x2112A442
_INTEGRITY_BYTES: Final = 24
_UDP: Final = bytes((17, 0, 0, 0))


class Method(IntEnum):
    """Methods asked for."""

    BINDING = 0x001
    ALLOCATE = 0x003
    REFRESH = 0x004


class _Attribute(IntEnum):
    USERNAME = 0x0006
    MESSAGE_INTEGRITY = 0x0008
    ERROR_CODE = 0x0009
    LIFETIME = 0x000D
    REALM = 0x0014
    NONCE = 0x0015
    XOR_RELAYED_ADDRESS = 0x0016
    REQUESTED_TRANSPORT = 0x0019


class TurnWireError(ValueError):
    """What came is no answer of a TURN server."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a server wants in the next request: realm, nonce, and the account that answers for it."""

    realm: str
    nonce: bytes
    username: str
    password: str

    @property
    def key(self) -> bytes:
        """RFC 8489 §18.5.1.1: MD5 of user name, realm and password with colons."""
        return hashlib.md5(f"{self.username}:{self.realm}:{self.password}".encode()).digest()


@dataclass(frozen=True, slots=True)
class Answer:
    """A response. `error` is None for success; `relayed` is the address that was allocated."""

    transaction_id: bytes
    error: int | None = None
    realm: str = ""
    nonce: bytes = b""
    relayed: tuple[str, int] | None = None


def request(
    method: Method,
    transaction_id: bytes,
    challenge: Challenge | None = None,
    *,
    lifetime_s: int | None = None,
) -> bytes:
    """Return a request; without a challenge it is the first one, which the server answers with 401."""
    body = b""
    if method is Method.ALLOCATE:
        body += _attribute(_Attribute.REQUESTED_TRANSPORT, _UDP)
    if lifetime_s is not None:
        body += _attribute(_Attribute.LIFETIME, lifetime_s.to_bytes(4))
    if challenge is None:
        return _HEADER.pack(method, len(body), _COOKIE, transaction_id) + body
    body += _attribute(_Attribute.USERNAME, challenge.username.encode())
    body += _attribute(_Attribute.REALM, challenge.realm.encode())
    body += _attribute(_Attribute.NONCE, challenge.nonce)
    covered = _HEADER.pack(method, len(body) + _INTEGRITY_BYTES, _COOKIE, transaction_id) + body
    return covered + _attribute(
        _Attribute.MESSAGE_INTEGRITY, hmac.digest(challenge.key, covered, hashlib.sha1)
    )


def length_of(head: bytes) -> int:
    """Return how long a message is whose header this is; over TCP nothing else says so.

    Raises:
        TurnWireError: it is none, or longer than any answer.
    """
    if len(head) < HEADER_BYTES:
        raise TurnWireError("shorter than a header")
    kind, length, cookie, _ = _HEADER.unpack_from(head)
    if kind >> 14 or cookie != _COOKIE or length % 4 or HEADER_BYTES + length > MOST_BYTES:
        raise TurnWireError("not a STUN message")
    return HEADER_BYTES + int(length)


def parse_answer(data: bytes) -> Answer:
    """Read a response; raises `TurnWireError` for anything else."""
    if length_of(data) != len(data):
        raise TurnWireError("lengths that do not add up")
    kind, _, _, transaction_id = _HEADER.unpack_from(data)
    if not kind & 0x0100:
        raise TurnWireError("no response")
    found = dict(_attributes(data))
    error = found.get(_Attribute.ERROR_CODE, b"")
    if kind & 0x0010 and len(error) < 4:
        raise TurnWireError("an error without its code")
    return Answer(
        transaction_id,
        error=(error[2] & 7) * 100 + error[3] if kind & 0x0010 else None,
        realm=found.get(_Attribute.REALM, b"").decode(errors="replace"),
        nonce=found.get(_Attribute.NONCE, b""),
        relayed=_address(found.get(_Attribute.XOR_RELAYED_ADDRESS, b""), transaction_id),
    )


def _attributes(data: bytes) -> list[tuple[int, bytes]]:
    found, position = [], HEADER_BYTES
    while position < len(data):
        kind, size = _ATTRIBUTE.unpack_from(data, position)
        value = data[position + 4 : position + 4 + size]
        if len(value) != size:
            raise TurnWireError("a truncated attribute")
        found.append((kind, value))
        position += 4 + size + -size % 4
    return found


def _attribute(kind: int, value: bytes) -> bytes:
    return _ATTRIBUTE.pack(kind, len(value)) + value + bytes(-len(value) % 4)


def _address(value: bytes, transaction_id: bytes) -> tuple[str, int] | None:
    """RFC 8489 §14.2: port and address XORed with cookie and transaction id."""
    if len(value) not in {8, 20}:
        return None
    mask = _COOKIE.to_bytes(4) + transaction_id
    packed = bytes(a ^ b for a, b in zip(value[4:], mask, strict=False))
    return str(ip_address(packed)), int.from_bytes(value[2:4]) ^ _COOKIE >> 16
