"""The client's side of RFC 6455: its own examples, any cut, and what a server may not do."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web_client.helper import websocket
from web_client.helper.vocabulary import MAX_MESSAGE_BYTES
from web_client.helper.websocket import Closed, Ping, Reader, TextMessage, WebSocketError

NONCE = b"the sample nonce"  # base64: dGhlIHNhbXBsZSBub25jZQ==, of §1.3
ANSWER = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
)


def test_the_handshake_of_the_standard_is_ours() -> None:
    assert b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" in websocket.request("server", "/helper", NONCE)
    websocket.check_answer(ANSWER, NONCE)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"garbage",
        b"HTTP/1.1 404 Not Found",
        b"HTTP/1.1 101 Switching Protocols",
        ANSWER.replace(b"s3pPLMB", b"s3pPLMA"),
        ANSWER.replace(b"Upgrade: websocket", b"Upgrade: h2c"),
    ],
)
def test_other_answers_are_refused(answer: bytes) -> None:
    with pytest.raises(WebSocketError):
        websocket.check_answer(answer, NONCE)


@pytest.mark.parametrize(
    ("data", "events"),
    [
        (b"\x81\x05Hello", [TextMessage("Hello")]),  # the examples of §5.7
        (b"\x01\x03Hel\x80\x02lo", [TextMessage("Hello")]),
        (b"\x89\x05Hello", [Ping(b"Hello")]),
        (b"\x01\x03Hel\x89\x01!\x80\x02lo", [Ping(b"!"), TextMessage("Hello")]),
        (b"\x8a\x00", []),
        (b"\x88\x02\x03\xe8", [Closed(1000)]),
        (b"\x88\x00", [Closed(1005)]),
        (b"\x81\x7e\x01\x00" + b"x" * 256, [TextMessage("x" * 256)]),
        (b"\x81\x7f" + (70_000).to_bytes(8, "big") + b"x" * 70_000, [TextMessage("x" * 70_000)]),
    ],
)
def test_frames_however_they_are_cut(data: bytes, events: list[object]) -> None:
    assert Reader().feed(data) == events
    reader, found = Reader(), []
    for at in range(0, len(data), 7):
        found += reader.feed(data[at : at + 7])
    assert found == events


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", 1002),  # masked
        (b"\xc1\x05Hello", 1002),  # a reserved bit
        (b"\x80\x02lo", 1002),  # goes on with nothing
        (b"\x01\x03Hel\x81\x02lo", 1002),  # begins within another
        (b"\x83\x00", 1002),  # an opcode nobody knows
        (b"\x09\x00", 1002),  # a ping in parts
        (b"\x89\x7e\x00\x7e", 1002),  # a long ping
        (b"\x88\x01\x03", 1002),
        (b"\x82\x00", 1003),
        (b"\x81\x02\xff\xff", 1007),
        (b"\x81\x7f" + (MAX_MESSAGE_BYTES + 1).to_bytes(8, "big"), 1009),
        (b"\x01\x7f" + MAX_MESSAGE_BYTES.to_bytes(8, "big") + b"x" * MAX_MESSAGE_BYTES + b"\x80\x01x", 1009),
        (b"\x01\x00" + b"\x00\x00" * 2_000, 1009),  # endless fragments of nothing
    ],
)
def test_what_a_server_may_not_do(data: bytes, code: int) -> None:
    with pytest.raises(WebSocketError) as refused:
        Reader().feed(data)
    assert refused.value.code == code


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(WebSocketError):
        Reader().feed(data)


@given(st.text(max_size=300), st.binary(min_size=4, max_size=4))
def test_what_is_sent_is_masked_and_can_be_read(text: str, mask: bytes) -> None:
    with contextlib.suppress(UnicodeEncodeError):
        frame = websocket.text_frame(text, mask)
        size = frame[1] & 0x7F
        head = 2 if size < 126 else 4
        assert frame[1] & 0x80
        assert frame[head : head + 4] == mask
        assert websocket.masked(frame[head + 4 :], mask) == text.encode()
