"""Whether a media process is reached at what it tells browsers, asked from outside it.

A candidate is asked as a browser asks: by a STUN Binding request (RFC 8445 §7.2), over UDP, or over TCP with
a length before it (RFC 4571).
"""

import asyncio
import secrets
import socket
from collections.abc import Sequence
from contextlib import closing, suppress
from typing import Any, Final

from rtc_server.errors import WireError
from rtc_server.net.addresses import resolve_listen
from rtc_server.wire.stun import StunClass, build_binding_request, parse_message

PATIENCE_S: Final = 3.0
_TRY_S: Final = 0.5


async def answers_check(candidate: dict[str, Any], ice: dict[str, Any]) -> bool:
    """Return whether a candidate answers a connectivity check of ours; waits 3 s at most.

    Args:
        candidate, ice: of `transport.create`: one of iceCandidates, and iceParameters.
    """
    request = build_binding_request(
        secrets.token_bytes(12),
        f"{ice['usernameFragment']}:doctor",
        ice["password"],
        priority=1,
        tie_breaker=secrets.randbits(64),
    )
    ask = _over_udp if candidate["protocol"] == "udp" else _over_tcp
    try:
        answer = await asyncio.wait_for(ask(candidate["address"], candidate["port"], request), PATIENCE_S)
        message = parse_message(answer)
    except (OSError, TimeoutError, WireError, asyncio.IncompleteReadError):
        return False
    return message.message_class is StunClass.SUCCESS and message.is_authentic(ice["password"])


def would_listen_on(addresses: Sequence[str], *, loopback: bool) -> list[str]:
    """Return the local addresses that a media process with these settings binds."""
    return resolve_listen(addresses, loopback=loopback)


def is_free(address: str, port: int) -> bool:
    """Return whether nobody else has a port, UDP and TCP."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        with closing(socket.socket(family, kind)) as line:
            if kind == socket.SOCK_STREAM:
                line.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                line.bind((address, port))
            except OSError:
                return False
    return True


async def _over_udp(address: str, port: int, request: bytes) -> bytes:
    loop = asyncio.get_running_loop()
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with closing(socket.socket(family, socket.SOCK_DGRAM)) as line:
        line.setblocking(False)
        line.connect((address, port))
        while True:
            await loop.sock_sendall(line, request)
            with suppress(TimeoutError):
                return await asyncio.wait_for(loop.sock_recv(line, 1500), _TRY_S)


async def _over_tcp(address: str, port: int, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection(address, port)
    try:
        writer.write(len(request).to_bytes(2) + request)
        return await reader.readexactly(int.from_bytes(await reader.readexactly(2)))
    finally:
        writer.close()
