"""What a connection asks of SRTP."""

from collections import deque
from collections.abc import Callable, Sequence

import pylibsrtp
import pytest

from rtc_server.config import MediaLimits
from rtc_server.net.connection import Connection
from rtc_server.net.dtls import DtlsCertificate, SrtpKeys
from rtc_server.net.mux import DatagramMux
from rtc_server.net.path import Peer, SendOutcome, Sent, tally
from rtc_server.protocol.ice_lite import IceCredentials
from rtc_server.sfu.drops import Drop
from rtc_server.sfu.transport import WebRtcTransport
from rtc_server.wire.rtcp import Goodbye, ReceiverReport, SenderReport, serialize
from rtc_server.wire.rtp import build_packet
from rtc_server.wire.rtx import wrap
from tests.rtc_server.sfu.rig import KEY_FRAME, Rig, video

OURS = 500_000
"""Where the rig's SSRCs for consumers begin."""


class Diary:
    """An SRTP session, and the path its packets go to, that write down what happens."""

    protocol, local, remote = "udp", ("10.0.0.1", 1), ("10.0.0.2", 2)

    def __init__(self) -> None:
        self.entries: list[str] = []

    def protect(self, packet: bytes) -> bytes:
        self.entries.append("protect")
        return packet

    def protect_rtcp(self, packet: bytes) -> bytes:
        self.entries.append("protect")
        return packet

    def unprotect(self, packet: bytes) -> bytes:
        return packet

    def unprotect_rtcp(self, packet: bytes) -> bytes:
        return packet

    def remove_stream(self, ssrc: int) -> None:
        self.entries.append(f"remove {ssrc}")
        if ssrc >= OURS:
            raise pylibsrtp.Error("nothing was sent on it")

    def send(self, data: bytes) -> SendOutcome:
        return SendOutcome.SENT

    def send_all(self, datagrams: Sequence[bytes]) -> Sent:
        return tally((self.send(data), 1, len(data)) for data in datagrams)

    def backlog_bytes(self) -> int | None:
        return None

    def bind(self, peer: Peer) -> None: ...

    def unbind(self, peer: Peer) -> None: ...

    def close(self) -> None: ...


def connect(
    transport: WebRtcTransport, diary: Diary, mux: DatagramMux, limits: MediaLimits | None = None
) -> Connection:
    """Return a connection that has its keys and its path."""
    connection = Connection(
        transport,
        credentials=IceCredentials("fragment", "password"),
        certificate=DtlsCertificate(),
        limits=limits or MediaLimits(),
        mux=mux,
        start_handshake=lambda _: None,
        end_later=lambda *_: None,
        on_state=lambda *_: None,
        on_data_end=lambda _: None,
        clock=lambda: 0.0,
    )
    connection._srtp.use(SrtpKeys(diary, diary, "none"))
    connection._path = diary
    return connection


async def test_a_stream_that_ended_is_forgotten_after_its_last_packet() -> None:
    rig, diary = Rig(), Diary()
    mux = DatagramMux(call_soon=lambda _: None)
    transport = rig.transport("recv")
    connect(transport, diary, mux)
    consumer = rig.consume(transport, rig.produce(rig.transport(), 1000))
    transport.outbox.send_rtp(b"the last packet", b"", None)
    rig.router.close_consumer(consumer, "closed")
    mux.drain()
    route = consumer.stream.route
    assert diary.entries == ["protect", f"remove {route.ssrc}", f"remove {route.rtx_ssrc}"]


async def test_what_comes_after_the_end_of_a_producer_uses_up_no_ssrc() -> None:
    rig, diary = Rig(), Diary()
    mux = DatagramMux(call_soon=lambda _: None)
    transport = rig.transport()
    connection = connect(transport, diary, mux)
    for ssrc in range(2, 2 + 2 * MediaLimits().max_ssrcs_per_transport, 2):
        producer = rig.produce(transport, ssrc)
        packets = [video(1, KEY_FRAME, ssrc=ssrc), serialize([SenderReport(ssrc, 1, 1, 1, 1)])]
        for packet in packets:
            connection.handle_datagram(packet, rig.now)
        rig.router.close_producer(producer, "closed")
        mux.drain()
        for packet in (*packets, serialize([ReceiverReport(ssrc), Goodbye((ssrc,))])):
            connection.handle_datagram(packet, rig.now)
        mux.drain()
    assert transport.drops[Drop.SSRC_LIMIT] == 0
    assert not connection._srtp._ssrcs


