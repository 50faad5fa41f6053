"""A bug met in one peer's or one call's part costs nobody else anything."""

import asyncio
import socket
from collections.abc import Callable
from typing import Any

import pytest

from rtc_server.net.connection import Connection
from rtc_server.net.sctp import SctpEnd
from rtc_server.owner_events import TransportState, TransportStateChanged
from rtc_server.sfu.drops import Drop
from rtc_server.sfu.transport import WebRtcTransport
from rtc_server.wire.rtcp import SenderReport
from rtc_server.wire.rtp import build_packet
from tests.rtc_server.media.peer import Peer, consume, join, produce
from tests.rtc_server.server.host import RECORDED, Hosted, RememberingTap, hosted
from tests.rtc_server.sfu.rig import Rig
from tests.support.until import until_here

SSRC = 1000
KEY_FRAME = b"\x10\x00\x00\x9d\x01\x2a\x40\x01\xf0\x00"


def fail(*_: Any, **__: Any) -> Any:
    raise ZeroDivisionError


def transport_of(on: Hosted, peer: Peer) -> WebRtcTransport:
    return on.server.media.registry.peers.get(peer.options["id"]).transport


def connection_of(on: Hosted, peer: Peer) -> Connection:
    return on.server.media.registry.peers.get(peer.options["id"]).connection


def picture(number: int) -> bytes:
    return build_packet(96, number, number * 3000, SSRC, KEY_FRAME, marker=1)


async def has_ended(on: Hosted, peer: Peer) -> str | None:
    while True:
        event = await on.until_event(TransportStateChanged)
        if event.transport_id == peer.options["id"] and event.state is TransportState.CLOSED:
            return event.reason


async def test_a_fault_in_a_batch_leaves_the_other_datagrams_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async with (
        hosted() as on,
        await join(on.client, "send") as bad,
        await join(on.client, "send") as sender,
        await join(on.client, "recv") as receiver,
    ):
        await consume(on.client, receiver, await produce(on.client, sender, SSRC))
        monkeypatch.setattr(transport_of(on, bad), "receive_rtp", fail)
        for number in range(1, 11):
            bad.send_rtp(build_packet(96, number, 0, 7, KEY_FRAME))
            sender.send_rtp(picture(number))
        await receiver.until(lambda: len(receiver.rtp) == 10)
        stats = await on.client.request("stats")
        assert stats["drops"]["fault"] == 10
        assert stats["transports"] == 3, "a packet we cannot take is no reason to end anything"


async def test_a_fault_over_tcp_leaves_the_other_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    async with hosted() as on, await join(on.client, "send") as peer:
        connection = connection_of(on, peer)
        seen: list[bytes] = []

        def take(data: bytes) -> None:
            seen.append(data)
            fail()

        monkeypatch.setattr(connection._srtp, "unprotect", take)
        with socket.socket() as stream:
            stream.setblocking(False)
            loop = asyncio.get_running_loop()
            await loop.sock_connect(stream, peer.server)
            frames: list[bytes] = []
            monkeypatch.setattr(peer, "send_raw", frames.append)
            peer.check()
            frames += [b"\x80one", b"\x80two"]
            framed = b"".join(len(frame).to_bytes(2) + frame for frame in frames)
            await loop.sock_sendall(stream, framed)
            await until_here(lambda: len(seen) == 2)
            monkeypatch.undo()


async def test_a_consumer_that_fails_costs_the_other_consumers_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with (
        hosted() as on,
        await join(on.client, "send") as sender,
        await join(on.client, "recv") as bad,
        await join(on.client, "recv") as good,
    ):
        producer = await produce(on.client, sender, SSRC)
        broken = await consume(on.client, bad, producer)
        await consume(on.client, good, producer)
        monkeypatch.setattr(on.server.media.registry.consumers.get(broken["id"]).stream, "forward", fail)
        for number in range(1, 6):
            sender.send_rtp(picture(number))
        await good.until(lambda: len(good.rtp) == 5)
        assert bad.rtp == []
        stats = await on.client.request("transport.stats", {"transportId": bad.options["id"]})
        assert stats["drops"]["fault"] == 5


