"""Firefox with mediasoup-client through the real media process, alone and with Chromium."""

from typing import Any

import pytest
from playwright.async_api import Browser

from rtc_server.net.addresses import local_addresses
from tests.rtc_server.media.stage import Actor, Stage, media_process


async def see_and_hear(listener: Actor, speaker: Actor, codec: str) -> None:
    picture = await listener.consume(await speaker.produce("video", codec=codec))
    sound = await listener.consume(await speaker.produce("audio"))
    await listener.more_frames(picture, seconds=30)
    await listener.until("consumerStats", sound, lambda stats: stats.get("packetsReceived", 0) > 50)


@pytest.mark.parametrize("codec", ["video/VP8", "video/VP9"])
async def test_firefox_and_chromium_see_and_hear_each_other(
    stage: Stage, browser: Browser, firefox: Any, origin: str, codec: str
) -> None:
    async with firefox() as fox:
        alice = await stage.enter(fox, origin, "alice")
        bob = await stage.enter(browser, origin, "bob")
        await see_and_hear(bob, alice, codec)
        await see_and_hear(alice, bob, codec)
        assert (await alice.stats("send"))["lossIn"] < 0.01


async def test_firefox_decodes_the_h264_of_chromium(
    stage: Stage, browser: Browser, firefox: Any, origin: str
) -> None:
    """Its own H264 encoder is a plug-in that a fresh profile would have to download."""
    async with firefox() as fox:
        alice = await stage.enter(fox, origin, "alice")
        bob = await stage.enter(browser, origin, "bob")
        await see_and_hear(alice, bob, "video/H264")


async def test_without_the_loopback_preference_an_outside_address_is_used(firefox: Any, origin: str) -> None:
    addresses = [address for address in local_addresses(loopback=False) if ":" not in address]
    async with media_process(listen_addresses=addresses) as client, firefox(loopback=False) as fox:
        stage = Stage(client)
        await stage.open()
        alice = await stage.enter(fox, origin, "alice")
        bob = await stage.enter(fox, origin, "bob")
        await see_and_hear(bob, alice, "video/VP8")