LATE_S = 0.25
"""How far the media is behind the signalling."""

LATE: dict[str, Callable[[int], list[bytes]]] = {
    "media": lambda ssrc: [video(number, KEY_FRAME, ssrc=ssrc) for number in (1, 2)],
    "media of a name": lambda ssrc: [video(1, KEY_FRAME, ssrc=ssrc + 100_000, mid=str(ssrc))],
    "repairs": lambda ssrc: [build_packet(97, 1, 0, ssrc + 1, wrap(1, KEY_FRAME))],
    "probes": lambda ssrc: [build_packet(97, 1, 0, ssrc + 1, b"", padding_bytes=200)],
    "sender reports": lambda ssrc: [serialize([SenderReport(ssrc, 1, 1, 1, 1)])],
    "empty reports": lambda ssrc: [serialize([ReceiverReport(ssrc)])],
    "goodbyes": lambda ssrc: [serialize([ReceiverReport(ssrc), Goodbye((ssrc, ssrc + 1))])],
    "reports of nobody's": lambda ssrc: [serialize([ReceiverReport(ssrc + 100_000)])],
}


@pytest.mark.parametrize("late", LATE)
async def test_a_camera_turned_off_and_on_for_long_starts_each_time_behind_a_slow_uplink(late: str) -> None:
    """What was sent before the end of a producer comes after it, and after the next one was announced."""
    rig, diary = Rig(), Diary()
    mux = DatagramMux(call_soon=lambda _: None)
    transport = rig.transport()
    connection = connect(transport, diary, mux)
    on_its_way: deque[tuple[float, bytes]] = deque()

    def advance(seconds: float) -> None:
        end = rig.now + seconds
        while on_its_way and on_its_way[0][0] <= end:
            rig.now, packet = on_its_way.popleft()
            connection.handle_datagram(packet, rig.now)
            mux.drain()
        rig.advance(end - rig.now)
        mux.drain()

    for turn in range(3 * MediaLimits().max_ssrcs_per_transport):
        ssrc = 1000 + 2 * turn
        producer = rig.produce(transport, ssrc)
        on_its_way.append((rig.now + LATE_S, video(0, KEY_FRAME, ssrc=ssrc)))
        advance(2 * LATE_S)
        assert producer.stats(rig.now)["packets"] == 1, f"the picture starts the {turn + 1}. time"
        on_its_way.extend((rig.now + LATE_S, packet) for packet in LATE[late](ssrc))
        rig.router.close_producer(producer, "closed")
        advance(LATE_S / 2)
    assert transport.drops[Drop.SSRC_LIMIT] == 0
    assert len(connection._srtp._ssrcs) <= MediaLimits().max_ssrcs_per_transport


async def test_streams_that_producers_have_keep_their_places_whoever_comes() -> None:
    rig, diary = Rig(limits=MediaLimits(max_ssrcs_per_transport=4)), Diary()
    mux = DatagramMux(call_soon=lambda _: None)
    transport = rig.transport()
    connection = connect(transport, diary, mux, rig.limits)
    for ssrc in (10, 20):
        rig.produce(transport, ssrc)
        for mine in (ssrc, ssrc + 1):
            connection.handle_datagram(video(1, KEY_FRAME, ssrc=mine), rig.now)
    for stranger in range(1000, 1100):
        connection.handle_datagram(video(1, KEY_FRAME, ssrc=stranger), rig.now)
    assert diary.entries == []
    assert transport.drops[Drop.SSRC_LIMIT] == 100


async def test_a_stream_that_comes_before_its_producer_keeps_its_place() -> None:
    """Forgotten, its rollover counter would be 0 again: what began at 65,535 could not be read any more."""
    rig, diary = Rig(), Diary()
    mux = DatagramMux(call_soon=lambda _: None)
    connection = connect(rig.transport(), diary, mux)
    connection.handle_datagram(video(65_535, KEY_FRAME), rig.now)
    mux.drain()
    assert diary.entries == []


async def test_a_goodbye_of_a_stream_that_a_producer_has_forgets_nothing() -> None:
    rig, diary = Rig(), Diary()
    mux = DatagramMux(call_soon=lambda _: None)
    transport = rig.transport()
    connection = connect(transport, diary, mux)
    rig.produce(transport, 1000)
    connection.handle_datagram(video(1, KEY_FRAME), rig.now)
    connection.handle_datagram(serialize([ReceiverReport(1000), Goodbye((1000,))]), rig.now)
    mux.drain()
    assert not any(entry.startswith("remove") for entry in diary.entries)
