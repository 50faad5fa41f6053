"""Messages into text and back; what is no message is refused with a code, whatever it is."""

import contextlib
import json
import random
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helper.messages import ALL, LEFT, frames, grant
from web_client.helper import wire, words
from web_client.helper.envelope import Frame, WireError, parse, write
from web_client.helper.vocabulary import MAX_MESSAGE_BYTES, MAX_TEXT, Chord, Reason, Refusal, Scope, State

MOVE = '{"v":1,"g":"g1","s":3,"t":"pm","x":0.5,"y":0.25,"rev":1}'
FUZZED = 500_000
"""Inputs for each of the two parsers."""


@given(frames(wire.DOWN))
def test_what_the_server_writes_the_helper_reads(frame: Frame) -> None:
    assert parse(write(frame), wire.DOWN) == frame


@given(frames(wire.UP))
def test_what_the_helper_writes_the_server_reads(frame: Frame) -> None:
    assert parse(write(frame), wire.UP) == frame


@given(st.text() | st.from_type(object).map(str))
def test_any_text_is_read_or_refused(text: str) -> None:
    for table in (wire.DOWN, wire.UP):
        with contextlib.suppress(WireError):
            parse(text, table)


def test_a_message_is_about_a_hundred_bytes() -> None:
    assert write(Frame("g1", 3, wire.PointerMove(0.5, 0.25, 1))) == MOVE


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", Refusal.MALFORMED),
        ("[]", Refusal.MALFORMED),
        ("{", Refusal.MALFORMED),
        ("[" * 100_000, Refusal.MALFORMED),
        ('{"v":' + "9" * 10_000 + "}", Refusal.MALFORMED),
        ("x" * (MAX_MESSAGE_BYTES + 1), Refusal.OVERSIZED),
        ("字" * (MAX_MESSAGE_BYTES // 2), Refusal.OVERSIZED),
        (MOVE.replace('"v":1', '"v":2'), Refusal.UNKNOWN_VERSION),
        (MOVE.replace('"v":1', '"v":true'), Refusal.UNKNOWN_VERSION),
        (MOVE.replace('"v":1', '"v":1.0'), Refusal.UNKNOWN_VERSION),
        (MOVE.replace('"v":1,', ""), Refusal.UNKNOWN_VERSION),
        (MOVE.replace('"s":3', '"s":0'), Refusal.MALFORMED),
        (MOVE.replace('"s":3', '"s":-1'), Refusal.MALFORMED),
        (MOVE.replace('"s":3', '"s":1e3'), Refusal.MALFORMED),
        (MOVE.replace('"s":3', f'"s":{2**53}'), Refusal.MALFORMED),
        (MOVE.replace('"g":"g1"', '"g":7'), Refusal.MALFORMED),
        (MOVE.replace('"g":"g1"', f'"g":"{"g" * 65}"'), Refusal.MALFORMED),
        (MOVE.replace('"g":"g1"', '"g":""'), Refusal.STALE_GRANT),
        (MOVE.replace('"pm"', '"xx"'), Refusal.UNKNOWN_TYPE),
        (MOVE.replace('"pm"', '"ack"'), Refusal.UNKNOWN_TYPE),  # of the other direction
        (MOVE.replace("0.5", "1.0000001"), Refusal.BAD_FIELD),
        (MOVE.replace("0.5", "-0.0000001"), Refusal.BAD_FIELD),
        (MOVE.replace("0.5", "NaN"), Refusal.BAD_FIELD),
        (MOVE.replace("0.5", "Infinity"), Refusal.BAD_FIELD),
        (MOVE.replace("0.5", "1e999"), Refusal.BAD_FIELD),
        (MOVE.replace("0.5", "true"), Refusal.BAD_FIELD),
        (MOVE.replace("0.5", '"0.5"'), Refusal.BAD_FIELD),
        (MOVE.replace('"x":0.5,', ""), Refusal.BAD_FIELD),
        (MOVE.replace('"x":0.5', '"z":0.5'), Refusal.BAD_FIELD),
        (MOVE[:-1] + ',"more":1}', Refusal.BAD_FIELD),
    ],
)
def test_what_is_refused(text: str, code: Refusal) -> None:
    with pytest.raises(WireError) as refused:
        parse(text, wire.DOWN)
    assert refused.value.code is code


@pytest.mark.parametrize("text", ["字" * (MAX_TEXT + 1), "a\x00b", "a\x1bb", "\ud800", "\x7f", ""], ids=ascii)
def test_texts_that_nobody_types_are_refused(text: str) -> None:
    written = json.dumps({"v": 1, "g": "g", "s": 1, "t": "tx", "text": text, "mode": "ctrl_v"})
    with pytest.raises(WireError) as refused:
        parse(written, wire.DOWN)
    assert refused.value.code is Refusal.BAD_FIELD


def test_two_thousand_of_the_longest_characters_fit() -> None:
    frame = Frame("g", 1, wire.TypeText("𠮷" * MAX_TEXT, Chord.CTRL_V))
    assert parse(write(frame), wire.DOWN) == frame


def test_what_is_the_citizens_is_in_no_repr() -> None:
    shown = repr(
        [
            wire.TypeText("秘密", Chord.CTRL_V),
            wire.ClipboardPush("秘密"),
            wire.ClipboardText("秘密"),
            wire.KeyDown("KeyQ", "秘密"),
            wire.KeyUp("KeyQ", "秘密"),
            wire.Hello("1.0", "Linux", "pc", "secret-key", "123456"),
            wire.Paired("secret-key-of-device"),
        ]
    )
    for part in ("秘密", "KeyQ", "secret", "123456"):
        assert part not in shown


