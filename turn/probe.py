"""Ask a TURN server for one allocation, as a browser would, and give it back.

relayed = await allocate("turn:turn.example:3478?transport=tcp", credential)
"""

import asyncio
import re
import secrets
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from turn.credentials import TurnCredential
from turn.messages import (
    HEADER_BYTES,
    Answer,
    Challenge,
    Method,
    TurnWireError,
    length_of,
    parse_answer,
    request,
)

PATIENCE_S: Final = 5.0
_TRY_S: Final = 0.5
_URL: Final = re.compile(
    r"(?P<scheme>turns?):(?P<host>\[[0-9A-Fa-f:.]+\]|[^:?\[\]]+)(:(?P<port>\d{1,5}))?(\?transport=(?P<way>udp|tcp))?"
)
"""RFC 7065 §3.1, without what browsers refuse."""


class Fault(StrEnum):
    """Why there is no allocation."""

    URL = "url"
    UNREACHABLE = "unreachable"
    TLS = "tls"
    CREDENTIALS = "credentials"
    QUOTA = "quota"
    REFUSED = "refused"


class TurnProbeError(Exception):
    """There is no allocation to be had.

    Attributes:
        fault: why.
        code: of the server's answer, if it refused.
    """

    def __init__(self, fault: Fault, code: int | None = None) -> None:
        super().__init__(fault.value)
        self.fault = fault
        self.code = code


@dataclass(frozen=True, slots=True)
class TurnUrl:
    """Where a TURN server is, and how to speak to it: `udp`, `tcp` or `tls`."""

    host: str
    port: int
    way: str

    @classmethod
    def parse(cls, url: str) -> "TurnUrl":
        """Read `turn:HOST:PORT?transport=…`; raises TurnProbeError (`url`)."""
        found = _URL.fullmatch(url)
        port = int(found["port"] or (5349 if found["scheme"] == "turns" else 3478)) if found else 0
        if found is None or not 1 <= port <= 65535:
            raise TurnProbeError(Fault.URL)
        # A turns: address with transport=udp is DTLS, which browsers do not speak: they take it for TLS.
        way = "tls" if found["scheme"] == "turns" else found["way"] or "udp"
        return cls(found["host"].strip("[]"), port, way)


Ask = Callable[[bytes], Awaitable[Answer]]


async def allocate(
    url: str, credential: TurnCredential, *, tls: ssl.SSLContext | None = None, patience_s: float = PATIENCE_S
) -> tuple[str, int]:
    """Return the address a server would relay from; the allocation is given back before this returns.

    Args:
        tls: whose authorities vouch for a `turns:` server; None: those of this machine.

    Raises:
        TurnProbeError: there is none.
    """
    server = TurnUrl.parse(url)
    try:
        async with asyncio.timeout(patience_s), _line(server, tls) as ask:
            return await _allocate(ask, credential)
    except ssl.SSLError as error:
        raise TurnProbeError(Fault.TLS) from error
    except (OSError, TimeoutError, TurnWireError, asyncio.IncompleteReadError) as error:
        raise TurnProbeError(Fault.UNREACHABLE) from error


async def _allocate(ask: Ask, credential: TurnCredential) -> tuple[str, int]:
    first = await ask(request(Method.ALLOCATE, secrets.token_bytes(12)))
    if first.error != 401 or not first.nonce:
        raise TurnProbeError(Fault.REFUSED, first.error)
    challenge = Challenge(first.realm, first.nonce, credential.username, credential.password)
    made = await ask(request(Method.ALLOCATE, secrets.token_bytes(12), challenge))
    if made.error is not None or made.relayed is None:
        faults = {401: Fault.CREDENTIALS, 486: Fault.QUOTA}
        raise TurnProbeError(faults.get(made.error or 0, Fault.REFUSED), made.error)
    await ask(request(Method.REFRESH, secrets.token_bytes(12), challenge, lifetime_s=0))
    return made.relayed


@asynccontextmanager
async def _line(server: TurnUrl, tls: ssl.SSLContext | None) -> AsyncIterator[Ask]:
    if server.way == "udp":
        async with _datagrams(server) as ask:
            yield ask
        return
    context = (tls or ssl.create_default_context()) if server.way == "tls" else None
    reader, writer = await asyncio.open_connection(server.host, server.port, ssl=context)

    async def ask_stream(message: bytes) -> Answer:
        writer.write(message)
        head = await reader.readexactly(HEADER_BYTES)
        return parse_answer(head + await reader.readexactly(length_of(head) - HEADER_BYTES))

    try:
        yield ask_stream
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


class _Answers(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.waiting: dict[bytes, asyncio.Future[Answer]] = {}

    def datagram_received(self, data: bytes, _: object) -> None:
        with suppress(TurnWireError):
            answer = parse_answer(data)
            future = self.waiting.pop(answer.transaction_id, None)
            if future is not None and not future.done():
                future.set_result(answer)

    def error_received(self, error: Exception) -> None:
        for future in self.waiting.values():
            if not future.done():
                future.set_exception(error)


@asynccontextmanager
async def _datagrams(server: TurnUrl) -> AsyncIterator[Ask]:
    loop = asyncio.get_running_loop()
    transport, answers = await loop.create_datagram_endpoint(_Answers, remote_addr=(server.host, server.port))

    async def ask(message: bytes) -> Answer:
        """Ask again each half second until there is an answer; RFC 8489 §6.2.1 would double."""
        future = answers.waiting[message[8:20]] = loop.create_future()
        while True:
            transport.sendto(message)
            with suppress(TimeoutError):
                return await asyncio.wait_for(asyncio.shield(future), _TRY_S)

    try:
        yield ask
    finally:
        transport.close()
