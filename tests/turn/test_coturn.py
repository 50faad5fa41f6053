"""Our credentials and configuration against Debian's coturn: allocate, relay, and be refused."""

import asyncio
import os
import socket
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest
from aioice import stun, turn

from signaling.compose.certificates import ensure_certificate
from tests.support.until import until_async
from turn.configuration import TurnConfiguration
from turn.credentials import TurnCredential, issue, user_of_page
from turn.process import command

pytestmark = pytest.mark.system("coturn")

SECRET = "a secret of the test"


@dataclass(frozen=True, slots=True)
class Coturn:
    """A running TURN server."""

    address: tuple[str, int]

    async def open(
        self, credential: TurnCredential, *, transport: str
    ) -> tuple[asyncio.DatagramTransport, "Inbox"]:
        return await asyncio.wait_for(
            turn.create_turn_endpoint(
                Inbox,
                server_addr=self.address,
                username=credential.username,
                password=credential.password,
                transport="tcp" if transport == "tls" else transport,
                ssl=transport == "tls" and ssl._create_unverified_context(),
            ),
            20,
        )


class Inbox(asyncio.DatagramProtocol):
    """Keeps what arrives."""

    def __init__(self) -> None:
        self.datagrams: asyncio.Queue[tuple[bytes, tuple[str, int]]] = asyncio.Queue()
        self._relay: asyncio.BaseTransport | None = None
        self._ended = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._relay = transport

    def connection_lost(self, error: Exception | None) -> None:
        self._ended.set()

    async def end(self) -> None:
        """Give the allocation back; return when the server said so."""
        assert self._relay is not None
        self._relay.close()
        await asyncio.wait_for(self._ended.wait(), 20)

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        self.datagrams.put_nowait((data, address))


class Echo(asyncio.DatagramProtocol):
    """Sends everything back: stands where the media process is."""

    def __init__(self) -> None:
        self.senders: list[tuple[str, int]] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        self.senders.append(address)
        self._transport.sendto(b"echo " + data, address)


