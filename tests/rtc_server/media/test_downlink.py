"""Chromium and Firefox tell how their lines are, and count padding that is sent to find out."""

from typing import Any

import pytest
from playwright.async_api import Browser

from tests.rtc_server.media.stage import Actor, Stage, media_process

WANTED = 3_000_000


async def watch(listener: Actor, speaker: Actor) -> str:
    picture = await listener.consume(await speaker.produce("video", width=320, height=240))
    await listener.more_frames(picture, seconds=30)
    return picture


async def until_told(listener: Actor, picture: str, wanted: Any) -> dict[str, Any]:
    """Look with every picture that comes until the downlink is as wanted."""
    for _ in range(200):
        stats = await listener.stats("recv")
        told: dict[str, Any] = stats["downlink"]
        if wanted(told):
            assert "bad_feedback" not in stats["drops"], "a browser is never refused"
            return told
        await listener.more_frames(picture, 2)
    raise AssertionError(f"the downlink stayed {told}")


@pytest.mark.parametrize("browser_name", ["chromium", "firefox"])
async def test_a_browser_says_what_arrives_and_its_padding_raises_the_estimate(
    browser: Browser, firefox: Any, origin: str, browser_name: str
) -> None:
    async with media_process(wanted_downlink_bps=WANTED) as client, firefox() as fox:
        stage = Stage(client)
        await stage.open()
        alice = await stage.enter(browser, origin, "alice")
        bob = await stage.enter(browser if browser_name == "chromium" else fox, origin, "bob")
        picture = await watch(bob, alice)
        told = await until_told(
            bob, picture, lambda told: told["estimateBps"] > 3 * (told["acknowledgedBps"] or WANTED)
        )
        assert told["probes"] > 0
        assert told["estimateBps"] <= WANTED
        assert told["rttMs"] < 1000
        before = await bob.frames(picture)
        await bob.more_frames(picture)
        assert await bob.frames(picture) > before, "padding disturbs no picture"


async def test_nothing_is_padded_while_nobody_wants_more(stage: Stage, browser: Browser, origin: str) -> None:
    alice = await stage.enter(browser, origin, "alice")
    bob = await stage.enter(browser, origin, "bob")
    picture = await watch(bob, alice)
    told = await until_told(bob, picture, lambda told: told["state"] != "unknown" and told["acknowledgedBps"])
    assert told["probes"] == 0
    received = await bob.call("consumerStats", picture)
    assert received.get("retransmittedPacketsReceived", 0) == 0