def test_every_field_has_a_check_that_says_its_type() -> None:
    for message in (*ALL.values(), wire.Monitor):
        for one in fields(message):
            assert wire.check_of(one).typescript != "never", one


def test_tags_are_one_of_a_kind_in_both_directions() -> None:
    assert not set(wire.DOWN) & set(wire.UP)
    assert all(tag == message.tag for tag, message in ALL.items())
    assert all(message.in_grant for message in ALL.values() if message.scope)


def test_every_refusal_has_a_sentence_that_says_what_to_do() -> None:
    for spoken in words.CATALOGUES:
        for code in Refusal:
            assert "；" in words.refusal(code, spoken) or ";" in words.refusal(code, spoken)
    assert len({frozenset(catalogue) for catalogue in words.CATALOGUES.values()}) == 1


MONITOR: dict[str, object] = {"id": "a", "x": 0, "y": 0, "w": 9, "h": 9, "colour": "#e60012"}
ACK: dict[str, object] = {"g": "g1", "t": "ack", "last": 3, "held": 0, "state": "granted"}
HELLO: dict[str, object] = {
    "t": "hi",
    "version": "1.0",
    "system": "Linux",
    "name": "pc",
    "key": "",
    "code": "",
}


@pytest.mark.parametrize(
    "lie",
    [
        {"t": "geo", "rev": 1, "monitors": [MONITOR] * 17},
        {"t": "geo", "rev": 1, "monitors": [MONITOR | {"w": 0}]},
        {"t": "geo", "rev": 1, "monitors": [MONITOR | {"x": 10**9}]},
        {"t": "geo", "rev": 1, "monitors": [MONITOR | {"colour": "red;x"}]},
        {"t": "geo", "rev": 1, "monitors": [MONITOR | {"more": 1}]},
        {"t": "geo", "rev": 1, "monitors": "all"},
        {"t": "geo", "rev": -1, "monitors": []},
        {"t": "st", "grant": "g1", "state": "root", "reason": "consent"},
        {"t": "st", "grant": "../../x", "state": "granted", "reason": "consent"},
        {"t": "er", "number": 1, "code": "<script>"},
        ACK | {"held": 256},
        ACK | {"held": True},
        ACK | {"last": 2**53},
        {"g": "g1", "t": "cr", "text": "x" * 20_001},
        HELLO | {"code": "12345a"},
        HELLO | {"code": "１２３４５６"},
        HELLO | {"key": "../../x"},
        HELLO | {"name": "a\nb"},
        HELLO | {"version": "1.0; rm"},
    ],
    ids=repr,
)
def test_a_helper_that_lies_is_refused(lie: dict[str, object]) -> None:
    text = json.dumps({"v": 1, "g": "", "s": 1} | lie)
    with pytest.raises(WireError) as refused:
        parse(text, wire.UP)
    assert refused.value.code is Refusal.BAD_FIELD


@pytest.mark.parametrize("table", [wire.DOWN, wire.UP], ids=["in the helper", "in the server"])
def test_half_a_million_spoiled_messages_are_read_or_refused(table: wire.Table) -> None:
    chance = random.Random(20_261_127)
    whole = [
        write(Frame("g1" if one.in_grant else "", 7, one)).encode()
        for one in _one_of_each()
        if one.tag in table
    ]
    seen = set()
    for _ in range(FUZZED):
        text = _spoiled(chance.choice(whole), chance).decode("utf-8", "replace")
        try:
            parse(text, table)
        except WireError as error:
            seen.add(error.code)
    assert {Refusal.MALFORMED, Refusal.UNKNOWN_VERSION, Refusal.UNKNOWN_TYPE, Refusal.BAD_FIELD} <= seen


_PIECES = (
    b'"',
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"0",
    b"-1",
    b"2",
    b"1e9",
    b"null",
    b"\\u0000",
    b"\xff",
    b"t",
    b"../",
)


def _spoiled(text: bytes, chance: random.Random) -> bytes:
    """Replace, insert or cut at one to three places."""
    for _ in range(chance.randint(1, 3)):
        at, piece = chance.randrange(len(text) + 1), chance.choice(_PIECES)
        text = text[:at] + piece + text[at + chance.randint(0, 3) :]
    return text


def _one_of_each() -> list[wire.Message]:
    return [
        *(
            wire.Welcome("1.0"),
            wire.Paired("k" * 32),
            wire.Refused(Refusal.TOO_OLD),
            grant(),
            wire.Revoke("g1"),
        ),
        *(wire.MarkMonitors(True), wire.PointerMove(0.5, 0.5, 1), wire.PointerDown(0, 0.1, 0.2, 1)),
        *(wire.PointerUp(0, 0.1, 0.2, 1), wire.Wheel(0, 120, 0.5, 0.5, 1), wire.KeyDown("KeyA", "a")),
        *(wire.KeyUp("KeyA", "a"), wire.TypeText("汉字", Chord.CTRL_V), wire.ClipboardPush("x")),
        *(wire.ClipboardPull(), wire.ReleaseAll(), wire.Heartbeat(), wire.ShowPointer(0.1, 0.1, 1)),
        *(wire.HidePointer(), wire.Draw(1, ((0.1, 0.2), (0.3, 0.4)), 1), wire.ClearDrawing()),
        *(wire.Hello("1.0", "Linux", "pc", "k" * 32, ""), wire.Geometry(1, (LEFT,)), wire.ClipboardText("x")),
        *(wire.Status("g1", State.GRANTED, Reason.CONSENT), wire.Acknowledge(3, 0, State.GRANTED)),
        wire.NotDone(3, Refusal.PAUSED),
    ]


def test_the_fuzzer_knows_every_message() -> None:
    assert {one.tag for one in _one_of_each()} == set(ALL)
    assert set(Scope) == {one.scope for one in ALL.values()} - {None}
