"""The connection to the server: TCP, perhaps through an HTTP proxy, verified TLS, WebSocket."""

from __future__ import annotations

import base64
import contextlib
import os
import selectors
import socket
import ssl
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from web_client.helper import websocket
from web_client.helper.websocket import MAX_HEAD_BYTES, Closed, Ping, Reader, TextMessage, WebSocketError

if TYPE_CHECKING:
    from pathlib import Path

CONNECT_S = 10.0
MAX_UNSENT_BYTES = 1_048_576
"""A server that does not read so much is cut."""
PATH = "/helper"


class ConnectionFault(Exception):
    """There is no connection, or there is none any more; `word` names the sentence in `words`."""

    def __init__(self, word: str, detail: str = "") -> None:
        super().__init__(detail or word)
        self.word = word


def verified(authority: Path | None) -> ssl.SSLContext:
    """Return what TLS trusts: the system's authorities, and the one in the file."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if authority is not None:
        try:
            context.load_verify_locations(cafile=str(authority))
        except (OSError, ssl.SSLError) as error:
            raise ConnectionFault("fault.certificate", str(error)) from None
    return context


def proxy_for(server: str, proxy: str | None) -> str | None:
    """Return the proxy on the way to the server: the one told, else the environment's; None without any."""
    if proxy is not None:
        return proxy or None
    host = urlsplit(server).hostname or ""
    return None if proxy_bypass(host) else getproxies().get("https")


def open_connection(server: str, *, authority: Path | None, proxy: str | None) -> Connection:
    """Connect to `https://HOST[:PORT]`; raise `ConnectionFault`.

    Args:
        authority: file of an own certificate authority, trusted besides the system's.
        proxy: `http://[USER:PASSWORD@]HOST:PORT`, empty for none, None for the environment's.
    """
    parts = urlsplit(server)
    host, port = parts.hostname or "", parts.port or 443
    context = verified(authority)
    way = proxy_for(server, proxy)
    try:
        plain = _through(way, host, port) if way else _straight(host, port)
    except (OSError, UnicodeError) as error:  # the latter for a name that is none
        raise ConnectionFault("fault.unreachable", str(error)) from None
    try:
        line = context.wrap_socket(plain, server_hostname=host)
    except ssl.SSLCertVerificationError as error:
        plain.close()
        raise ConnectionFault("fault.certificate", error.verify_message) from None
    except OSError as error:
        plain.close()
        raise ConnectionFault("fault.unreachable", str(error)) from None
    try:
        rest = _shake_hands(line, parts)
        line.setblocking(False)
        return Connection(line, rest)
    except (OSError, WebSocketError) as error:
        line.close()
        word = "fault.not_ours" if isinstance(error, WebSocketError) else "fault.unreachable"
        raise ConnectionFault(word, str(error)) from None


def _straight(host: str, port: int) -> socket.socket:
    return socket.create_connection((host, port), CONNECT_S)


def _through(way: str, host: str, port: int) -> socket.socket:
    """Ask an HTTP proxy for a tunnel (RFC 9110 §9.3.6)."""
    try:
        proxy = urlsplit(way if "://" in way else f"http://{way}")
        where = proxy.hostname or "", proxy.port or 8080
    except ValueError:
        raise ConnectionFault("fault.proxy", "no address of a proxy") from None
    if proxy.scheme != "http" or not where[0]:
        raise ConnectionFault("fault.proxy", "not an HTTP proxy")
    try:
        line = socket.create_connection(where, CONNECT_S)
    except (OSError, UnicodeError) as error:
        raise ConnectionFault("fault.proxy", str(error)) from None
    who = ""
    if proxy.username:
        pair = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
        who = f"Proxy-Authorization: Basic {base64.b64encode(pair.encode()).decode()}\r\n"
    there = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    try:
        line.sendall(f"CONNECT {there} HTTP/1.1\r\nHost: {there}\r\n{who}\r\n".encode())
        head, rest = _read_head(line)
        status, _ = websocket.read_head(head)
        if status // 100 != 2 or rest:
            raise WebSocketError(1002, f"the proxy answered {status}")
    except (OSError, WebSocketError) as error:
        line.close()
        raise ConnectionFault("fault.proxy", str(error)) from None
    return line


def _shake_hands(line: ssl.SSLSocket, server: SplitResult) -> bytes:
    nonce = os.urandom(16)
    host = server.netloc.rpartition("@")[2]
    line.sendall(websocket.request(host, (server.path.rstrip("/") or "") + PATH, nonce))
    head, rest = _read_head(line)
    websocket.check_answer(head, nonce)
    return rest


def _read_head(line: socket.socket) -> tuple[bytes, bytes]:
    """Return the head of an HTTP answer and what came after it."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = line.recv(4_096)
        data += more
        if not more or len(data) > MAX_HEAD_BYTES:
            raise WebSocketError(1002, "no HTTP answer")
    head, _, rest = data.partition(b"\r\n\r\n")
    return head, rest


class Connection:
    """An open WebSocket that never waits; `close` must follow."""

    def __init__(self, line: ssl.SSLSocket, rest: bytes) -> None:
        self._line = line
        self._reader = Reader()
        self._rest = rest
        self._unsent = b""

    def fileno(self) -> int:
        """Return the socket's descriptor."""
        return self._line.fileno()

    @property
    def wants(self) -> int:
        """What to wait for, as `selectors` names it."""
        return selectors.EVENT_READ | (selectors.EVENT_WRITE if self._unsent else 0)

    @property
    def has_more(self) -> bool:
        """Whether `read` has something though the descriptor is not readable: TLS has it already."""
        return bool(self._rest) or self._line.pending() > 0

    def read(self) -> list[str]:
        """Return the messages that have arrived; raise `ConnectionFault` at the end."""
        data, self._rest = self._rest, b""
        try:
            data += self._line.recv(65_536)
            is_end = not data
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            is_end = False
        except OSError as error:
            raise ConnectionFault("fault.unreachable", str(error)) from None
        if is_end:
            raise ConnectionFault("fault.unreachable", "the server has gone")
        try:
            return self._texts(data)
        except WebSocketError as error:
            self._put(websocket.close_frame(error.code, os.urandom(4)))
            raise ConnectionFault("fault.not_ours", str(error)) from None

    def send(self, text: str) -> None:
        """Send a message, or keep it until the socket takes it; raise `ConnectionFault`."""
        self._put(websocket.text_frame(text, os.urandom(4)))

    def flush(self) -> None:
        """Send what was kept, as much as the socket takes; raise `ConnectionFault`."""
        try:
            while self._unsent:
                self._unsent = self._unsent[self._line.send(self._unsent) :]
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            pass
        except OSError as error:
            raise ConnectionFault("fault.unreachable", str(error)) from None

    def close(self, code: int = 1000) -> None:
        """Say goodbye without waiting for an answer, and close."""
        with contextlib.suppress(ConnectionFault):
            self._put(websocket.close_frame(code, os.urandom(4)))
        self._line.close()

    def _texts(self, data: bytes) -> list[str]:
        texts = []
        for event in self._reader.feed(data):
            if isinstance(event, TextMessage):
                texts.append(event.text)
            elif isinstance(event, Ping):
                self._put(websocket.pong_frame(event.payload, os.urandom(4)))
            elif isinstance(event, Closed):
                raise ConnectionFault("fault.unreachable", f"closed by the server, {event.code}")
        return texts

    def _put(self, frame: bytes) -> None:
        self._unsent += frame
        if len(self._unsent) > MAX_UNSENT_BYTES:
            raise ConnectionFault("fault.unreachable", "the server does not read")
        self.flush()
