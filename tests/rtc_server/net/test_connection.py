"""What a connection asks of SRTP."""

import pylibsrtp

from rtc_server.config import MediaLimits
from rtc_server.net.connection import Connection
from rtc_server.net.dtls import DtlsCertificate, SrtpKeys
from rtc_server.net.mux import DatagramMux
from rtc_server.net.path import Peer, SendOutcome
from rtc_server.protocol.ice_lite import IceCredentials
from tests.rtc_server.sfu.rig import Rig


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
        raise pylibsrtp.Error("nothing was sent on it")

    def send(self, data: bytes) -> SendOutcome:
        return SendOutcome.SENT

    def bind(self, peer: Peer) -> None: ...

    def unbind(self, peer: Peer) -> None: ...

    def close(self) -> None: ...


async def test_a_stream_that_ended_is_forgotten_after_its_last_packet() -> None:
    rig, diary = Rig(), Diary()
    mux = DatagramMux(call_soon=lambda _: None)
    transport = rig.transport("recv")
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
    consumer = rig.consume(transport, rig.produce(rig.transport(), 1000))
    transport.outbox.send_rtp(b"the last packet", b"", None)
    rig.router.close_consumer(consumer, "closed")
    mux.drain()
    route = consumer.stream.route
    assert diary.entries == ["protect", f"remove {route.ssrc}", f"remove {route.rtx_ssrc}"]
