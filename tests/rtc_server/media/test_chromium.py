"""Chromium pages with mediasoup-client through the real media process."""

import pytest
from playwright.async_api import Browser

from rtc_server.errors import MediaError
from rtc_server.owner_events import ConsumerClosed, ConsumerProducerPaused, SpeakerChanged
from tests.rtc_server.media.stage import Actor, Stage


async def two(stage: Stage, browser: Browser, origin: str, **options: object) -> tuple[Actor, Actor]:
    alice = await stage.enter(browser, origin, "alice", **options)  # type: ignore[arg-type]
    return alice, await stage.enter(browser, origin, "bob", **options)  # type: ignore[arg-type]


async def test_audio_and_vp8_reach_another_page(stage: Stage, browser: Browser, origin: str) -> None:
    alice, bob = await two(stage, browser, origin)
    microphone = await alice.produce("audio")
    camera = await alice.produce("video", codec="video/VP8")
    sound = await bob.consume(microphone)
    picture = await bob.consume(camera)
    await bob.more_frames(picture, 30)
    assert await bob.call("framesShown", picture, 10) < 5000
    await bob.until("consumerStats", sound, lambda stats: stats.get("totalAudioEnergy", 0) > 0)
    sending = await alice.stats("send")
    receiving = await bob.stats("recv")
    assert sending["state"] == receiving["state"] == "connected"
    assert sending["lossIn"] == 0
    assert {entry["kind"] for entry in receiving["consumers"]} == {"audio", "video"}


@pytest.mark.parametrize("codec", ["video/H264", "video/VP9", "video/AV1"])
async def test_other_codecs_pass_through(stage: Stage, browser: Browser, origin: str, codec: str) -> None:
    alice, bob = await two(stage, browser, origin)
    picture = await bob.consume(await alice.produce("video", codec=codec, width=320, height=240))
    await bob.more_frames(picture, 15)


@pytest.mark.parametrize("codec", ["video/VP8", "video/H264"])
async def test_simulcast_is_one_producer_of_which_a_good_line_sees_the_best_encoding(
    stage: Stage, browser: Browser, origin: str, codec: str
) -> None:
    alice, bob = await two(stage, browser, origin)
    encodings = [{"scaleResolutionDownBy": 2, "maxBitrate": 200_000}, {"maxBitrate": 900_000}]
    camera = await alice.produce("video", codec=codec, encodings=encodings)
    picture = await bob.consume(camera)
    await bob.until("consumerStats", picture, lambda stats: stats.get("frameHeight") == 360)
    await bob.more_frames(picture, 30)
    # A page that comes later asks for a key frame of the encoding that it will see.
    again = await bob.consume(camera)
    await bob.more_frames(again, 15)


async def test_both_ways_at_once_and_who_speaks(stage: Stage, browser: Browser, origin: str) -> None:
    alice, bob = await two(stage, browser, origin)
    ids = {actor.name: await actor.produce("audio") for actor in (alice, bob)}
    heard = [await bob.consume(ids["alice"]), await alice.consume(ids["bob"])]
    for actor, consumer in zip((bob, alice), heard, strict=True):
        await actor.until("consumerStats", consumer, lambda stats: stats.get("totalAudioEnergy", 0) > 0)
    spoke = await stage.until_event(SpeakerChanged, lambda event: event.producer_id is not None)
    assert spoke.producer_id in ids.values()


