"""Life of a transport's connection: paths, consent, restarts, handshakes, goodbyes."""

import asyncio
import secrets
import socket

from rtc_server.net.dtls import DtlsCertificate
from rtc_server.owner_events import TransportState, TransportStateChanged
from rtc_server.wire.rtp import build_packet
from rtc_server.wire.stun import build_binding_request
from tests.rtc_server.media.peer import STREAM, Peer, consume, join, produce
from tests.rtc_server.server.host import Hosted, hosted

KEY_FRAME = b"\x10\x00\x00\x9d\x01\x2a\x40\x01\xf0\x00"
DELTA_FRAME = b"\x10\x01\x00\x00"


async def until_state(on: Hosted, peer: Peer, state: TransportState) -> TransportStateChanged:
    async with asyncio.timeout(30):
        async for event in on.client.events():
            if (
                isinstance(event, TransportStateChanged)
                and event.transport_id == peer.options["id"]
                and event.state is state
            ):
                return event
    raise AssertionError("the connection ended")


async def test_silence_disconnects_and_a_check_revives() -> None:
    async with hosted(consent_timeout_s=0.3) as on, await join(on.client, "send") as peer:
        await until_state(on, peer, TransportState.CONNECTED)
        assert (await until_state(on, peer, TransportState.DISCONNECTED)).reason == "consent_expired"
        peer.check()
        await until_state(on, peer, TransportState.CONNECTED)


async def test_nothing_is_sent_without_consent() -> None:
    async with (
        hosted(consent_timeout_s=0.3) as on,
        await join(on.client, "send") as sender,
        await join(on.client, "recv") as receiver,
    ):
        await consume(on.client, receiver, await produce(on.client, sender, 1000))
        await until_state(on, receiver, TransportState.DISCONNECTED)
        sender.check()
        await until_state(on, sender, TransportState.CONNECTED)
        sender.send_rtp(build_packet(96, 1, 0, 1000, KEY_FRAME))
        await on.until_stats(receiver, lambda stats: stats["drops"].get("no_path"))
        assert receiver.rtp == []


async def test_media_flows_over_ipv6() -> None:
    async with (
        hosted(address="::1") as on,
        await join(on.client, "send") as sender,
        await join(on.client, "recv") as receiver,
    ):
        assert sender.options["iceCandidates"][0]["address"] == "::1"
        await consume(on.client, receiver, await produce(on.client, sender, 1000))
        sender.send_rtp(build_packet(96, 1, 0, 1000, KEY_FRAME))
        await receiver.until(lambda: receiver.rtp)


async def test_wrong_fingerprint_fails_the_transport() -> None:
    async with hosted() as on:
        peer = await join(on.client, "send")
        await asyncio.get_running_loop().create_datagram_endpoint(lambda: peer, remote_addr=peer.server)
        await peer._connect({"role": "client", "fingerprints": DtlsCertificate().fingerprints()})
        peer.check()
        await peer.until(lambda: peer.stun)
        theirs = peer.options["dtlsParameters"]["fingerprints"]
        await peer.dtls.handshake("client", theirs, timeout=10)
        assert (await until_state(on, peer, TransportState.FAILED)).reason == "dtls_failed"
        await peer.dtls.close()
        assert peer._transport is not None
        peer._transport.close()


async def test_old_credentials_are_good_until_the_new_ones_are_used() -> None:
    async with hosted() as on, await join(on.client, "send") as peer:
        old = dict(peer.options["iceParameters"])
        answer = await on.client.request("transport.restartIce", {"transportId": peer.options["id"]})
        new = answer["iceParameters"]
        assert new["usernameFragment"] != old["usernameFragment"]
        for parameters, kind in ((old, b"\x01\x01"), (new, b"\x01\x01")):
            peer.options["iceParameters"] = parameters
            seen = len(peer.stun)
            peer.check()
            await peer.until(lambda seen=seen: len(peer.stun) > seen)
            assert peer.stun[-1][:2] == kind
        peer.options["iceParameters"] = old
        peer.check()
        peer.options["iceParameters"] = new
        peer.check()
        seen = len(peer.stun)
        await peer.until(lambda: len(peer.stun) > seen)
        assert (await on.client.request("stats"))["drops"] == {"bad_stun": 1}


async def test_media_follows_the_peer_to_another_address() -> None:
    async with (
        hosted() as on,
        await join(on.client, "send") as sender,
        await join(on.client, "recv") as receiver,
    ):
        await consume(on.client, receiver, await produce(on.client, sender, 1000))
        first = receiver._transport
        assert first is not None
        await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: receiver, remote_addr=receiver.server
        )
        receiver.check()
        seen = len(receiver.stun)
        await receiver.until(lambda: len(receiver.stun) > seen)
        first.close()
        sender.send_rtp(build_packet(96, 1, 0, 1000, KEY_FRAME))
        await receiver.until(lambda: receiver.rtp)


