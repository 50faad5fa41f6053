"""The client's side of RFC 6455 without any I/O: the opening handshake, frames out, frames in.

Deliberately not done: extensions, sub-protocols, sending fragments.
"""

from __future__ import annotations

import base64
import hashlib
import struct
from typing import NamedTuple

from web_client.helper.vocabulary import MAX_MESSAGE_BYTES

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_CONTINUATION, _TEXT, _BINARY, _CLOSE, _PING, _PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
MAX_HEAD_BYTES = 16_384


class WebSocketError(Exception):
    """The other side does not keep to RFC 6455; `code` is the close code that says so (§7.4.1)."""

    def __init__(self, code: int, what: str) -> None:
        super().__init__(what)
        self.code = code


class TextMessage(NamedTuple):
    """One whole message."""

    text: str


class Ping(NamedTuple):
    """To be answered by a pong with the same payload (§5.5.2)."""

    payload: bytes


class Closed(NamedTuple):
    """The other side closes; 1005 when it gave no code."""

    code: int


def request(host: str, path: str, nonce: bytes) -> bytes:
    """Return the opening handshake (§4.1); `nonce` is 16 random bytes."""
    return (
        f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {base64.b64encode(nonce).decode()}\r\nSec-WebSocket-Version: 13\r\n\r\n"
    ).encode()


def check_answer(head: bytes, nonce: bytes) -> None:
    """Hold the answer's head against the request (§4.1); raise `WebSocketError`."""
    status, headers = read_head(head)
    if status != 101:
        raise WebSocketError(1002, f"status {status} in place of 101")
    accept = base64.b64encode(hashlib.sha1(base64.b64encode(nonce) + _GUID).digest()).decode()
    if headers.get("sec-websocket-accept") != accept or headers.get("upgrade", "").lower() != "websocket":
        raise WebSocketError(1002, "not an answer to this handshake")


def read_head(head: bytes) -> tuple[int, dict[str, str]]:
    """Return status and headers of an HTTP answer; raise `WebSocketError` where it is none."""
    first, *lines = head.decode("latin-1").split("\r\n")
    words = first.split(" ")
    if len(words) < 2 or not words[0].startswith("HTTP/1.") or not words[1].isdecimal():
        raise WebSocketError(1002, "no HTTP answer")
    pairs = (line.partition(":") for line in lines if ":" in line)
    return int(words[1]), {name.strip().lower(): value.strip() for name, _, value in pairs}


def text_frame(text: str, mask: bytes) -> bytes:
    """Return a text frame; `mask` is 4 random bytes (§5.3)."""
    return _frame(_TEXT, text.encode(), mask)


def pong_frame(payload: bytes, mask: bytes) -> bytes:
    """Return the answer to a ping."""
    return _frame(_PONG, payload, mask)


def close_frame(code: int, mask: bytes) -> bytes:
    """Return a close frame."""
    return _frame(_CLOSE, struct.pack("!H", code), mask)


def _frame(opcode: int, payload: bytes, mask: bytes) -> bytes:
    size = len(payload)
    if size < 126:
        head = struct.pack("!BB", 0x80 | opcode, 0x80 | size)
    elif size < 65_536:
        head = struct.pack("!BBH", 0x80 | opcode, 0x80 | 126, size)
    else:
        head = struct.pack("!BBQ", 0x80 | opcode, 0x80 | 127, size)
    return head + mask + masked(payload, mask)


def masked(payload: bytes, mask: bytes) -> bytes:
    """Return the payload masked, or a masked one plain again."""
    repeated = (mask * (len(payload) // 4 + 1))[: len(payload)]
    whole = int.from_bytes(payload, "big") ^ int.from_bytes(repeated, "big")
    return whole.to_bytes(len(payload), "big")


class Reader:
    """Makes messages of bytes, however they are cut; holds at most one message."""

    def __init__(self) -> None:
        self._buffer = b""
        self._parts: list[bytes] | None = None

    def feed(self, data: bytes) -> list[TextMessage | Ping | Closed]:
        """Return what is complete now; raise `WebSocketError`, after which nothing may be fed any more."""
        self._buffer += data
        found: list[TextMessage | Ping | Closed] = []
        while True:
            frame = self._next_frame()
            if frame is None:
                return found
            found += self._take(*frame)

    def _next_frame(self) -> tuple[bool, int, bytes] | None:
        if len(self._buffer) < 2:
            return None
        first, second = self._buffer[0], self._buffer[1]
        if first & 0x70:
            raise WebSocketError(1002, "reserved bits without an extension")
        if second & 0x80:  # §5.1: "A client MUST close a connection if it detects a masked frame."
            raise WebSocketError(1002, "masked frame from a server")
        size, start = second & 0x7F, 2
        is_control = bool(first & 0x08)
        if is_control and (size > 125 or not first & 0x80):
            raise WebSocketError(1002, "control frame too long or in parts")
        if size >= 126:
            start = 4 if size == 126 else 10
            if len(self._buffer) < start:
                return None
            size = int.from_bytes(self._buffer[2:start], "big")
        held = sum(map(len, self._parts or ()))
        if size + (0 if is_control else held) > MAX_MESSAGE_BYTES:
            raise WebSocketError(1009, "message too long")
        if len(self._buffer) < start + size:
            return None
        payload, self._buffer = self._buffer[start : start + size], self._buffer[start + size :]
        return bool(first & 0x80), first & 0x0F, payload

    def _take(self, is_last: bool, opcode: int, payload: bytes) -> list[TextMessage | Ping | Closed]:
        if opcode == _PING:
            return [Ping(payload)]
        if opcode == _PONG:
            return []
        if opcode == _CLOSE:
            if len(payload) == 1:
                raise WebSocketError(1002, "close code cut short")
            return [Closed(int.from_bytes(payload[:2], "big") if payload else 1005)]
        if opcode == _BINARY:
            raise WebSocketError(1003, "binary message")
        if opcode not in (_TEXT, _CONTINUATION) or (opcode == _TEXT) != (self._parts is None):
            raise WebSocketError(1002, "unknown or misplaced frame")
        parts = [] if self._parts is None else self._parts
        parts.append(payload)
        if len(parts) > 1_024:
            raise WebSocketError(1009, "too many fragments")
        self._parts = None if is_last else parts
        if not is_last:
            return []
        try:
            return [TextMessage(b"".join(parts).decode())]
        except UnicodeDecodeError:
            raise WebSocketError(1007, "not UTF-8") from None
