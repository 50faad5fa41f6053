"""A call that ended leaves nothing behind, whichever of its parts ended first."""

import asyncio
import gc
import weakref
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

import pytest

from rtc_server.net.connection import Connection
from rtc_server.sfu.consumer import Consumer
from rtc_server.sfu.data_channel import DataConsumer, DataProducer
from rtc_server.sfu.producer import Producer
from rtc_server.sfu.router import Router
from rtc_server.sfu.transport import WebRtcTransport
from rtc_server.wire.rtp import build_packet
from tests.rtc_server.media.peer import Peer, consume, join, produce
from tests.rtc_server.server.host import RECORDED, Hosted, hosted
from tests.support.until import until_here

KEY_FRAME = b"\x10\x00\x00\x9d\x01\x2a\x40\x01\xf0\x00"
SSRC: Final = 1000
GRAPH: Final = (Router, WebRtcTransport, Connection, Producer, Consumer, DataProducer, DataConsumer)
"""What a call is made of in the media process."""


@dataclass
class Call:
    """A call with a picture and a data channel from one peer to the other."""

    on: Hosted
    sender: Peer
    receiver: Peer
    producer_id: str

    async def close_router(self) -> None:
        await self.on.client.request("router.close", {"routerId": "call"})

    async def close_transports(self) -> None:
        for peer in (self.receiver, self.sender):
            await self.on.client.request("transport.close", {"transportId": peer.options["id"]})
        await self.close_router()

    async def say_goodbye(self) -> None:
        for peer in (self.sender, self.receiver):
            await peer.dtls.close()
        peers = self.on.server.media.registry.peers
        await until_here(lambda: len(peers) == 0)
        await self.close_router()

    async def close_producer_first(self) -> None:
        await self.on.client.request("producer.close", {"producerId": self.producer_id})
        await self.close_router()

    async def lose_sctp_first(self) -> None:
        for peer in (self.sender, self.receiver):
            assert peer.sctp is not None
            await peer.sctp.close()
        registry = self.on.server.media.registry
        await until_here(lambda: len(registry.data_producers) == len(registry.data_consumers) == 0)
        await self.close_router()


ENDINGS: Final[tuple[Callable[[Call], Awaitable[None]], ...]] = (
    Call.close_router,
    Call.close_transports,
    Call.say_goodbye,
    Call.close_producer_first,
    Call.lose_sctp_first,
)


async def run_call(on: Hosted, ending: Callable[[Call], Awaitable[None]]) -> None:
    """Hold a call in which everything flows, and end it."""
    request = on.client.request
    await request("router.create", {"routerId": "call", "tap": RECORDED})
    async with (
        await join(on.client, "send", sctp=True) as sender,
        await join(on.client, "recv", sctp=True) as receiver,
    ):
        producer_id = await produce(on.client, sender, SSRC)
        await consume(on.client, receiver, producer_id)
        await asyncio.gather(sender.open_sctp(), receiver.open_sctp())
        stream = {"streamId": 0, "ordered": True}
        await request(
            "dataProducer.create",
            {
                "transportId": sender.options["id"],
                "dataProducerId": "pointer",
                "sctpStreamParameters": stream,
            },
        )
        await request(
            "dataConsumer.create",
            {
                "transportId": receiver.options["id"],
                "dataConsumerId": "pointed",
                "dataProducerId": "pointer",
            },
        )
        for number in range(20):
            sender.send_rtp(build_packet(96, number, number * 3000, SSRC, KEY_FRAME, marker=1))
        await receiver.until(lambda: receiver.rtp)
        await ending(Call(on, sender, receiver, producer_id))


def living(others: Sequence[object] = ()) -> list[object]:
    """Return what is left of any call but for `others`; garbage that was not collected yet is not."""
    gc.collect()
    known = {id(other) for other in others}
    return [found for found in gc.get_objects() if isinstance(found, GRAPH) and id(found) not in known]


async def test_twenty_calls_leave_no_object_behind() -> None:
    others = living()
    async with hosted() as on:
        network, registry = on.server.media.network, on.server.media.registry
        for number in range(20):
            await run_call(on, ENDINGS[number % len(ENDINGS)])
            on.taps.taps.clear()
        assert registry.counts() == dict.fromkeys(registry.counts(), 0)
        assert (network.connections, network.udp_sockets[0].peers) == (set(), {})
        await until_here(lambda: not living(others))


@pytest.mark.parametrize("ending", ENDINGS)
async def test_media_of_a_closed_call_is_freed_at_once(ending: Callable[[Call], Awaitable[None]]) -> None:
    """The caches of a call hold megabytes: they must not wait for the cycle collector."""
    async with hosted() as on:
        held: list[weakref.ref[object]] = []

        async def note_and_end(call: Call) -> None:
            registry = on.server.media.registry
            for table in (registry.producers, registry.consumers):
                held.extend(weakref.ref(found) for found in table)
            gc.collect()
            gc.disable()
            await ending(call)

        try:
            await run_call(on, note_and_end)
            assert len(held) == 2
            assert [reference() for reference in held] == [None, None]
        finally:
            gc.enable()
