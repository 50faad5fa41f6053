"""Six people in one call, looked at: the counter's page and the replay in Chromium, against the whole server.

Whoever is not at the counter is a client without a page; each of them sends a grey of their own.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import combinations
from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import Page, expect

from signaling.domain.members import Part
from signaling.domain.subject import Subject
from tests.browser.languages import ALL_WORDS
from tests.rtc_server.media.stage import chromium
from tests.signaling.live.attendee import Attendee, Shade, Tone
from tests.signaling.live.test_four_people import house_with_media, mux
from tests.signaling.web.house import ITEM, House, Json, Person
from tests.support.until import until_async

pytestmark = pytest.mark.system("chromium")

SHOTS: Final = Path(__file__).resolve().parents[3] / "var" / "screenshots"
SIZES: Final = ((1366, 768), (1920, 1080), (390, 844))
CONSULTANTS: Final = ("hezhiqiang", "mulan", "yangxueqin")
MONITOR: Final = "zhaojun"
SHADES: Final = {"liming": 60, "hezhiqiang": 110, "mulan": 160, "yangxueqin": 210}
PATIENCE_MS: Final = 20_000

THUMBS: Final = '[data-testid^="thumb-"]:not([data-testid="thumb-muted"])'
REPLAY_TILES: Final = '[data-testid^="replay-tile-"]'

BOXES: Final = """selector => Object.fromEntries([...document.querySelectorAll(selector)].map(one => {
  const box = one.getBoundingClientRect();
  return [one.dataset.testid, [box.left, box.top, box.right, box.bottom].map(Math.round)];
}))"""

REACHABLE: Final = """selector => [...document.querySelectorAll(selector)].filter(one => {
  one.scrollIntoView({block: "nearest", inline: "nearest"});
  const box = one.getBoundingClientRect();
  const at = document.elementFromPoint((box.left + box.right) / 2, (box.top + box.bottom) / 2);
  return !one.contains(at);
}).map(one => one.dataset.testid)"""
"""Those that a click on their middle does not reach, even after scrolling to them."""

SIDEWAYS: Final = """() => [document.scrollingElement, ...document.querySelectorAll("body *")]
  .filter(one => one.scrollWidth > one.clientWidth + 1
    && (one === document.scrollingElement || ["auto", "scroll"].includes(getComputedStyle(one).overflowX)))
  .map(one => one.dataset?.testid ?? one.className ?? one.tagName)"""

FRAMES: Final = """() => Object.fromEntries([
  ...document.querySelectorAll("[data-testid=stage] video")].map(one => [
  one.dataset.tile ?? one.closest("[data-testid]").dataset.testid.replace("thumb-", ""),
  one.getVideoPlaybackQuality().totalVideoFrames]))"""

PAINTED: Final = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"

CUT_OFF: Final = """selector => [...document.querySelectorAll(selector)]
  .filter(one => one.scrollWidth > one.clientWidth).map(one => one.textContent)"""

LABELS: Final = '[data-testid="replay-timeline"] .labels .row'

PLAYED: Final = """() => Object.fromEntries([...document.querySelectorAll('[data-testid^="replay-video-"]')]
  .filter(one => !one.paused && one.currentTime > 0)
  .map(one => [one.dataset.testid.replace("replay-video-", ""), one.currentTime]))"""

SHADE: Final = """key => {
  const video = document.querySelector(`[data-tile="${key}"], [data-testid="thumb-${key}"] video`);
  const canvas = Object.assign(document.createElement("canvas"), {width: 8, height: 8});
  const pen = canvas.getContext("2d");
  pen.drawImage(video, 0, 0, 8, 8);
  return pen.getImageData(4, 4, 1, 1).data[0];
}"""


class Round:
    """The call, its page at the counter, and who else sits in it."""

    def __init__(self, house: House, page: Page, call_id: str) -> None:
        self.house = house
        self.page = page
        self.call_id = call_id
        self.people: dict[str, Person] = {}
        self.seats: dict[str, Attendee] = {}
        self.keys: dict[str, str] = {}
        """Of everybody's face."""

    async def seat(self, username: str, part: Part, by: str) -> None:
        """Give somebody a place through the service, as no button does, and let them join and send."""
        person = self.people[username] = await self.house.signed_in(username)
        services = self.house.running.services
        asks = services.directory.current.staff(self.people[by].staff_id)
        actor = services.accounts.actor(asks, None, "127.0.0.1")
        await services.session.seat(actor, self.call_id, Subject.of_staff(person.staff_id), part)
        await self.enter(username)

    async def enter(self, username: str) -> None:
        """Join, and send a tone and a grey; the monitor may send nothing."""
        seat = self.seats[username] = Attendee(self.people[username], self.call_id)
        self.keys[username] = f"camera-{(await seat.join())['participant_id']}"
        if username != MONITOR:
            await seat.send(Tone(500))
            await seat.send(Shade(SHADES[username]))

    async def drop(self, username: str) -> None:
        """Lose somebody's connection."""
        await self.people[username].socket.disconnect()
        await self.seats.pop(username).close()

    async def enter_again(self, username: str) -> None:
        """Connect and join as a page does by itself."""
        await self.people[username].connect()
        await self.enter(username)

    async def says(self, test_id: str, words: str) -> None:
        """Wait until a small picture has words in it."""
        await expect(self.page.get_by_test_id(test_id)).to_contain_text(words, timeout=PATIENCE_MS)

    async def leave(self, username: str) -> None:
        """Let somebody give their place up."""
        services = self.house.running.services
        person = services.directory.current.staff(self.people[username].staff_id)
        await services.session.leave(services.accounts.actor(person, None, "127.0.0.1"), self.call_id)
        await self.seats.pop(username).close()

    async def present(self) -> list[Part]:
        """Return the part of everybody who has a place."""
        call = await self.house.running.ports.calls.load(self.call_id)
        assert call is not None
        return [member.part for member in call.present]

    async def close(self) -> None:
        for seat in self.seats.values():
            await seat.close()

    async def shows(self, *usernames: str) -> None:
        """Wait until the page decodes and paints the grey of each."""
        for username in usernames:
            key = self.keys[username]
            await until_async(
                lambda key=key, grey=SHADES[username]: self._paints(key, grey),  # type: ignore[misc]
                what=f"the picture of {username}",
                patience_s=20,
            )

    async def _paints(self, key: str, grey: int) -> bool:
        if not (await self.page.evaluate(FRAMES)).get(key):
            return False
        return bool(abs(await self.page.evaluate(SHADE, key) - grey) < 20)

    async def places(self) -> dict[str, list[int]]:
        """Return the rectangle of every small picture."""
        return dict(await self.page.evaluate(BOXES, THUMBS))


