"""DTLS handshake, SRTP keys and closing, between two of our own sessions."""

import pylibsrtp
import pytest

from rtc_server.net.dtls import DtlsCertificate, DtlsSession, DtlsState
from rtc_server.wire.rtp import build_packet
from tests.rtc_server.net.pair import connected_pair
from tests.support.until import until_here


async def test_keys_carry_packets_both_ways_and_prefer_aes_128_gcm() -> None:
    async with connected_pair() as pair:
        assert pair.server.keys is not None
        assert pair.client.keys is not None
        assert pair.server.keys.profile == "SRTP_AEAD_AES_128_GCM"
        packet = build_packet(96, 7, 90, 1234, b"payload")
        assert pair.client.keys.receive.unprotect(pair.server.keys.send.protect(packet)) == packet
        assert pair.server.keys.receive.unprotect(pair.client.keys.send.protect(packet)) == packet


async def test_altered_packet_is_refused() -> None:
    async with connected_pair() as pair:
        assert pair.server.keys is not None
        assert pair.client.keys is not None
        sealed = bytearray(pair.server.keys.send.protect(build_packet(96, 7, 90, 1234, b"payload")))
        sealed[-1] ^= 1
        with pytest.raises(pylibsrtp.Error):
            pair.client.keys.receive.unprotect(bytes(sealed))


async def test_wrong_fingerprint_fails_the_handshake() -> None:
    async with connected_pair(corrupt_fingerprint=True) as pair:
        assert pair.server.state is DtlsState.FAILED
        assert pair.server.keys is None


async def test_silent_peer_times_out() -> None:
    sent: list[bytes] = []
    session = DtlsSession(DtlsCertificate(), send=sent.append, on_closed=lambda: None)
    assert not await session.handshake("client", DtlsCertificate().fingerprints(), timeout=0.05)
    assert sent
    await session.close()


async def test_goodbye_of_the_peer_is_told() -> None:
    async with connected_pair() as pair:
        await pair.client.close()
        await until_here(lambda: pair.closed == ["server"])


async def test_rubbish_before_and_after_the_handshake_is_survived() -> None:
    async with connected_pair() as pair:
        for rubbish in (b"\x14", b"\x16" + bytes(40), b"\x17\xfe\xfd" + b"\xff" * 1400, bytes([63])):
            assert pair.server.handle_datagram(rubbish)
        arrived: list[bytes] = []

        async def receive(data: bytes) -> None:
            arrived.append(data)

        pair.server.register_receiver(receive)
        await pair.client.send_record(b"still here")
        await until_here(lambda: arrived)
        assert arrived == [b"still here"]


def test_sha_256_comes_last_because_mediasoup_client_takes_the_last() -> None:
    assert [entry["algorithm"] for entry in DtlsCertificate().fingerprints()][-1] == "sha-256"
