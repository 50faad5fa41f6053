"""Data messages, stream resets and the limits of one SCTP association."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtc_server.config import MediaLimits
from rtc_server.net.sctp import SctpAssociation, SctpEnd
from rtc_server.net.sctp_guard import is_acceptable
from rtc_server.sfu.parameters import SctpStreamParameters
from tests.rtc_server.net.pair import Ends, connected_pair
from tests.support.until import until_here


def stream(number: int) -> SctpStreamParameters:
    return SctpStreamParameters(number)


@dataclass
class End:
    """One association and what it told."""

    association: SctpAssociation
    messages: list[tuple[int, int, bytes]] = field(default_factory=list)
    ended: list[SctpEnd] = field(default_factory=list)


@asynccontextmanager
async def associated(limits: MediaLimits | None = None) -> AsyncIterator[tuple[Ends, End, End]]:
    async with connected_pair() as pair:
        ends = []
        for session, bounds in ((pair.server, limits or MediaLimits()), (pair.client, MediaLimits())):
            messages: list[tuple[int, int, bytes]] = []
            ended: list[SctpEnd] = []
            association = SctpAssociation(
                session,
                on_message=lambda *message, messages=messages: messages.append(message),
                on_open=lambda: None,
                on_end=ended.append,
                limits=bounds,
                clock=asyncio.get_running_loop().time,
            )
            ends.append(End(association, messages, ended))
        server, client = ends
        await asyncio.gather(server.association.start(), client.association.start())
        await until_here(lambda: server.association.is_open and client.association.is_open)
        try:
            yield pair, server, client
        finally:
            await client.association.close()
            await server.association.close()


@pytest.mark.parametrize("size", [1, 1200, 100_000, 262_144])
async def test_message_arrives_whole(size: int) -> None:
    async with associated() as (_, server, client):
        data = bytes(range(256)) * (size // 256 + 1)
        assert client.association.send(stream(3), 53, data[:size])
        await until_here(lambda: server.messages)
        assert server.messages == [(3, 53, data[:size])]


async def test_order_is_kept_and_streams_do_not_mix() -> None:
    async with associated() as (_, server, client):
        for number in range(50):
            client.association.send(stream(number % 2), 51, b"%d" % number)
        await until_here(lambda: len(server.messages) == 50)
        for number in (0, 1):
            numbers = [int(data) for at, _, data in server.messages if at == number]
            assert numbers == list(range(number, 50, 2))


async def test_stream_works_again_after_reset() -> None:
    async with associated() as (_, server, client):
        client.association.send(stream(5), 51, b"before")
        await until_here(lambda: server.messages)
        client.association.reset_stream(5)
        await until_here(lambda: 5 not in client.association._association._outbound_stream_seq)
        client.association.send(stream(5), 51, b"after")
        await until_here(lambda: len(server.messages) == 2)


async def test_too_many_messages_end_the_association_with_a_reason() -> None:
    limits = replace(MediaLimits(), max_sctp_messages_per_s=20)
    async with associated(limits) as (_, server, client):
        for _ in range(80):
            client.association.send(stream(1), 51, b"x")
        await until_here(lambda: server.ended)
        assert server.ended == [SctpEnd.MESSAGE_RATE]
        assert len(server.messages) <= 45
        assert not server.association.is_open


async def test_too_many_bytes_end_the_association_with_a_reason() -> None:
    limits = replace(MediaLimits(), max_sctp_bytes_per_s=20_000)
    async with associated(limits) as (_, server, client):
        client.association.send(stream(1), 53, bytes(100_000))
        await until_here(lambda: server.ended)
        assert server.ended == [SctpEnd.BYTE_RATE]


async def test_unfinished_messages_are_bounded() -> None:
    limits = replace(MediaLimits(), max_sctp_held_chunks=10)
    async with associated(limits) as (_, server, client):
        client.association.send(stream(1), 53, bytes(60_000))
        await until_here(lambda: server.ended)
        assert server.ended == [SctpEnd.HELD_CHUNKS]


async def test_send_buffer_is_bounded_and_says_so() -> None:
    async with associated() as (pair, _, client):
        pair.client._link._send_datagram = lambda data: None
        sent = 0
        while client.association.send(stream(1), 53, bytes(65_536)):
            sent += 1
        assert sent == MediaLimits().max_sctp_buffered_bytes // 65_536


async def test_leaving_peer_is_told_once() -> None:
    async with associated() as (_, server, client):
        await client.association.close()
        await until_here(lambda: server.ended)
        assert server.ended == [SctpEnd.REMOTE]


HEADER = bytes(12)


@pytest.mark.parametrize(
    "chunk",
    [
        pytest.param(pack("!BBHHH", 130, 0, 8, 13, 0), id="parameter of length 0 loops for ever in aiortc"),
        pytest.param(pack("!BBHLLHHHH", 3, 0, 20, 1, 1, 1, 0, 1, 65535), id="SACK gap over the whole window"),
        pytest.param(pack("!BBHLLHH", 3, 0, 16, 1, 1, 99, 0), id="SACK names more gaps than it has"),
        pytest.param(pack("!BBH", 0, 0, 4), id="DATA without a header"),
        pytest.param(pack("!BBH", 0, 0, 3), id="chunk shorter than its header"),
        pytest.param(pack("!BBH", 0, 0, 400), id="chunk past the end"),
        pytest.param(pack("!BBHLLHHL", 1, 0, 20, 1, 1, 1, 1, 1) + pack("!BBH", 11, 0, 4), id="bundled INIT"),
        pytest.param(pack("!BBH", 11, 0, 4) * 65, id="very many chunks"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_guard_refuses(chunk: bytes) -> None:
    assert not is_acceptable(HEADER + chunk)


@given(st.binary(max_size=300))
def test_guard_survives_any_bytes(data: bytes) -> None:
    assert is_acceptable(data) in (True, False)


async def test_malformed_packets_end_the_association_and_leave_dtls_alone() -> None:
    async with associated() as (pair, server, _client):
        for _ in range(30):
            await pair.client.send_record(HEADER + pack("!BBHHH", 130, 0, 8, 13, 0))
        await until_here(lambda: server.ended)
        assert server.ended == [SctpEnd.MALFORMED]
        assert pair.server.state.value == "connected"
