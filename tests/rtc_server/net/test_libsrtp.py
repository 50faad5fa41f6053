"""libsrtp called directly does what pylibsrtp's wrapper does, to the byte; the private names it needs."""

import inspect
import re
from pathlib import Path

import pylibsrtp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pylibsrtp import Policy, Session
from pylibsrtp import _binding as binding

import rtc_server
from rtc_server.net.libsrtp import DirectSession
from rtc_server.wire.rtcp import ReceiverReport, serialize
from rtc_server.wire.rtp import build_packet

ROOT = Path(rtc_server.__file__).parent
LONGEST = 1500 - pylibsrtp.SRTP_MAX_TRAILER_LEN
PROFILES = {
    Policy.SRTP_PROFILE_AEAD_AES_128_GCM: 28,
    Policy.SRTP_PROFILE_AEAD_AES_256_GCM: 44,
    Policy.SRTP_PROFILE_AES128_CM_SHA1_80: 30,
}
"""Each with the bytes of its key and salt."""
OUT, IN = Policy.SSRC_ANY_OUTBOUND, Policy.SSRC_ANY_INBOUND
GCM = Policy.SRTP_PROFILE_AEAD_AES_128_GCM


def plain(profile: int, ssrc_type: int, key: bytes | None = None) -> Session:
    key = key or bytes(range(PROFILES[profile]))
    return Session(Policy(key=key, ssrc_type=ssrc_type, srtp_profile=profile))


def direct(profile: int, ssrc_type: int) -> DirectSession:
    return DirectSession(plain(profile, ssrc_type))


def test_only_one_file_touches_the_private_names() -> None:
    users = {
        str(path.relative_to(ROOT))
        for path in ROOT.rglob("*.py")
        if re.search(r"pylibsrtp\._|session\._srtp", path.read_text())
    }
    assert users == {"net/libsrtp.py"}


def test_the_private_names_are_the_ones_we_read() -> None:
    assert pylibsrtp.__version__.split(".")[0] == "1"
    session = plain(GCM, OUT)
    assert len(session._cdata) == len(session._buffer) == 1500
    assert session._srtp[0]
    source = inspect.getsource(Session)
    for name in ("protect", "unprotect", "protect_rtcp", "unprotect_rtcp"):
        assert f"lib.srtp_{name}" in source
        assert callable(getattr(binding.lib, f"srtp_{name}"))


def test_the_reference_packet_of_libsrtp() -> None:
    key = bytes.fromhex("e1f97a0d3e018be0d64fa32c06de4139 0ec675ad498afeebb6960b3aabe6")
    packet = bytes.fromhex("800f1234decafbadcafebabe") + b"\xab" * 16
    sealed = bytes.fromhex("800f1234decafbadcafebabe 4e55dc4ce79978d88ca4d215949d2402 b78d6acc99ea179b8dbb")
    profile = Policy.SRTP_PROFILE_AES128_CM_SHA1_80
    assert DirectSession(plain(profile, OUT, key)).protect(packet) == sealed
    assert DirectSession(plain(profile, IN, key)).unprotect(sealed) == packet


@pytest.mark.parametrize("profile", PROFILES)
@given(payloads=st.lists(st.binary(min_size=1, max_size=LONGEST - 12), min_size=1, max_size=8))
def test_both_seal_alike_and_open_what_the_other_sealed(profile: int, payloads: list[bytes]) -> None:
    ours, theirs = direct(profile, OUT), plain(profile, OUT)
    opens, wrapper_opens = direct(profile, IN), plain(profile, IN)
    for number, payload in enumerate(payloads):
        packet = build_packet(96, number, 0, 7, payload)
        sealed = ours.protect(packet)
        assert sealed == theirs.protect(packet)
        assert opens.unprotect(sealed) == packet == wrapper_opens.unprotect(sealed)
        report = serialize([ReceiverReport(7)])
        sealed = ours.protect_rtcp(report)
        assert sealed == theirs.protect_rtcp(report)
        assert opens.unprotect_rtcp(sealed) == report == wrapper_opens.unprotect_rtcp(sealed)


@given(st.binary(max_size=1500))
def test_whatever_a_peer_sends_is_refused_as_one_of_our_errors(data: bytes) -> None:
    session = direct(GCM, IN)
    for function in (session.unprotect, session.unprotect_rtcp):
        with pytest.raises(pylibsrtp.Error):
            function(data)


def test_what_is_too_long_never_reaches_libsrtp() -> None:
    session = direct(GCM, OUT)
    session.protect(build_packet(96, 1, 0, 7, bytes(LONGEST - 12)))
    for function, size in (
        (session.protect, LONGEST + 1),
        (session.protect_rtcp, 1501 - pylibsrtp.SRTP_MAX_SRTCP_TRAILER_LEN),
        (session.unprotect, 1501),
        (session.unprotect_rtcp, 1501),
    ):
        with pytest.raises(ValueError, match="too long"):
            function(bytes(size))


def test_a_packet_that_was_refused_leaves_the_next_one_whole() -> None:
    sends, opens = direct(GCM, OUT), direct(GCM, IN)
    first, second = (build_packet(96, number, 0, 7, bytes([number]) * 20) for number in (1, 2))
    sealed = sends.protect(first)
    with pytest.raises(pylibsrtp.Error):
        opens.unprotect(sealed[:-1] + bytes([sealed[-1] ^ 1]))
    assert opens.unprotect(sealed) == first
    with pytest.raises(pylibsrtp.Error):
        opens.unprotect(sealed)
    assert opens.unprotect(sends.protect(second)) == second


def test_a_stream_is_forgotten() -> None:
    session = direct(GCM, OUT)
    session.protect(build_packet(96, 1, 0, 7, b"x"))
    session.remove_stream(7)
    with pytest.raises(pylibsrtp.Error):
        session.remove_stream(7)
