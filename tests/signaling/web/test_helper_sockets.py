"""Helpers of counter PCs at the real server: paired, known again, refused with a code, cut when let go."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

import pytest
from aiohttp import ClientWebSocketResponse, WSCloseCode, WSMsgType

from signaling.web.control import helpers as helper_sockets
from signaling.web.control import line, strangers
from tests.signaling.web.house import House, Person, open_house
from tests.support.until import until_async
from web_client.helper.envelope import Frame, parse, write
from web_client.helper.vocabulary import Refusal
from web_client.helper.wire import (
    DOWN,
    Geometry,
    Hello,
    Message,
    Monitor,
    Paired,
    Refused,
    Welcome,
)

COUNTER = "pc-1"
M = TypeVar("M", bound=Message)


class Helper:
    """A counter PC's end of the channel."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self._socket = socket
        self._number = 0

    async def say(self, message: Message, *, number: int | None = None) -> None:
        self._number = number or self._number + 1
        await self._socket.send_str(write(Frame("", self._number, message)))

    async def text(self, text: str) -> None:
        await self._socket.send_str(text)

    async def hear(self, kind: type[M]) -> M:
        """Return the next message, which must be of that kind."""
        message = parse(await self._socket.receive_str(timeout=10), DOWN).message
        assert isinstance(message, kind), message
        return message

    async def why_cut(self) -> str:
        """Return what the closing frame says."""
        closing = await self._socket.receive(timeout=10)
        assert (closing.type, closing.data) == (WSMsgType.CLOSE, WSCloseCode.POLICY_VIOLATION)
        return str(closing.extra)

    async def is_cut(self) -> bool:
        """Wait for the end of the connection."""
        return (await self._socket.receive(timeout=10)).type in (WSMsgType.CLOSE, WSMsgType.CLOSED)


def hello(*, key: str = "", code: str = "", version: str = "1.0") -> Hello:
    return Hello(version, "Linux", "DLJ-01", key, code)


@asynccontextmanager
async def helper(house: House, person: Person) -> AsyncIterator[Helper]:
    async with person.http.ws_connect(house.url("/helper")) as socket:
        yield Helper(socket)


async def code_of(clerk: Person) -> str:
    return str((await clerk.do("helper.code", counter=COUNTER))["code"])


