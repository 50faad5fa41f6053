"""Two DTLS sessions wired to each other in one loop."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from rtc_server.net.dtls import DtlsCertificate, DtlsSession


@dataclass
class Ends:
    """A connected pair; `closed` names the ends whose peer said goodbye."""

    server: DtlsSession
    client: DtlsSession
    closed: list[str] = field(default_factory=list)


@asynccontextmanager
async def connected_pair(*, corrupt_fingerprint: bool = False) -> AsyncIterator[Ends]:
    certificates = {"server": DtlsCertificate(), "client": DtlsCertificate()}
    ends: dict[str, DtlsSession] = {}
    closed: list[str] = []

    def to(name: str) -> Callable[[bytes], None]:
        return lambda data: (ends[name].handle_datagram(data) and None) or None

    for name, other in (("server", "client"), ("client", "server")):
        ends[name] = DtlsSession(
            certificates[name], send=to(other), on_closed=lambda name=name: closed.append(name)
        )
    fingerprints = {name: certificate.fingerprints() for name, certificate in certificates.items()}
    if corrupt_fingerprint:
        fingerprints["client"] = [{"algorithm": "sha-256", "value": ":".join(["00"] * 32)}]
    pair = Ends(ends["server"], ends["client"], closed)
    outcome = await asyncio.gather(
        pair.server.handshake("server", fingerprints["client"], timeout=5),
        pair.client.handshake("client", fingerprints["server"], timeout=5),
    )
    assert outcome == [not corrupt_fingerprint, True]
    try:
        yield pair
    finally:
        await pair.client.close()
        await pair.server.close()