async def test_reports_give_lip_sync_and_feedback_opens_the_uplink(
    stage: Stage, browser: Browser, origin: str
) -> None:
    alice, bob = await two(stage, browser, origin)
    sound = await bob.consume(await alice.produce("audio"))
    camera = await alice.produce("video")
    picture = await bob.consume(camera)
    heard = await bob.until("consumerStats", sound, lambda stats: "estimatedPlayoutTimestamp" in stats)
    seen = await bob.until("consumerStats", picture, lambda stats: "estimatedPlayoutTimestamp" in stats)
    aside = (seen["estimatedPlayoutTimestamp"] - seen["timestamp"]) - (
        heard["estimatedPlayoutTimestamp"] - heard["timestamp"]
    )
    assert abs(aside) < 200, "milliseconds, and the browser goes on slewing"
    # Without transport-wide feedback Chromium falls to 30 kbit/s.
    await alice.until(
        "producerStats",
        camera,
        lambda stats: stats.get("pair", {}).get("availableOutgoingBitrate", 0) > 1_000_000,
        seconds=30,
    )


async def test_late_joiner_sees_a_picture_at_once(stage: Stage, browser: Browser, origin: str) -> None:
    alice, bob = await two(stage, browser, origin)
    camera = await alice.produce("video")
    first = await bob.consume(camera)
    await bob.more_frames(first, 60)
    carol = await stage.enter(browser, origin, "carol")
    late = await carol.consume(camera)
    assert await carol.call("framesShown", late, 1) < 2000
    await bob.more_frames(first, 15)


async def test_pause_and_resume(stage: Stage, browser: Browser, origin: str) -> None:
    alice, bob = await two(stage, browser, origin)
    camera = await alice.produce("video")
    picture = await bob.consume(camera)
    await bob.more_frames(picture)

    await stage.client.request("producer.pause", {"producerId": camera})
    await stage.until_event(
        ConsumerProducerPaused, lambda event: event.paused and event.consumer_id == picture
    )
    paused_at = (await bob.stats("recv"))["consumers"][0]["packets"]
    await alice.until("producerStats", camera, lambda stats: stats.get("framesEncoded", 0) > 40)
    assert (await bob.stats("recv"))["consumers"][0]["packets"] == paused_at
    await stage.client.request("producer.resume", {"producerId": camera})
    await bob.more_frames(picture)

    await stage.client.request("consumer.pause", {"consumerId": picture})
    await stage.client.request("consumer.resume", {"consumerId": picture})
    await bob.more_frames(picture)
    stats = await bob.call("consumerStats", picture)
    assert stats.get("packetsLost", 0) == 0, "a pause must not look like loss"


async def test_closed_producer_takes_its_consumers(stage: Stage, browser: Browser, origin: str) -> None:
    alice, bob = await two(stage, browser, origin)
    camera = await alice.produce("video")
    picture = await bob.consume(camera)
    await bob.more_frames(picture)
    await stage.client.request("producer.close", {"producerId": camera})
    closed = await stage.until_event(ConsumerClosed)
    assert (closed.consumer_id, closed.reason) == (picture, "producer_closed")
    with pytest.raises(MediaError, match="no such consumer"):
        await stage.client.request("consumer.resume", {"consumerId": picture})


async def test_peer_that_closes_is_noticed_at_once(stage: Stage, browser: Browser, origin: str) -> None:
    alice, bob = await two(stage, browser, origin)
    picture = await bob.consume(await alice.produce("video"))
    await bob.more_frames(picture)
    await alice.call("closeTransport", "send")
    closed = await stage.until_event(ConsumerClosed, seconds=5)
    assert closed.consumer_id == picture


async def test_ice_restart_keeps_the_media(stage: Stage, browser: Browser, origin: str) -> None:
    alice, bob = await two(stage, browser, origin)
    picture = await bob.consume(await alice.produce("video"))
    await bob.more_frames(picture)
    await alice.restart_ice("send")
    await bob.restart_ice("recv")
    await bob.more_frames(picture, 45)
    assert (await alice.stats("send"))["state"] == "connected"
    assert (await alice.stats("send"))["iceState"] == "completed"


async def test_tcp_carries_media_where_udp_is_blocked(stage: Stage, browser: Browser, origin: str) -> None:
    alice, bob = await two(stage, browser, origin, protocol="tcp")
    picture = await bob.consume(await alice.produce("video"))
    await bob.more_frames(picture, 30)
