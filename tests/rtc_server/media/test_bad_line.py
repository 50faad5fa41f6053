"""Chromium over a line that loses, delays and breaks."""

import asyncio

from playwright.async_api import Browser

from rtc_server.owner_events import (
    QualityLevel,
    TransportQualityChanged,
    TransportState,
    TransportStateChanged,
)
from tests.rtc_server.media.stage import Stage, spoiled_line
from tests.support.impairment import Impairment


async def test_three_percent_loss_both_ways_is_repaired(browser: Browser, origin: str) -> None:
    async with spoiled_line(seed=3) as (client, relay):
        stage = Stage(client)
        await stage.open()
        alice = await stage.enter(browser, origin, "alice")
        bob = await stage.enter(browser, origin, "bob")
        camera = await alice.produce("video", width=640, height=360)
        picture = await bob.consume(camera)
        await bob.more_frames(picture)
        before = await bob.call("consumerStats", picture)
        relay.uplink = relay.downlink = Impairment(loss=0.03, delay_ms=20)
        await bob.more_frames(picture, 150, seconds=30)
        after = await bob.call("consumerStats", picture)
        sending, receiving = await alice.stats("send"), await bob.stats("recv")
        assert sending["producers"][0]["nacksSent"] > 0
        assert sending["producers"][0]["repaired"] > 0
        assert receiving["consumers"][0]["resent"] > 0
        frozen = after["totalFreezesDuration"] - before["totalFreezesDuration"]
        assert frozen < 1.0, "of ten seconds"


async def test_outage_of_four_seconds_heals_by_itself(browser: Browser, origin: str) -> None:
    async with spoiled_line(seed=4) as (client, relay):
        stage = Stage(client)
        await stage.open()
        alice = await stage.enter(browser, origin, "alice")
        bob = await stage.enter(browser, origin, "bob")
        picture = await bob.consume(await alice.produce("video"))
        await bob.more_frames(picture)
        relay.uplink = relay.downlink = Impairment(loss=1.0)
        await asyncio.sleep(4)  # the outage itself, not a wait for something
        relay.uplink = relay.downlink = Impairment()
        await bob.more_frames(picture, 15, seconds=5)


async def test_ice_restart_recovers_a_failed_browser_without_a_new_handshake(
    browser: Browser, origin: str
) -> None:
    async with spoiled_line(seed=6) as (client, relay):
        stage = Stage(client)
        await stage.open()
        alice = await stage.enter(browser, origin, "alice")
        bob = await stage.enter(browser, origin, "bob")
        picture = await bob.consume(await alice.produce("video"))
        await bob.more_frames(picture)
        relay.uplink = relay.downlink = Impairment(loss=1.0)
        await alice.until("states", "", lambda states: "send:failed" in states, seconds=60)
        relay.uplink = relay.downlink = Impairment()
        await alice.restart_ice("send")
        await bob.restart_ice("recv")
        await bob.more_frames(picture, 15, seconds=10)
        assert (await alice.stats("send"))["state"] == "connected"


async def test_quality_is_told_when_the_line_is_bad(browser: Browser, origin: str) -> None:
    async with spoiled_line(seed=5) as (client, relay):
        stage = Stage(client)
        await stage.open()
        alice = await stage.enter(browser, origin, "alice")
        await alice.produce("audio")
        await stage.until_event(TransportStateChanged, lambda event: event.state is TransportState.CONNECTED)
        relay.uplink = Impairment(loss=0.3)
        told = await stage.until_event(TransportQualityChanged)
        assert told.level in (QualityLevel.WEAK, QualityLevel.BAD)
        assert told.loss_in > 0.02
        relay.uplink = Impairment()
        await stage.until_event(TransportQualityChanged, lambda event: event.level is QualityLevel.GOOD)