async def test_a_helper_is_paired_and_known_again_by_its_key(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        clerk = await house.demo("clerk")
        async with helper(house, clerk) as one:
            await one.say(hello(code=await code_of(clerk)))
            key = (await one.hear(Paired)).key
            await one.hear(Welcome)
            told = await clerk.expect("helper.paired")
            assert (told["counter"], told["name"]) == (COUNTER, "DLJ-01")
            await one.say(Geometry(1, (Monitor("HDMI-1", 0, 0, 1920, 1080, "#ff0000"),)))
            await until_async(lambda: _is_here(house, True), what="the helper")
        await until_async(lambda: _is_here(house, False), what="its going")
        async with helper(house, clerk) as again:
            await again.say(hello(key=key))
            assert (await again.hear(Welcome)).minimum == helper_sockets.MINIMUM
            async with helper(house, clerk) as twice:
                await twice.say(hello(key=key))
                await twice.hear(Welcome)
                assert await again.is_cut(), "one PC has one connection"
                assert await _is_here(house, True)


async def _is_here(house: House, expected: bool) -> bool:
    return bool(house.running.services.control._pcs._here) is expected


async def test_the_clerks_page_knows_how_its_helper_stands_before_any_call(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        clerk = await house.demo("clerk")

        async def stands(paired: bool, here: bool) -> bool:
            found = await clerk.do("helper.stand", counter=COUNTER)
            return (found["paired"], found["here"]) == (paired, here)

        assert await stands(paired=False, here=False)
        async with helper(house, clerk) as one:
            await one.say(hello(code=await code_of(clerk)))
            await one.hear(Paired)
            await until_async(lambda: stands(paired=True, here=True), what="the helper")
            assert (await clerk.do("helper.stand", counter=COUNTER))["name"] == "DLJ-01"
            assert not (await clerk.do("helper.stand", counter="pc-2"))["paired"]
        await until_async(lambda: stands(paired=True, here=False), what="its going")


async def test_the_clerks_page_knows_that_its_helper_is_too_old(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        clerk = await house.demo("clerk")

        async def stands(here: bool, too_old: bool) -> bool:
            found = await clerk.do("helper.stand", counter=COUNTER)
            return (found["here"], found["too_old"]) == (here, too_old)

        async with helper(house, clerk) as one:
            await one.say(hello(code=await code_of(clerk)))
            key = (await one.hear(Paired)).key
        await until_async(lambda: stands(here=False, too_old=False), what="its going")
        async with helper(house, clerk) as old:
            await old.say(hello(key=key, version="0.9"))
            assert (await old.hear(Refused)).code is Refusal.TOO_OLD
        await until_async(lambda: stands(here=False, too_old=True), what="the old version")
        async with helper(house, clerk) as new:
            await new.say(hello(key=key))
            await new.hear(Welcome)
            await until_async(lambda: stands(here=True, too_old=False), what="the new version")
        await until_async(lambda: stands(here=False, too_old=False), what="its going")


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (hello(key="k" * 20), Refusal.UNKNOWN_DEVICE),
        (hello(code="000000"), Refusal.BAD_CODE),
        (hello(key="k" * 20, version="0.9"), Refusal.TOO_OLD),
    ],
)
async def test_who_is_not_known_is_told_why(tmp_path: Path, said: Hello, why: Refusal) -> None:
    async with open_house(tmp_path) as house, helper(house, await house.somebody()) as one:
        await one.say(said)
        assert (await one.hear(Refused)).code is why
        assert await one.is_cut()


async def test_what_is_no_message_ends_the_connection_with_a_code(tmp_path: Path) -> None:
    spoilt = {
        "{": Refusal.MALFORMED,
        "[]": Refusal.MALFORMED,
        write(Frame("", 2, hello(key="k" * 20))): Refusal.OUT_OF_ORDER,
        write(Frame("", 1, hello(key="k" * 20))).replace('"v":1', '"v":2'): Refusal.UNKNOWN_VERSION,
        write(Frame("", 1, hello(key="k" * 20))).replace('"hi"', '"rm"'): Refusal.UNKNOWN_TYPE,
        write(Frame("", 1, hello(key="k" * 20))).replace("1.0", "../x"): Refusal.BAD_FIELD,
        write(Frame("", 1, Geometry(1, ()))): Refusal.MALFORMED,
    }
    async with open_house(tmp_path) as house:
        nobody = await house.somebody()
        for text, why in spoilt.items():
            async with helper(house, nobody) as one:
                await one.text(text)
                assert await one.why_cut() == why.value, text


async def test_who_says_nothing_or_sends_too_much_is_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(strangers, "HELLO_S", 0.2)
    async with open_house(tmp_path) as house:
        nobody = await house.somebody()
        async with helper(house, nobody) as one:
            assert await one.is_cut()
        async with helper(house, nobody) as one:
            await one.text("x" * 200_000)
            assert await one.is_cut()


async def test_a_helper_that_is_let_go_is_told_and_cut(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        clerk = await house.demo("clerk")
        async with helper(house, clerk) as one:
            await one.say(hello(code=await code_of(clerk)))
            await one.hear(Paired)
            await one.hear(Welcome)
            helpers = house.running.services.helpers
            admin = house.running.services.directory.current.staff_named("admin")
            assert admin is not None
            actor = house.running.services.accounts.actor(admin, None, "127.0.0.1")
            assert await helpers.revoke(actor, "point-dulongjiang") == 1
            assert (await one.hear(Refused)).code is Refusal.UNKNOWN_DEVICE
            assert await one.is_cut()


async def test_a_helper_that_answers_nothing_any_more_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its machine was switched off: nothing comes, and nothing says so."""
    monkeypatch.setattr(helper_sockets, "ANNOUNCE_S", 0.05)
    monkeypatch.setattr(line, "SILENCE_S", 0.3)
    async with open_house(tmp_path) as house:
        clerk = await house.demo("clerk")
        async with clerk.http.ws_connect(house.url("/helper"), autoping=False) as socket:
            one = Helper(socket)
            await one.say(hello(code=await code_of(clerk)))
            await one.hear(Paired)
            await one.hear(Welcome)
            await until_async(lambda: _is_here(house, True), what="the helper")
            await until_async(lambda: _is_here(house, False), what="its end")
