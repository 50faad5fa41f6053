"""What text may hold: one rule for addresses, headers, bodies and commands."""

import asyncio
import json
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, WSMsgType
from hypothesis import given
from hypothesis import strategies as st

from signaling.web.text import fault_in, is_clean
from tests.signaling.web.house import Json, Person, open_house
from tests.signaling.web.test_story import connected

HOSTILE = ["\0", "\x01", "\x1b[2J", "\x7f", "\ud800", "a\udfffb"]


@pytest.mark.parametrize("text", HOSTILE)
def test_control_characters_and_surrogates_are_no_text(text: str) -> None:
    assert not is_clean(text)
    assert fault_in({"a": [1, {"b": text}]}) == "a.1.b"
    assert fault_in({text: 1}) == ""


@pytest.mark.parametrize("text", ["", "普通话", "two\r\n\tlines\v", "👨‍👩‍👧", "\x80\u2028"])
def test_what_people_type_and_paste_is_text(text: str) -> None:
    assert is_clean(text)


@pytest.mark.parametrize("number", [1 << 63, -(1 << 63) - 1, 10**4000, float("inf"), float("nan")])
def test_numbers_that_fit_no_column_are_refused(number: float) -> None:
    assert fault_in({"a": number}) == "a"
    assert fault_in({"a": (1 << 63) - 1, "b": 1.5, "c": None, "d": True}) is None


def test_nesting_has_a_bound() -> None:
    nested: Any = 1
    for _ in range(40):
        nested = [nested]
    assert fault_in(nested)


@given(
    st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(), st.lists, max_leaves=20)
)
def test_any_value_is_looked_at_without_error(value: Any) -> None:
    fault_in(value)


async def _raw(port: int, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    async with asyncio.timeout(10):
        answer = await reader.read()
    writer.close()
    return answer


TARGETS = [
    b"/" + b"a" * 300,
    b"/" + b"a/" * 3000,
    b"/assets/" + b"%C0%80" * 100,
    b"/%00",
    b"/%ED%A0%80",
    b"/\xff\xfe",
    b"/api/calls/%00",
    b"/api/items?query=%00",
    b"/api/items?%00=1",
    b"/api/recordings/%C0%AF..%C0%AF",
    b"/api/stills/%ED%BF%BF?user=a&exp=1&sig=%00",
    b"/api/media/%00.mp4?user=a&exp=1&sig=%FF",
    b"/api/media/..%2f..%2fetc%2fpasswd?user=a&exp=1&sig=a",
    b"/..%2f..%2fetc%2fpasswd",
    b"/healthz?a=%00",
    b"/socket.io/?EIO=4&transport=websocket&sid=%00",
    b"http://[::1/",
    b"//",
    b"*",
]
HEADERS = ["Authorization", "Cookie", "Accept-Language", "X-Forwarded-For", "Range", "Host", "If-None-Match"]
VALUES = [b"Bearer \xff\xfe", b"bb_refresh_aaaaaaaa=\xed\xa0\x80", b"x" * 7000, b"bytes=\xd9\xa3-", b"\x01"]


async def test_no_address_and_no_header_makes_the_server_fail(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_house(tmp_path, trusted_proxies=("127.0.0.1",)) as house:
        port = int(house.url("/").rsplit(":", 1)[1].strip("/"))
        for target in TARGETS:
            lines = b" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
            _holds(await _raw(port, b"GET " + target + lines), target)
        for name, value in product(HEADERS, VALUES):
            said = {"Host": b"a", "Connection": b"close"} | {name: value}
            head = b"".join(key.encode() + b": " + one + b"\r\n" for key, one in said.items())
            for path in (b"/api/items/all", b"/", b"/api/media/a.mp4?user=a&exp=1&sig=a", b"/metrics"):
                answer = await _raw(port, b"GET " + path + b" HTTP/1.1\r\n" + head + b"\r\n")
                _holds(answer, (name, value, path))
        assert not [record for record in caplog.records if record.name.startswith("signaling")]


def _holds(answer: bytes, asked: object) -> None:
    assert int(answer.split(b" ", 2)[1]) in (200, 400, 401, 403, 404, 416), (asked, answer[:200])
    assert b"root:" not in answer


def _in_a_body(value: str) -> str:
    return f'["call.end",{{"command_id":"12345678","body":{{"call_id":{value}}}}}]'


UNREADABLE = {
    "a huge integer": _in_a_body("9" * 5000),
    "a large integer": _in_a_body("9" * 40),
    "a surrogate": _in_a_body(r'"\ud800"'),
    "a NUL": _in_a_body(r'"\u0000"'),
    "no number": _in_a_body("NaN"),
    "infinity": _in_a_body("1e999"),
    "deep nesting": _in_a_body("[" * 20_000 + "]" * 20_000),
    "nesting": _in_a_body("[" * 60 + "]" * 60),
    "half a frame": '["call.end",{"command_id":',
    "an attachment": '["call.end",{"_placeholder":true,"num":7}]',
}


async def _ack(person: Person, frame: str, number: int) -> Json:
    """Send a frame as it is; return what is acknowledged to its number."""
    answered: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
    person.socket.callbacks.setdefault("/", {})[number] = answered.set_result
    await person.socket.eio.send(frame)
    async with asyncio.timeout(10):
        return await answered


async def test_what_cannot_be_read_is_refused_where_it_asks_for_an_answer(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        clerk, specialist, call = await connected(house)
        for number, (what, rest) in enumerate(UNREADABLE.items(), start=9000):
            kind = "51-" if what == "an attachment" else "2"
            ack = await _ack(clerk, f"{kind}{number}{rest}", number)
            assert (ack["ok"], ack["error"]["code"]) == (False, "malformed"), what
            assert ack["error"]["sentence"]
        await clerk.socket.eio.send(b"\x00\x01")
        await clerk.do("chat.send", call_id=call["call_id"], text="还在")
        await specialist.expect("chat.added")
        assert not clerk.gone.is_set()


FRAMES = ["44{}", "4", "49", "42[", "40" + "[" * 5000, "451-[", "4\ufffd", "411", "43[1]"]


async def test_who_says_nothing_readable_before_who_they_are_is_cut(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house, ClientSession() as http:
        clerk = await house.demo("clerk")
        for frame in FRAMES:
            socket = await http.ws_connect(house.url("/socket.io/?EIO=4&transport=websocket"))
            await socket.receive()
            await socket.send_str(frame)
            async with asyncio.timeout(10):
                while (await socket.receive()).type is WSMsgType.TEXT:
                    pass
        assert await clerk.ask("GET", "/api/items/all")


async def test_unreadable_frames_leave_nothing_in_the_log_and_cut_who_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_house(tmp_path) as house:
        clerk = await house.demo("clerk")
        caplog.clear()
        async with asyncio.timeout(20):
            while not clerk.gone.is_set():
                for _ in range(50):
                    await clerk.socket.eio.send("4{}")
                await asyncio.sleep(0)
        assert not [record for record in caplog.records if record.levelname == "ERROR"]
        assert len(caplog.text) < 10_000


def test_a_command_that_repeats_its_fault_says_where() -> None:
    assert fault_in(json.loads('{"body":{"text":"\\ud800"}}')) == "body.text"
