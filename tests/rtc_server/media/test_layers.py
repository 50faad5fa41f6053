"""One camera in Chromium's encodings, and what a good and a thin line get of it."""

from typing import Any

import pytest
from playwright.async_api import Browser

from rtc_server.owner_events import ConsumerLayerChanged, LayerLimit
from tests.rtc_server.media.stage import Actor, Stage
from tests.support.impairment import CLEAN, Impairment
from tests.support.udp_relay import UdpRelay

LOW, WHOLE = 180, 360
DELAY_MS = 30
FREEZE_S = 1.0
"""Until the line is known to be thin, its queue is empty and the other key frame has passed."""
STALL_S = 0.3
"""What a busy machine may add."""


def encodings(codec: str) -> list[dict[str, Any]]:
    """Return what the product sends of a camera of 640×360."""
    every = {"maxFramerate": 15, "scalabilityMode": "L1T2" if codec == "video/VP8" else "L1T1"}
    return [
        {"scaleResolutionDownBy": 2, "maxBitrate": 150_000, **every},
        {"scaleResolutionDownBy": 1, "maxBitrate": 400_000, **every},
    ]


async def shows(actor: Actor, picture: str, height: int, *, seconds: float = 30) -> None:
    """Wait until pictures of this height are decoded."""
    await actor.until(
        "consumerStats", picture, lambda stats: stats.get("frameHeight") == height, seconds=seconds
    )


async def gets(actor: Actor, picture: str, layer: int) -> None:
    """Look with every picture until the server says that this encoding is forwarded."""
    for _ in range(100):
        if (await actor.stats("recv"))["consumers"][0]["layer"] == layer:
            return
        await actor.more_frames(picture, 1)
    raise AssertionError(f"never encoding {layer}")


async def frozen_s(actor: Actor, picture: str) -> float:
    stats = await actor.call("consumerStats", picture)
    return float(stats.get("totalFreezesDuration", 0.0))


async def rates(sender: Actor) -> list[float]:
    """Return what its encodings cost, in bit/s, the lowest first."""
    [sent] = (await sender.stats("send"))["producers"]
    return [layer["bps"] for layer in sent["layers"]]


@pytest.mark.parametrize("codec", ["video/VP8", "video/H264"])
async def test_a_thin_line_gets_the_low_encoding_and_a_good_one_the_best(
    stage: Stage, browser: Browser, origin: str, codec: str
) -> None:
    stats = await stage.client.request("stats")
    async with UdpRelay(("127.0.0.1", stats["sockets"][0]["port"]), seed=8) as line:
        alice = await stage.enter(browser, origin, "alice")
        good = await stage.enter(browser, origin, "good")
        thin = await stage.enter(browser, origin, "thin", relay=line)
        camera = await alice.produce("video", codec=codec, encodings=encodings(codec))
        on_good, on_thin = await good.consume(camera), await thin.consume(camera)
        for viewer, picture in ((good, on_good), (thin, on_thin)):
            await shows(viewer, picture, WHOLE)
            await viewer.more_frames(picture, 60)
        low_bps, whole_bps = await rates(alice)
        before = await frozen_s(thin, on_thin), await frozen_s(good, on_good)
        line.downlink = Impairment(rate_bps=(low_bps + whole_bps) / 2, delay_ms=DELAY_MS)
        await shows(thin, on_thin, LOW)
        await thin.more_frames(on_thin, 60)
        told = await stage.until_event(
            ConsumerLayerChanged, lambda event: event.limited_by is LayerLimit.LINE
        )
        assert (told.transport_id, told.layers) == ("thin-recv", 2)
        await gets(thin, on_thin, 0)
        down = await frozen_s(thin, on_thin) - before[0]
        line.downlink = CLEAN
        await shows(thin, on_thin, WHOLE, seconds=60)
        await thin.more_frames(on_thin, 30)
        await stage.client.request("consumer.view", {"consumerId": on_thin, "height": 1})
        await shows(thin, on_thin, LOW)
        after = await frozen_s(thin, on_thin) - before[0]
        assert down < FREEZE_S
        assert after - down < STALL_S, "neither the rise nor a choice of the viewer's freezes"
        assert await frozen_s(good, on_good) - before[1] < STALL_S, "nobody else is pulled down"
        assert (await good.call("consumerStats", on_good))["frameHeight"] == WHOLE


async def test_a_line_thinner_than_the_only_encoding_gets_every_second_picture_of_it(
    stage: Stage, browser: Browser, origin: str
) -> None:
    stats = await stage.client.request("stats")
    async with UdpRelay(("127.0.0.1", stats["sockets"][0]["port"]), seed=9) as line:
        alice = await stage.enter(browser, origin, "alice")
        good = await stage.enter(browser, origin, "good")
        thin = await stage.enter(browser, origin, "thin", relay=line)
        whole = encodings("video/VP8")[-1:]
        camera = await alice.produce("video", codec="video/VP8", encodings=whole)
        on_good, on_thin = await good.consume(camera), await thin.consume(camera)
        for viewer, picture in ((good, on_good), (thin, on_thin)):
            await shows(viewer, picture, WHOLE)
            await viewer.more_frames(picture, 60)
        [bps] = await rates(alice)
        line.downlink = Impairment(rate_bps=0.8 * bps, delay_ms=DELAY_MS)
        await thin.until(
            "consumerStats", on_thin, lambda stats: 6 <= stats.get("framesPerSecond", 0) <= 9, seconds=30
        )
        before = await frozen_s(thin, on_thin)
        await thin.more_frames(on_thin, 60)
        assert (await thin.stats("recv"))["drops"]["temporal_layer"] > 60
        assert await frozen_s(thin, on_thin) - before < 0.5
        assert (await good.call("consumerStats", on_good))["framesPerSecond"] > 12
