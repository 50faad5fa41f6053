"""Pictures that come slowly: nothing is received from who may not send, and nobody holds all the places."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from signaling.web import uploads
from signaling.web.problems import Refused
from signaling.web.rest import mount, upload
from signaling.web.uploads import UploadPlaces
from tests.signaling.web.house import Person, open_house
from tests.signaling.web.test_story import connected

SAID = "width=640&height=480&sha256=" + "0" * 64


async def _drip(stop: asyncio.Event) -> AsyncIterator[bytes]:
    yield b"\xff\xd8\xff"
    await stop.wait()


async def _send_slowly(person: Person, call_id: str, stop: asyncio.Event, status: int) -> str:
    answer = await person.ask(
        "POST",
        f"/api/calls/{call_id}/stills?{SAID}",
        status=status,
        data=_drip(stop),
        headers={"Content-Type": "image/jpeg"},
    )
    return str(answer["error"]["code"])


async def test_who_is_not_of_the_call_is_refused_before_anything_is_received(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        clerk, _, call = await connected(house)
        outsider, stop = await house.signed_in("hexiaomei"), asyncio.Event()
        slow = [_send_slowly(outsider, call["call_id"], stop, 403) for _ in range(20)]
        async with asyncio.timeout(10):
            assert set(await asyncio.gather(*slow)) == {"not_in_call"}
        stop.set()
        assert await _send_slowly(clerk, call["call_id"], stop, 422) == "hash_mismatch"


async def test_a_person_holds_places_places_while_something_comes_and_no_longer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload, "SILENCE_S", 0.5)
    async with open_house(tmp_path) as house:
        clerk, _, call = await connected(house)
        stop = asyncio.Event()
        slow = [_send_slowly(clerk, call["call_id"], stop, 408) for _ in range(2)]
        assert set(await asyncio.gather(*slow)) == {"too_slow"}
        stop.set()
        assert await _send_slowly(clerk, call["call_id"], stop, 422) == "hash_mismatch"


async def test_places_are_for_all() -> None:
    places = UploadPlaces(3, 2)
    async with places.place("a"), places.place("a"):
        with pytest.raises(Refused, match="too_many"):
            async with places.place("a"):
                pass
        async with places.place("b"):
            pass
    async with places.place("a"):
        pass


async def test_a_place_that_does_not_get_free_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "_WAIT_S", 0.05)
    places = UploadPlaces(1, 2)
    async with places.place("a"):
        with pytest.raises(Refused, match="too_many"):
            async with places.place("b"):
                pass
    async with places.place("b"):
        pass


async def test_a_body_that_does_not_come_is_too_slow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mount, "BODY_S", 0.3)
    async with open_house(tmp_path) as house:
        nobody, stop = await house.somebody(), asyncio.Event()
        refused = await nobody.ask(
            "POST",
            "/api/auth/login",
            status=408,
            data=_drip(stop),
            headers={"Content-Type": "application/json"},
        )
        assert refused["error"]["code"] == "too_slow"
        stop.set()
