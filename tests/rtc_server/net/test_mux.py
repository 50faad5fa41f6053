"""Draining: every connection that is marked is served, whatever happens to the one before it."""

import pytest

from rtc_server.config import MediaLimits
from rtc_server.net.connection import Connection
from rtc_server.net.dtls import DtlsCertificate, SrtpKeys
from rtc_server.net.mux import DatagramMux
from rtc_server.protocol.ice_lite import IceCredentials
from rtc_server.sfu.drops import Drop
from tests.rtc_server.net.test_connection import Diary
from tests.rtc_server.sfu.rig import Rig


class Broken(Diary):
    """An SRTP session with a bug."""

    def protect(self, packet: bytes) -> bytes:
        raise ZeroDivisionError


class Drained:
    """Connections of one multiplexer, each with a session that writes down what it protects."""

    def __init__(self) -> None:
        self.ended: list[tuple[Connection, str]] = []
        self.mux = DatagramMux(call_soon=lambda _: None)
        self._rig = Rig()
        self._certificate = DtlsCertificate()

    def connection(self, session: Diary) -> Connection:
        transport = self._rig.transport("recv")
        connection = Connection(
            transport,
            credentials=IceCredentials(f"fragment of {transport.id}", "password"),
            certificate=self._certificate,
            limits=MediaLimits(),
            mux=self.mux,
            start_handshake=lambda _: None,
            end_later=lambda connection, reason: self.ended.append((connection, reason)),
            on_state=lambda *_: None,
            on_data_end=lambda _: None,
            clock=lambda: 0.0,
        )
        connection._srtp.use(SrtpKeys(session, session, "none"))
        connection._path = session
        return connection


def test_one_connections_fault_leaves_no_other_undrained(caplog: pytest.LogCaptureFixture) -> None:
    on = Drained()
    diaries = [Diary(), Broken(), Diary()]
    connections = [on.connection(diary) for diary in diaries]
    for round_number in (1, 2):
        for connection in connections:
            connection.transport.outbox.send_rtp(b"a packet", b"", None)
        on.mux.drain()
        assert [len(diary.entries) for diary in diaries] == [round_number, 0, round_number]
    assert on.ended == [(connections[1], "internal_error")] * 2
    assert connections[1].drops[Drop.FAULT] == 2
    assert "ZeroDivisionError" in caplog.text


def test_what_a_drain_makes_dirty_again_is_sent_too_after_a_fault() -> None:
    on = Drained()
    receiver, diary = on.connection(first := Diary()), Broken()
    broken = on.connection(diary)

    def protect(packet: bytes) -> bytes:
        receiver.transport.outbox.send_rtp(b"caused by it", b"", None)
        raise ZeroDivisionError

    diary.protect = protect  # type: ignore[method-assign]
    broken.transport.outbox.send_rtp(b"a packet", b"", None)
    on.mux.drain()
    assert first.entries == ["protect"]