async def test_goodbye_of_the_peer_closes_the_transport_and_what_is_on_it() -> None:
    async with hosted() as on, await join(on.client, "send") as peer:
        await produce(on.client, peer, 1000)
        await peer.dtls.close()
        assert (await until_state(on, peer, TransportState.CLOSED)).reason == "remote_closed"
        stats = await on.client.request("stats")
        assert (stats["transports"], stats["producers"]) == (0, 0)


async def test_handshake_that_never_ends_fails_the_transport() -> None:
    async with hosted(dtls_timeout_s=0.2) as on:
        peer = await join(on.client, "send")
        await asyncio.get_running_loop().create_datagram_endpoint(lambda: peer, remote_addr=peer.server)
        await peer._connect({"role": "server", "fingerprints": DtlsCertificate().fingerprints()})
        peer.check()
        assert (await until_state(on, peer, TransportState.FAILED)).reason == "dtls_failed"
        assert peer._transport is not None
        peer._transport.close()


async def test_only_so_many_handshakes_run_at_once_and_all_get_their_turn() -> None:
    async with hosted(max_dtls_handshakes=2) as on:
        peers = [await join(on.client, "send") for _ in range(12)]
        await asyncio.gather(*(peer.__aenter__() for peer in peers))
        for peer in peers:
            await peer.__aexit__(None, None, None)


async def test_more_paths_than_allowed_push_out_the_oldest() -> None:
    async with hosted(max_tuples_per_transport=3) as on, await join(on.client, "send") as peer:
        sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(10)]
        ours = peer.options["iceParameters"]
        for other in sockets:
            request = build_binding_request(
                secrets.token_bytes(12),
                f"{ours['usernameFragment']}:x",
                ours["password"],
                priority=1,
                tie_breaker=1,
            )
            other.sendto(request, peer.server)
        seen = len(peer.stun)
        peer.check()
        await peer.until(lambda: len(peer.stun) > seen)
        peers = on.server.media.network.udp_sockets[0].peers
        assert len(peers) == 3
        for other in sockets:
            other.close()


async def test_closed_transports_leave_nothing_behind() -> None:
    async with hosted() as on:
        for _ in range(5):
            async with await join(on.client, "send", sctp=True) as peer:
                await produce(on.client, peer, 1000)
                await on.client.request("transport.close", {"transportId": peer.options["id"]})
        network = on.server.media.network
        assert network.connections == set()
        assert network.udp_sockets[0].peers == {}
        assert network.mux._by_fragment == {}
        registry = on.server.media.registry
        assert registry.routers.get("call").transports == []
        assert registry.counts() == dict.fromkeys(registry.counts(), 0) | {"routers": 1}


async def test_long_session_can_open_and_close_more_streams_than_srtp_may_hold() -> None:
    async with hosted(max_ssrcs_per_transport=6) as on, await join(on.client, "send") as peer:
        for turn in range(12):
            producer = await produce(on.client, peer, 1000 + 10 * turn)
            peer.send_rtp(build_packet(96, 1, 0, 1000 + 10 * turn, KEY_FRAME))
            await on.until_stats(peer, lambda stats: stats["producers"][0]["packets"] == 1)
            await on.client.request("producer.close", {"producerId": producer})
        assert "ssrc_limit" not in (await on.client.request("stats"))["drops"]


async def test_the_last_packets_of_ended_streams_leave_room_for_new_ones() -> None:
    async with hosted(max_ssrcs_per_transport=6) as on, await join(on.client, "send") as peer:
        for turn in range(12):
            producer = await produce(on.client, peer, 1000 + 10 * turn)
            for number in (1, 2):
                peer.send_rtp(build_packet(96, number, 0, 1000 + 10 * turn, KEY_FRAME))
            await on.until_stats(peer, lambda stats: stats["producers"][0]["packets"] == 2)
            await on.client.request("producer.close", {"producerId": producer})
            for number in (3, 4):
                peer.send_rtp(build_packet(96, number, 0, 1000 + 10 * turn, KEY_FRAME))
            strangers = 2 * (turn + 1)
            await on.until_stats(peer, lambda stats, n=strangers: stats["drops"].get("unknown_ssrc") == n)
        assert (await on.client.request("stats"))["drops"] == {"unknown_ssrc": 24}


async def test_message_flood_ends_the_association_and_nothing_else() -> None:
    async with hosted(max_sctp_messages_per_s=20) as on, await join(on.client, "send", sctp=True) as peer:
        association = await peer.open_sctp()
        for _ in range(300):
            association.send(STREAM, 51, b"x")
        await peer.until(lambda: not association.is_open)
        stats = await on.client.request("transport.stats", {"transportId": peer.options["id"]})
        assert stats["state"] == "connected"


async def test_stats_tell_of_the_loop_and_the_sockets() -> None:
    async with hosted() as on:
        stats = await on.client.request("stats")
        assert stats["loopLagMs"] >= 0
        assert stats["sockets"][0]["receiveBufferBytes"] > 200_000
        assert stats["packetsReceivedPerSecond"] == 0
