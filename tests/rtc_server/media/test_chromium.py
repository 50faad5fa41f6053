"""Chromium pages with mediasoup-client through the real media process."""

import pytest
from playwright.async_api import Browser

from tests.rtc_server.media.stage import Stage


async def test_audio_and_vp8_reach_another_page(stage: Stage, browser: Browser, origin: str) -> None:
    alice = await stage.enter(browser, origin, "alice")
    bob = await stage.enter(browser, origin, "bob")
    microphone = await alice.produce("audio")
    camera = await alice.produce("video", codec="video/VP8")
    sound = await bob.consume(microphone)
    picture = await bob.consume(camera)
    await bob.until("consumerStats", picture, lambda stats: stats.get("framesDecoded", 0) > 30)
    assert await bob.call("framesShown", picture, 10) < 5000
    await bob.until("consumerStats", sound, lambda stats: stats.get("totalAudioEnergy", 0) > 0)
    sending = await alice.stats("send")
    receiving = await bob.stats("recv")
    assert sending["state"] == receiving["state"] == "connected"
    assert sending["lossIn"] == 0
    assert {entry["kind"] for entry in receiving["consumers"]} == {"audio", "video"}
    assert receiving["drops"].get("waiting_for_key_frame", 0) < 200
