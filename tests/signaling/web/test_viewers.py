"""An address of a recording or still works for whom it was made, in their browser, while signed in."""

import asyncio
import hashlib
from collections import Counter
from pathlib import Path

from aiohttp import ClientSession, CookieJar

from tests.signaling.web.house import House, Json, Person, open_house
from tests.signaling.web.test_image import jpeg
from tests.signaling.web.test_recordings import FILM, recorded
from tests.signaling.web.test_story import connected


async def film(house: House, folder: Path) -> tuple[Person, str]:
    """Return a reviewer, and an address of a recorded file that was made for them."""
    reviewer, replay = await recorded(house, folder)
    return reviewer, replay["lanes"][0]["segments"][0]["url"]


async def still(person: Person, call_id: str) -> Json:
    """Let somebody take a still; return how it is shown to them."""
    picture = jpeg(40, 30)
    query = {"width": "40", "height": "30", "sha256": hashlib.sha256(picture).hexdigest()}
    headers = {"Authorization": f"Bearer {person.session['access_token']}"}
    url = person._house.url(f"/api/calls/{call_id}/stills")
    async with person.http.post(url, params=query, data=picture, headers=headers) as answer:
        assert answer.status == 200, await answer.text()
        shown: Json = await answer.json()
        return shown


async def fetched(house: House, http: ClientSession, url: str, **headers: str) -> tuple[int, bytes]:
    async with http.get(house.url(url), headers=headers) as answer:
        return answer.status, await answer.read()


async def test_a_copied_address_is_of_no_use_in_another_browser(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        reviewer, url = await film(house, tmp_path)
        assert await fetched(house, reviewer.http, url) == (200, FILM)
        async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as thief:
            assert (await fetched(house, thief, url))[0] == 403
        other = await house.demo("supervisor", connect=False)
        assert (await fetched(house, other.http, url))[0] == 403
        cookies = {one.key: one["httponly"] for one in reviewer.http.cookie_jar}
        assert cookies["bb_browser"], "no script may read it"


async def test_an_address_ends_with_the_sign_in_it_was_made_in(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        reviewer, url = await film(house, tmp_path)
        await reviewer.ask("POST", "/api/auth/logout", {"tab": reviewer.tab})
        for headers in ({}, {"Range": "bytes=0-9"}):
            assert (await fetched(house, reviewer.http, url, **headers))[0] == 401


async def test_an_address_ends_when_its_person_is_disabled(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        reviewer, url = await film(house, tmp_path)
        admin = await house.signed_in("admin")
        await admin.ask("PATCH", f"/api/staff/{reviewer.staff_id}", {"enabled": False})
        assert (await fetched(house, reviewer.http, url))[0] == 401


async def test_a_viewing_is_written_down_once_however_many_parts_it_has(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        reviewer, url = await film(house, tmp_path)
        parts = [{"Range": f"bytes={start}-{start + 9}"} for start in range(0, 200, 10)]
        found = await asyncio.gather(*(fetched(house, reviewer.http, url, **part) for part in parts))
        assert {status for status, _ in found} == {206}
        [played] = [entry for entry in await house.audited() if entry.act == "recording.played"]
        assert (played.subject, played.object) == (reviewer.staff_id, url.split("/")[3])


async def test_a_look_at_a_still_is_written_down_and_bound_alike(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        clerk, specialist, call = await connected(house)
        taken = await still(clerk, call["call_id"])
        assert (await fetched(house, clerk.http, taken["url"]))[0] == 200
        told = (await specialist.expect("still.added"))["still"]
        assert told["url"] != taken["url"], "everybody has an address of their own"
        assert (await fetched(house, specialist.http, told["url"]))[0] == 200
        async with ClientSession() as thief:
            assert (await fetched(house, thief, taken["url"]))[0] == 403
        looks = Counter(entry.subject for entry in await house.audited() if entry.act == "still.viewed")
        assert looks == {clerk.staff_id: 1, specialist.staff_id: 1}
        await clerk.ask("POST", "/api/auth/logout", {"tab": clerk.tab})
        assert (await fetched(house, clerk.http, taken["url"]))[0] == 401