@pytest.mark.parametrize("method", ["next_deadline", "handle_timeout"])
async def test_a_connection_whose_timer_fails_is_ended_alone(
    monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    async with (
        hosted() as on,
        await join(on.client, "send") as bad,
        await join(on.client, "send") as sender,
        await join(on.client, "recv") as receiver,
    ):
        await consume(on.client, receiver, await produce(on.client, sender, SSRC))
        monkeypatch.setattr(connection_of(on, bad), method, fail)
        assert await has_ended(on, bad) == "internal_error"
        sender.send_rtp(picture(1))
        await receiver.until(lambda: receiver.rtp)


async def test_a_connection_that_cannot_be_drained_is_ended_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    async with (
        hosted() as on,
        await join(on.client, "send") as sender,
        await join(on.client, "recv") as bad,
        await join(on.client, "recv") as good,
    ):
        producer = await produce(on.client, sender, SSRC)
        for peer in (bad, good):
            await consume(on.client, peer, producer)
        monkeypatch.setattr(connection_of(on, bad), "drain", fail)
        sender.send_rtp(picture(1))
        await good.until(lambda: good.rtp)
        assert await has_ended(on, bad) == "internal_error"
        for number in range(2, 5):
            sender.send_rtp(picture(number))
        await good.until(lambda: len(good.rtp) == 4)


async def test_a_handshake_that_fails_ends_its_transport(monkeypatch: pytest.MonkeyPatch) -> None:
    async with hosted() as on:
        peer = await join(on.client, "send")
        monkeypatch.setattr(connection_of(on, peer)._dtls, "handshake", fail)
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: peer, remote_addr=peer.server)
        await peer._connect({"role": "client", "fingerprints": peer._certificate.fingerprints()})
        peer.check()
        assert await has_ended(on, peer) == "internal_error"
        transport.close()


async def test_a_router_whose_timer_fails_leaves_the_others_theirs(monkeypatch: pytest.MonkeyPatch) -> None:
    async with hosted() as on:
        for router_id in ("bad", "good"):
            await on.client.request("router.create", {"routerId": router_id})
        routers = on.server.media.registry.routers
        served: list[float] = []
        monkeypatch.setattr(routers.get("bad"), "next_deadline", fail)
        monkeypatch.setattr(routers.get("good"), "next_deadline", lambda: 0.0)
        monkeypatch.setattr(routers.get("good"), "handle_timeout", served.append)
        await until_here(lambda: len(served) > 2)


@pytest.mark.parametrize("method", ["flush", "handle_timeout", "close_router"])
async def test_a_tap_host_that_fails_stops_no_call(monkeypatch: pytest.MonkeyPatch, method: str) -> None:
    async with (
        hosted() as on,
        await join(on.client, "send") as sender,
        await join(on.client, "recv") as receiver,
    ):
        await on.client.request("tap.open", {"routerId": "call", "tap": RECORDED})
        monkeypatch.setattr(on.taps, method, fail)
        await consume(on.client, receiver, await produce(on.client, sender, SSRC))
        sender.send_rtp(picture(1))
        await receiver.until(lambda: receiver.rtp)
        await on.client.request("router.close", {"routerId": "call"})
        stats = await on.client.request("stats")
        assert (stats["routers"], stats["transports"]) == (0, 0)
        await until_here(lambda: on.server.media.network.mux.drops[Drop.FAULT])


@pytest.mark.parametrize("method", ["on_stream", "on_rtp", "on_pause", "on_sender_report"])
def test_a_tap_that_fails_hears_the_end_of_its_producer(method: str) -> None:
    rig, good, bad = Rig(), RememberingTap(), RememberingTap()
    setattr(bad, method, fail)
    sender = rig.transport("send")
    early = rig.produce(sender)
    sender.receive_rtp(picture(1), rig.now)
    for tap in (bad, good):
        early.add_tap(tap)
    sender._receive_rtcp_packet(SenderReport(SSRC, 1, 1, 1, 1), rig.now)
    sender.receive_rtp(picture(2), rig.now)
    sender.receive_rtp(picture(3), rig.now)
    rig.router.close_producer(early, "closed")
    assert [len(tap.packets) for tap in (good, bad)] == [2, 0]
    assert (good.ended, bad.ended) == ("closed", "closed")


