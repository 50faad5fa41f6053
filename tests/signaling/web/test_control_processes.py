"""Control across signalling processes over a real Redis: the page at one, the helper at the other."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from signaling.web.control import controlling as page_module
from tests.signaling.web.controlled import FakeHelper, Page, RealHelper, Scene, helper_of
from tests.signaling.web.house import House, open_house, request_body
from tests.signaling.web.house_apart import open_house_apart
from tests.signaling.web.test_redis_away import behind_a_relay
from tests.support.fake_media import FakeMedia
from tests.support.redis_server import OwnRedis
from web_client.helper.effects import Key, Press, Release
from web_client.helper.vocabulary import State
from web_client.helper.wire import (
    Acknowledge,
    Grant,
    KeyDown,
    KeyUp,
    PointerMove,
    Revoke,
    Status,
)

pytestmark = pytest.mark.system("redis-server")


@asynccontextmanager
async def apart(
    folder: Path, at_clerk: str, at_specialist: str, home: str, kind: type[FakeHelper] = FakeHelper
) -> AsyncIterator[Scene]:
    """The clerk and the helper at one process, the specialist at another; the call's home at either.

    Args:
        at_clerk, at_specialist: how each process reaches Redis.
        home: `helper` or `page`: whose process has the room.
    """
    media = FakeMedia()
    async with (
        open_house(folder, media=media, redis_url=at_clerk) as here,
        open_house(folder, media=media, redis_url=at_specialist) as there,
    ):
        one = await _in_call(here, there, home)
        code = await one.prepare()
        async with helper_of(here, one.clerk, code=code, kind=kind) as helper:
            one.helper = helper
            await one.at_counter()
            yield one


async def _in_call(here: House, there: House, home: str) -> Scene:
    specialist = await there.demo("specialist")
    await specialist.do("presence.set", state="available", sound_unlocked=True)
    clerk = await here.demo("clerk")
    call_id = (await clerk.do("call.request", **request_body()))["call_id"]
    ring = await specialist.expect("offer.made")
    await specialist.do("offer.accept", call_id=call_id, offer_id=ring["offer"]["offer_id"])
    await clerk.expect("call.changed", lambda told: told["state"] in ("connected", "reconnecting"))
    first, second = (clerk, specialist) if home == "helper" else (specialist, clerk)
    await first.do("call.join", call_id=call_id)
    await second.do("call.join", call_id=call_id)
    return Scene(there, clerk, specialist, call_id)


@pytest.mark.parametrize("home", ["helper", "page"])
async def test_what_is_done_at_one_process_happens_at_another(
    tmp_path: Path, redis_url: str, home: str
) -> None:
    async with apart(tmp_path, redis_url, redis_url, home) as one:
        control_id = await one.granted()
        async with one.page(control_id) as page:
            await page.hear(Status)
            told = await one.specialist.expect("control.changed", lambda told: told["control"]["scopes"])
            assert told["control"]["state"] == "granted"
            moves = [PointerMove(number / 100, 0.5, 1) for number in range(90)]
            await page.act(*moves, KeyDown("KeyA", "a"), KeyUp("KeyA", "a"))
            await one.helper.hear(KeyUp)
            assert one.helper.all(PointerMove) == moves
            await page.hear(Acknowledge)
            await one.clerk.do("control.extend", call_id=one.call_id, control_id=control_id, lasts_s=900.0)
            assert (await page.hear(Grant, past=1)).grant == f"{control_id}-2"
            await page.act(KeyDown("KeyB", "b"))
            await one.helper.hear(KeyDown, past=1)
            async with one.page(control_id) as second:
                assert await second.cut() == "second_page"
            await one.clerk.do("control.revoke", call_id=one.call_id, control_id=control_id)
            await one.helper.hear(Revoke, past=1)
            await page.hear(Revoke)
            assert await one.ended() == "revoked"
        async with one.page(await one.granted()) as page:
            await page.hear(Status)
            await page.socket.close()
            await one.helper.hear(Revoke, past=2)
            assert await one.ended() == "controller_lost"
        async with one.page(await one.granted()) as page:
            await page.hear(Status)
            await one.helper.socket.close()
            await page.hear(Revoke)
            assert await one.ended() == "helper_lost"


@pytest.mark.parametrize("home", ["helper", "page"])
async def test_a_frozen_redis_leaves_no_key_down(
    tmp_path: Path, own_redis: OwnRedis, monkeypatch: pytest.MonkeyPatch, home: str
) -> None:
    monkeypatch.setattr(page_module, "HELPER_SILENCE_S", 4.0)
    async with apart(tmp_path, own_redis.url, own_redis.url, home, RealHelper) as one:
        helper = one.helper
        assert isinstance(helper, RealHelper)
        async with one.page(await one.granted()) as page:
            await page.hear(Status)
            await page.act(KeyDown("KeyA", "a"))
            await page.hear(Acknowledge)
            assert helper.effects(Press) == [Press(Key("KeyA"))]
            own_redis.freeze()
            await page.cut()
            assert page.all(Revoke)
            assert helper.effects(Release) == [Release(Key("KeyA"))]
            own_redis.thaw()
        ends = [said["end"] for _, said in await one.logged("control.ended") if "end" in said]
        assert ends[0] in ("controller_lost", "helper_lost")


@pytest.mark.parametrize("lost", ["page", "helper"])
@pytest.mark.parametrize("home", ["helper", "page"])
async def test_a_process_that_is_gone_without_a_word_ends_it_for_the_other(
    tmp_path: Path, own_redis: OwnRedis, monkeypatch: pytest.MonkeyPatch, home: str, lost: str
) -> None:
    """To the one that lives, a process that was killed is one of which nothing comes any more."""
    monkeypatch.setattr(page_module, "HELPER_SILENCE_S", 4.0)
    async with behind_a_relay(own_redis) as (relay, url):
        at_clerk, at_specialist = (own_redis.url, url) if lost == "page" else (url, own_redis.url)
        async with apart(tmp_path, at_clerk, at_specialist, home, RealHelper) as one:
            helper = one.helper
            assert isinstance(helper, RealHelper)
            async with one.page(await one.granted()) as page:
                await page.hear(Status)
                await page.act(KeyDown("KeyA", "a"))
                await page.hear(Acknowledge)
                relay.stall()
                if lost == "page":
                    await helper.hear_of(State.REVOKED)
                    assert helper.effects(Release) == [Release(Key("KeyA"))]
                else:
                    await page.hear(Revoke)
                    await page.cut()
                relay.flow()
            ends = [said["end"] for _, said in await one.logged("control.ended") if "end" in said]
            assert ends[0] in ("controller_lost", "helper_lost")


@pytest.mark.parametrize("killed", ["page", "helper"])
async def test_a_process_that_is_killed_in_mid_keypress_leaves_no_key_down(
    tmp_path: Path, redis_url: str, killed: str
) -> None:
    """The page's process, or the helper's; the call's home is at the one that lives."""
    async with (
        open_house(tmp_path, redis_url=redis_url) as lives,
        open_house_apart(tmp_path, redis_url) as dies,
    ):
        at_clerk, at_specialist = (lives, dies) if killed == "page" else (dies, lives)
        one = await _in_call(at_clerk, at_specialist, "helper" if killed == "page" else "page")
        code = await one.prepare()
        async with helper_of(at_clerk, one.clerk, code=code, kind=RealHelper) as helper:
            await one.at_counter()
            async with one.page(await one.granted()) as page:
                await page.hear(Status)
                await page.act(KeyDown("KeyA", "a"))
                await page.hear(Acknowledge)
                assert helper.effects(Press) == [Press(Key("KeyA"))]
                dies.kill()
                if killed == "page":
                    await helper.hear_of(State.REVOKED)
                    assert helper.effects(Release) == [Release(Key("KeyA"))]
                else:  # the program lets go of everything when its connection ends
                    await helper.cut()
                    await page.hear(Revoke)
                    await page.cut()
        one.house = lives
        ends = [said["end"] for _, said in await one.logged("control.ended") if "end" in said]
        assert ends[0] in ("controller_lost", "helper_lost")


async def test_a_second_helper_with_the_same_key_at_another_process_takes_the_place(
    tmp_path: Path, redis_url: str
) -> None:
    async with apart(tmp_path, redis_url, redis_url, "helper") as one:
        control_id, key = await one.granted(), one.helper.key
        async with one.page(control_id) as page:
            await page.hear(Status)
            await _takes_the_place(one, page, key)


async def _takes_the_place(one: Scene, page: Page, key: str) -> None:
    async with helper_of(one.house, one.clerk, key=key) as second:
        await one.helper.hear(Revoke)
        await one.helper.cut()
        await page.hear(Revoke)
        assert await one.ended() == "helper_lost"
        assert not second.all(Grant)
