"""What a connection asks of SRTP."""

import pylibsrtp

from rtc_server.config import MediaLimits
from rtc_server.net.connection import Connection
from rtc_server.net.dtls import DtlsCertificate, SrtpKeys
from rtc_server.net.mux import DatagramMux
from rtc_server.net.path import Peer, SendOutcome
from rtc_server.protocol.ice_lite import IceCredentials
from rtc_server.sfu.drops import Drop
from rtc_server.sfu.transport import WebRtcTransport
from rtc_server.wire.rtcp import Goodbye, ReceiverReport, SenderReport, serialize
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

    def bind(self, peer: Peer) -> None: ...

    def unbind(self, peer: Peer) -> None: ...

    def close(self) -> None: ...


def connect(transport: WebRtcTransport, diary: Diary, mux: DatagramMux) -> Connection:
    """Return a connection that has its keys and its path."""
    connection = Connection(
        transport,
        credentials=IceCredentials("fragment", "password"),
        certificate=DtlsCertificate(),
        limits=MediaLimits(),
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
    assert connection._srtp._ssrcs == set()


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