@pytest.mark.parametrize("method", ["on_stream", "on_rtp", "on_pause", "on_end"])
async def test_a_tap_that_fails_stops_neither_its_producer_nor_its_end(
    monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    async with (
        hosted() as on,
        await join(on.client, "send") as sender,
        await join(on.client, "recv") as receiver,
    ):
        await on.client.request("tap.open", {"routerId": "call", "tap": RECORDED})
        producer = await produce(on.client, sender, SSRC)
        monkeypatch.setattr(on.taps.taps[producer], method, fail)
        await consume(on.client, receiver, producer)
        sender.send_rtp(picture(1))
        await receiver.until(lambda: receiver.rtp)
        for act in ("pause", "resume", "close"):
            await on.client.request(f"producer.{act}", {"producerId": producer})
        assert (await on.client.request("stats"))["producers"] == 0


async def test_a_tap_that_cannot_be_made_leaves_its_producer_unheard(monkeypatch: pytest.MonkeyPatch) -> None:
    async with hosted() as on, await join(on.client, "send") as sender:
        await on.client.request("tap.open", {"routerId": "call", "tap": RECORDED})
        monkeypatch.setattr(on.taps, "create_tap", fail)
        producer = await produce(on.client, sender, SSRC)
        await on.client.request("producer.close", {"producerId": producer})


async def test_a_close_that_fails_leaves_the_rest_of_the_call_to_be_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with (
        hosted() as on,
        await join(on.client, "send") as first,
        await join(on.client, "send"),
    ):
        dtls = connection_of(on, first)._dtls
        monkeypatch.setattr(dtls, "close", fail)
        await on.client.request("router.close", {"routerId": "call"})
        stats = await on.client.request("stats")
        assert (stats["routers"], stats["transports"]) == (0, 0)
        network = on.server.media.network
        assert (network.connections, network.udp_sockets[0].peers) == (set(), {})
        monkeypatch.undo()
        await dtls.close()


async def test_an_association_may_end_while_its_call_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    async with (
        hosted() as on,
        await join(on.client, "send", sctp=True) as first,
        await join(on.client, "send", sctp=True) as second,
    ):
        ended: list[str] = []
        other, close = connection_of(on, second), connection_of(on, first)._dtls.close

        async def close_slowly() -> None:
            other._sctp_ended(SctpEnd.REMOTE)
            ended.append(other.id)
            await close()

        monkeypatch.setattr(connection_of(on, first)._dtls, "close", close_slowly)
        await on.client.request("router.close", {"routerId": "call"})
        assert ended == [other.id]
        assert on.server.media.network.mux.drops[Drop.FAULT] == 0


async def test_data_reaches_the_other_consumers_of_one_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    async with (
        hosted() as on,
        await join(on.client, "send", sctp=True) as sender,
        await join(on.client, "recv", sctp=True) as bad,
        await join(on.client, "recv", sctp=True) as good,
    ):
        await on.client.request(
            "dataProducer.create",
            {
                "transportId": sender.options["id"],
                "dataProducerId": "d",
                "sctpStreamParameters": {"streamId": 0},
            },
        )
        for name, peer in (("bad", bad), ("good", good)):
            await on.client.request(
                "dataConsumer.create",
                {"transportId": peer.options["id"], "dataConsumerId": name, "dataProducerId": "d"},
            )
        sent: list[bytes] = []
        monkeypatch.setattr(transport_of(on, bad).outbox, "send_message", fail)
        note: Callable[..., None] = lambda stream, protocol_id, data: sent.append(data)  # noqa: E731
        monkeypatch.setattr(transport_of(on, good).outbox, "send_message", note)
        transport_of(on, sender).receive_message(0, 51, b"hello")
        assert sent == [b"hello"]
        monkeypatch.undo()  # to end takes a message too
