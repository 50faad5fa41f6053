"""STUN against RFC 5769's vectors, browsers' requests, aioice's codec, and any bytes."""

from typing import Any

import pytest
from aioice import stun as aioice_stun
from hypothesis import given
from hypothesis import strategies as st

from rtc_server.errors import WireError
from rtc_server.wire import stun
from tests.rtc_server.wire.vectors import load

VECTORS = load("stun")
names = st.text(st.characters(codec="utf-8", exclude_characters=":"), min_size=1, max_size=32)
transaction_ids = st.binary(min_size=12, max_size=12)
uint32 = st.integers(0, 0xFFFF_FFFF)


@pytest.mark.parametrize("name", VECTORS)
def test_published_and_recorded_messages(name: str) -> None:
    vector: Any = VECTORS[name]
    message = stun.parse_message(vector["data"])
    assert message.is_authentic(vector["password"])
    assert not message.is_authentic(vector["password"] + "x")
    assert message.has_fingerprint
    for field in ("username", "priority", "controlled", "use_candidate"):
        assert getattr(message, field) == vector[field]


@given(transaction_ids, names, names, names, uint32, st.booleans(), st.booleans(), st.none() | uint32)
def test_aioice_reads_our_requests(
    transaction_id: bytes,
    ours: str,
    theirs: str,
    password: str,
    priority: int,
    use_candidate: bool,
    controlled: bool,
    nomination: int | None,
) -> None:
    data = stun.build_binding_request(
        transaction_id,
        f"{ours}:{theirs}",
        password,
        priority=priority,
        tie_breaker=1,
        use_candidate=use_candidate,
        controlled=controlled,
        nomination=nomination,
    )
    read = aioice_stun.parse_message(data)
    assert read.message_method is aioice_stun.Method.BINDING
    assert read.message_class is aioice_stun.Class.REQUEST
    assert read.check_message_integrity(password.encode())
    assert read.attributes["PRIORITY"] == priority
    assert ("USE-CANDIDATE" in read.attributes) is use_candidate
    message = stun.parse_message(data)
    assert message.message_class is stun.StunClass.REQUEST
    assert message.method == stun.BINDING
    assert message.local_username_fragment == ours == stun.local_username_fragment(data)
    assert message.is_authentic(password)
    assert (message.priority, message.use_candidate, message.nomination) == (
        priority,
        use_candidate,
        nomination,
    )
    assert (message.controlled, message.controlling) == (controlled, not controlled)


@given(transaction_ids, names, st.ip_addresses(), st.integers(0, 65535))
def test_aioice_reads_our_answers(transaction_id: bytes, password: str, address: Any, port: int) -> None:
    request = stun.StunMessage(stun.StunClass.REQUEST, stun.BINDING, transaction_id, b"")
    data = stun.build_binding_success(request, (str(address), port), password)
    read = aioice_stun.parse_message(data)
    assert read.message_class is aioice_stun.Class.RESPONSE
    assert read.transaction_id == transaction_id
    assert read.attributes["XOR-MAPPED-ADDRESS"] == (str(address), port)
    assert read.check_message_integrity(password.encode())
    assert list(read.attributes)[-1] == "FINGERPRINT"


@pytest.mark.parametrize(("code", "password"), [(400, None), (401, None), (487, "secret")])
def test_aioice_reads_our_errors(code: int, password: str | None) -> None:
    request = stun.StunMessage(stun.StunClass.REQUEST, stun.BINDING, bytes(12), b"")
    data = stun.build_binding_error(request, code, password)
    read = aioice_stun.parse_message(data)
    assert read.error_code == code
    assert read.check_message_integrity(b"secret") is (password is not None)
    assert stun.parse_message(data).error_code == code


@given(st.binary(max_size=40) | st.binary(max_size=60).map(lambda tail: _framed(tail)))
def test_any_bytes_raise_only_wire_error(data: bytes) -> None:
    try:
        message = stun.parse_message(data)
    except WireError:
        return
    message.is_authentic("password")
    assert message.local_username_fragment is None or ":" not in message.local_username_fragment


@given(st.data())
def test_a_flipped_bit_is_noticed(data: st.DataObject) -> None:
    """FINGERPRINT covers everything in front of it, and nothing may follow it."""
    good = bytearray(VECTORS["rfc5769_request"]["data"])
    bit = data.draw(st.integers(0, len(good) * 8 - 1))
    good[bit // 8] ^= 1 << bit % 8
    try:
        message = stun.parse_message(bytes(good))
    except WireError:
        return
    # Only the bits that say "this is FINGERPRINT" can hide it.
    assert not message.has_fingerprint


def test_attributes_behind_integrity_are_ignored() -> None:
    """RFC 8489 §14.5: an attacker could append USE-CANDIDATE to an authenticated request."""
    good = stun.build_binding_request(bytes(12), "us:them", "pw", priority=1, tie_breaker=2)
    without_fingerprint = good[:-8]
    grown = without_fingerprint + bytes.fromhex("00250000")
    grown = grown[:2] + (len(grown) - 20).to_bytes(2) + grown[4:]
    message = stun.parse_message(grown)
    assert not message.use_candidate
    assert message.is_authentic("pw")


def test_message_without_integrity_is_not_authentic() -> None:
    assert not stun.parse_message(_framed(b"")).is_authentic("")


@pytest.mark.parametrize(
    "body",
    [
        "00060002ff000000",  # USERNAME is not UTF-8
        "0008000400000000",  # MESSAGE-INTEGRITY of four bytes
        "0024000200010000",  # PRIORITY of two bytes
        "0009000200000000",  # ERROR-CODE of two bytes
        "0006000841414141",  # longer than the message
        "8028000400000000",  # wrong FINGERPRINT
        "802800040000000000250000",  # FINGERPRINT is not the last one
    ],
)
def test_refused_attributes(body: str) -> None:
    with pytest.raises(WireError):
        stun.parse_message(_framed(bytes.fromhex(body)))


def _framed(body: bytes) -> bytes:
    """Return a Binding request with this body, padded to a word."""
    body += bytes(-len(body) % 4)
    return b"\x00\x01" + len(body).to_bytes(2) + bytes.fromhex("2112a442") + bytes(12) + body