def free_port() -> int:
    """Return a port that is free for UDP and TCP on loopback right now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp:
        tcp.bind(("127.0.0.1", 0))
        port = int(tcp.getsockname()[1])
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            udp.bind(("127.0.0.1", port))
        return port


@pytest.fixture
async def coturn(tmp_path: Path) -> AsyncIterator[Coturn]:
    """coturn on loopback, allowed to relay to 127.0.0.1 and nobody else."""
    port = free_port()
    files = ensure_certificate(tmp_path / "tls", ["127.0.0.1"], ["localhost"])
    configuration = TurnConfiguration(
        secret=SECRET,
        realm="bangban",
        port=port,
        listen_addresses=("127.0.0.1",),
        media_addresses=("127.0.0.1",),
        state_path=str(tmp_path / "turndb"),
        certificate=str(files.certificate),
        key=str(files.key),
    )
    process = await asyncio.create_subprocess_exec(
        *command(configuration, tmp_path),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        env={**os.environ, "LC_ALL": "C"},
    )
    try:
        await until_async(lambda: accepts(port), what="coturn", patience_s=20)
        yield Coturn(("127.0.0.1", port))
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def accepts(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


@pytest.fixture
async def media() -> AsyncIterator[tuple[Echo, tuple[str, int]]]:
    """An echo where media would be."""
    loop = asyncio.get_running_loop()
    transport, echo = await loop.create_datagram_endpoint(Echo, local_addr=("127.0.0.1", 0))
    yield echo, transport.get_extra_info("sockname")
    transport.close()


@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
async def test_datagrams_flow_through_coturn_with_our_credentials(
    coturn: Coturn, media: tuple[Echo, tuple[str, int]], transport: str
) -> None:
    echo, address = media
    credential = issue(SECRET, user="clerk-1", now=time.time(), lifetime_s=60)
    relay, inbox = await coturn.open(credential, transport=transport)
    relayed_from = relay.get_extra_info("sockname")
    for number in range(50):
        relay.sendto(b"%d" % number, address)
        data, sender = await asyncio.wait_for(inbox.datagrams.get(), 20)
        assert (data, sender) == (b"echo %d" % number, address)
    await inbox.end()
    assert set(echo.senders) == {tuple(relayed_from)}


@pytest.mark.parametrize(
    "credential",
    [
        issue(SECRET, user="clerk-1", now=0, lifetime_s=60),
        issue("another secret", user="clerk-1", now=time.time(), lifetime_s=60),
    ],
    ids=["expired", "of another secret"],
)
async def test_a_credential_that_does_not_hold_gets_no_allocation(
    coturn: Coturn, credential: TurnCredential
) -> None:
    with pytest.raises(stun.TransactionFailed) as refused:
        await coturn.open(credential, transport="udp")
    assert refused.value.response.attributes["ERROR-CODE"][0] == 401


async def test_nobody_but_media_is_relayed_to(coturn: Coturn) -> None:
    loop = asyncio.get_running_loop()
    elsewhere, echo = await loop.create_datagram_endpoint(Echo, local_addr=("127.0.0.2", 0))
    credential = issue(SECRET, user="clerk-1", now=time.time(), lifetime_s=60)
    relay, inbox = await coturn.open(credential, transport="udp")
    channel = relay._TurnTransport__inner_protocol  # type: ignore[attr-defined]
    with pytest.raises(stun.TransactionFailed) as refused:
        await channel.channel_bind(0x4000, elsewhere.get_extra_info("sockname"))
    assert refused.value.response.attributes["ERROR-CODE"][0] == 403
    assert echo.senders == []
    await inbox.end()
    elsewhere.close()


async def test_what_a_crashed_page_left_behind_keeps_the_next_one_from_nothing(coturn: Coturn) -> None:
    """All allocations of one page stay, as after a crash; another page of the same person gets its own."""
    person = issue(SECRET, user=user_of_page("clerk-1", 3), now=time.time(), lifetime_s=60)
    left = [await coturn.open(person, transport="udp") for _ in range(18)]
    with pytest.raises(stun.TransactionFailed) as refused:
        await coturn.open(person, transport="udp")
    assert refused.value.response.attributes["ERROR-CODE"][0] == 486
    again = issue(SECRET, user=user_of_page("clerk-1", 4), now=time.time(), lifetime_s=60)
    left.append(await coturn.open(again, transport="udp"))
    for _, inbox in left:
        await inbox.end()


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_a_long_call_outlives_the_credential_it_began_with(
    coturn: Coturn, media: tuple[Echo, tuple[str, int]], transport: str
) -> None:
    """TURN servers elsewhere refuse to refresh it then, and a relayed call ends with the hour."""
    _, address = media
    credential = issue(SECRET, user="clerk-1", now=time.time(), lifetime_s=2)
    relay, inbox = await coturn.open(credential, transport=transport)
    relay.sendto(b"before", address)
    await asyncio.wait_for(inbox.datagrams.get(), 20)

    async def expired() -> bool:
        return time.time() > credential.expires_at + 1

    await until_async(expired, what="the credential's end", patience_s=20)
    with pytest.raises(stun.TransactionFailed):
        await coturn.open(credential, transport=transport)
    client = relay._TurnTransport__inner_protocol  # type: ignore[attr-defined]
    asked = stun.Message(message_method=stun.Method.REFRESH, message_class=stun.Class.REQUEST)
    asked.attributes["LIFETIME"] = 3600
    answer, _ = await client.request_with_retry(asked)
    assert answer.attributes["LIFETIME"] == 300, "what a crashed page leaves behind ends after five minutes"
    relay.sendto(b"after", address)
    data, _ = await asyncio.wait_for(inbox.datagrams.get(), 20)
    assert data == b"echo after"
    await inbox.end()