@asynccontextmanager
async def at_the_counter(folder: Path) -> AsyncIterator[Round]:
    """A recorded call of a clerk with a page and a specialist without."""
    async with AsyncExitStack() as stack:
        house = await stack.enter_async_context(house_with_media(folder))
        browser = await stack.enter_async_context(chromium())
        specialist = await house.signed_in("liming")
        await specialist.do("presence.set", state="available", sound_unlocked=True)
        context = await browser.new_context(
            viewport={"width": 1366, "height": 768},
            locale="zh-CN",
            permissions=["camera", "microphone", "notifications"],
        )
        page = await context.new_page()
        await page.goto(house.url("/enter?role=clerk").replace("127.0.0.1", "localhost"))
        await page.get_by_test_id("item-search-input").fill("爹在昆明住院,钱是自己垫的", timeout=PATIENCE_MS)
        await page.get_by_test_id(f"item-hit-{ITEM}").click()
        for button in ("start-call", "consent-by-self", "consent-agree"):
            await page.get_by_test_id(button).click()
        ring = (await specialist.expect("offer.made"))["offer"]
        await specialist.do("offer.accept", call_id=ring["call_id"], offer_id=ring["offer_id"])
        table = Round(house, page, ring["call_id"])
        stack.push_async_callback(table.close)
        table.people["liming"] = specialist
        await table.enter("liming")
        await table.shows("liming")
        yield table


