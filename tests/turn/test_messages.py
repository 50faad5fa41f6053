"""The client's messages: against aioice's codec, and any bytes into the parser."""

import hashlib
from contextlib import suppress

import pytest
from aioice import stun
from hypothesis import given
from hypothesis import strategies as st

from turn.messages import HEADER_BYTES, Challenge, Method, TurnWireError, length_of, parse_answer, request

TRANSACTION = bytes(range(12))
CHALLENGE = Challenge("bangban", b"nonce", "1700003600:doctor", "hush")


def test_another_implementation_reads_the_request_and_its_integrity() -> None:
    data = request(Method.ALLOCATE, TRANSACTION, CHALLENGE, lifetime_s=600)
    key = hashlib.md5(b"1700003600:doctor:bangban:hush").digest()
    read = stun.parse_message(data)
    assert read.check_message_integrity(key)
    assert read.message_method is stun.Method.ALLOCATE
    assert read.attributes["USERNAME"] == "1700003600:doctor"
    assert (read.attributes["REALM"], read.attributes["NONCE"]) == ("bangban", b"nonce")
    assert (read.attributes["LIFETIME"], read.attributes["REQUESTED-TRANSPORT"]) == (600, 0x11000000)


@pytest.mark.parametrize("relayed", [("192.0.2.7", 25_001), ("2001:db8::7", 31_999)])
def test_the_relayed_address_is_read(relayed: tuple[str, int]) -> None:
    answer = stun.Message(stun.Method.ALLOCATE, stun.Class.RESPONSE, TRANSACTION)
    answer.attributes["XOR-RELAYED-ADDRESS"] = relayed
    read = parse_answer(bytes(answer))
    assert (read.error, read.relayed, read.transaction_id) == (None, relayed, TRANSACTION)


def test_a_challenge_is_read() -> None:
    answer = stun.Message(stun.Method.ALLOCATE, stun.Class.ERROR, TRANSACTION)
    answer.attributes["ERROR-CODE"] = (401, "Unauthorized")
    answer.attributes["REALM"] = "bangban"
    answer.attributes["NONCE"] = b"abc"
    read = parse_answer(bytes(answer))
    assert (read.error, read.realm, read.nonce, read.relayed) == (401, "bangban", b"abc", None)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with suppress(TurnWireError):
        parse_answer(data)
    with suppress(TurnWireError):
        assert HEADER_BYTES <= length_of(data) <= 1500


@given(st.binary(max_size=200).map(lambda body: body[: len(body) // 4 * 4]))
def test_any_attributes_are_read_or_refused(body: bytes) -> None:
    head = b"\x01\x13" + len(body).to_bytes(2) + b"\x21\x12\xa4\x42" + TRANSACTION
    with suppress(TurnWireError):
        assert parse_answer(head + body).error is not None