def moved(before: dict[str, list[int]], after: dict[str, list[int]]) -> dict[str, object]:
    """Return where each of the earlier places was and is, of those that did not stay."""
    return {key: (box, after.get(key)) for key, box in before.items() if after.get(key) != box}


async def is_tidy(page: Page, selector: str, where: str) -> None:
    """Nothing overlaps, nothing is cut off, nothing has to be scrolled sideways."""
    boxes: dict[str, list[int]] = await page.evaluate(BOXES, selector)
    for (one, a), (other, b) in combinations(boxes.items(), 2):
        apart = a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
        assert apart, f"{one} {a} overlaps {other} {b} {where}"
    for name, (left, top, right, bottom) in boxes.items():
        assert min(right - left, bottom - top) >= 44, f"{name} is too small to hit {where}"
    assert await page.evaluate(REACHABLE, selector) == [], where
    assert await page.evaluate(SIDEWAYS) == [], where


async def each_size(page: Page, selector: str, name: str) -> AsyncIterator[int]:
    """Go through the sizes, look whether it is tidy, and keep a picture of each."""
    for width, height in SIZES:
        await page.set_viewport_size({"width": width, "height": height})
        await page.evaluate(PAINTED)
        await is_tidy(page, selector, f"{name} at {width}×{height}")
        await page.screenshot(path=SHOTS / f"{name}-{width}.png")
        yield width


async def test_six_people_have_a_place_each_and_keep_it(tmp_path: Path) -> None:
    first, second, third = CONSULTANTS
    async with at_the_counter(tmp_path) as table:
        page = table.page
        two = await table.places()
        assert await page.get_by_text("主办专家").count() == 0, "two people need no words for who is who"
        await table.seat(first, Part.CONSULTANT, by="liming")
        await table.seat(MONITOR, Part.MONITOR, by=MONITOR)
        await table.seat(second, Part.CONSULTANT, by="liming")
        await table.shows("liming", first, second)
        four = await table.places()
        assert moved(two, four) == {}, "newcomers moved somebody"
        assert len(four) == len(two) + 2

        await table.drop(first)
        await table.says(first_place := f"thumb-{table.keys[first]}", "重连中")
        assert await table.places() == four, "somebody who dropped moved somebody"
        await table.enter_again(first)
        await table.shows("liming", first, second)
        assert await table.places() == four, "somebody who came back moved somebody"

        await table.leave(first)
        await table.says(first_place, "已离开")
        await page.screenshot(path=SHOTS / "six-left.png")
        assert await table.places() == four, "somebody who left moved somebody"
        await table.seat(third, Part.CONSULTANT, by="liming")
        await table.shows("liming", second, third)
        places = await table.places()
        assert sorted(places.values()) == sorted(four.values())
        assert places[f"thumb-{table.keys[third]}"] == four[first_place], (
            "the newcomer has not taken the free place"
        )
        await table.seat(first, Part.CONSULTANT, by="liming")
        await table.shows("liming", first, second, third)
        assert moved(places, await table.places()) == {}, "who came again moved somebody"

        await page.get_by_test_id("bar-share").click()
        for bar in ("bar-document-camera", "bar-share"):
            await expect(page.get_by_test_id(bar)).to_have_attribute(
                "aria-pressed", "true", timeout=PATIENCE_MS
            )
        own = {f"{track}-clerk" for track in ("camera", "document_camera", "desktop")}
        seen = own | {table.keys[username] for username in ("liming", *CONSULTANTS)}

        await until_async(lambda: decodes(page, seen), what="a picture of each, and no other", patience_s=20)
        assert len(await table.present()) == 6
        words = "".join(await page.evaluate(ALL_WORDS))
        assert not [told for told in ("赵军", "监督") if told in words]
        assert "monitor" not in "".join(await table.places())
        async for width in each_size(page, THUMBS, "six"):
            assert await page.evaluate(CUT_OFF, THUMBS + " :is(.name, .part)") == [], width
            assert await page.get_by_text("会诊专家").count() >= 3
        await page.get_by_test_id("column-right").click()
        await page.screenshot(path=SHOTS / "six-people-390.png")
        await page.get_by_test_id("column-centre").click()
        await page.set_viewport_size({"width": 1366, "height": 768})
        await page.get_by_test_id("language-switch").click()
        async for _ in each_size(page, THUMBS, "six-english"):
            assert await page.get_by_text("Consultant").count() >= 3

        await the_specialist_sees_them_too(table)
        await over(table)
        await is_replayed(table)


async def the_specialist_sees_them_too(table: Round) -> None:
    """Their page takes their place over and shows everybody, the counter's three pictures and no monitor."""
    page = await another_page(table, "specialist")
    seen = {"camera-clerk", "document_camera-clerk", "desktop-clerk", table.keys["liming"]}
    await until_async(
        lambda: decodes(page, seen | {table.keys[username] for username in CONSULTANTS}),
        what="everybody on the specialist's page",
        patience_s=60,
    )
    assert "赵军" not in "".join(await page.evaluate(ALL_WORDS))
    async for width in each_size(page, THUMBS, "six-specialist"):
        assert await page.evaluate(CUT_OFF, THUMBS + " :is(.name, .part)") == [], width


async def decodes(page: Page, keys: set[str]) -> bool:
    """True when the page shows moving pictures of just these."""
    frames: dict[str, int] = await page.evaluate(FRAMES)
    return {key for key, count in frames.items() if count} == keys


async def another_page(table: Round, role: str) -> Page:
    """Open the console of another demo person."""
    browser = table.page.context.browser
    assert browser is not None
    context = await browser.new_context(
        viewport={"width": 1366, "height": 768}, locale="zh-CN", permissions=["camera", "microphone"]
    )
    page = await context.new_page()
    await page.goto(table.house.url(f"/enter?role={role}").replace("127.0.0.1", "localhost"))
    return page


async def over(table: Round) -> None:
    specialist = table.people["liming"]
    await specialist.do("call.end", call_id=table.call_id)
    await specialist.do("call.result", call_id=table.call_id, kind="answered", item_codes=[ITEM])
    await mux(table.house, table.call_id)


async def is_replayed(table: Round) -> None:
    """Every lane of the recording is there to be seen, in step and none over another."""
    reviewer = await table.house.demo("reviewer", connect=False)
    page = await another_page(table, "reviewer")
    await page.locator('[data-testid^="review-row-"]').first.click(timeout=PATIENCE_MS)
    await expect(page.get_by_test_id("replay-toggle")).to_be_visible(timeout=PATIENCE_MS)
    assert await page.locator(REPLAY_TILES).count() >= 7
    async for width in each_size(page, REPLAY_TILES, "replay"):
        assert await page.evaluate(REACHABLE, LABELS) == [], width
        assert await page.get_by_text("会诊专家").count() >= 3
    tile = page.locator(REPLAY_TILES).nth(3)
    await tile.click()
    async for _ in each_size(page, REPLAY_TILES, "replay-large"):
        await expect(tile).to_have_attribute("aria-pressed", "true")
    await tile.click()
    await plays_in_step(page, await reviewer.ask("GET", f"/api/recordings/{table.call_id}"))


async def plays_in_step(page: Page, replay: Json) -> None:
    """From where all are there: the moments of the recording that the lanes show are one and the same."""
    begins = {lane["lane"]: lane["segments"][-1]["offset_ms"] / 1000 for lane in replay["lanes"]}
    together = max(begins.values()) + 0.5
    slider = page.get_by_test_id("replay-slider")
    box = await slider.bounding_box()
    assert box is not None
    share = together * 1000 / replay["duration_ms"]
    await slider.click(position={"x": box["width"] * share, "y": 10})
    await page.get_by_test_id("replay-toggle").click()

    async def in_step() -> bool:
        played = await page.evaluate(PLAYED)
        moments = [begins[lane] + at for lane, at in played.items()]
        return len(moments) == len(begins) and max(moments) - min(moments) < 0.15

    await until_async(in_step, what="all lanes in step", patience_s=20)
