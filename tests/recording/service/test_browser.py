"""Chromium and Firefox play and seek what was muxed, over HTTP Range and signed addresses, in step."""

import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any, Protocol

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Page, async_playwright

from recording.replay import Viewer
from recording.service import RecordingService
from rtc_server.tap_commands import PauseTap, ResumeTap
from tests.recording.played import record
from tests.recording.service.firefox import FirefoxPage, firefox_page
from tests.recording.synthetic import camera, microphone
from tests.support.chromium import CHROMIUM

ARGUMENTS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
]
SECONDS = 14

OPEN = """async (address) => {
  const video = document.querySelector('video');
  video.src = address;
  await new Promise((done, fail) => {
    video.onloadeddata = done;
    video.onerror = () => fail(new Error(video.error.message));
  });
  return {duration: video.duration, width: video.videoWidth, height: video.videoHeight};
}"""

SEEK = """async (time) => {
  const video = document.querySelector('video');
  const seeked = new Promise(done => video.onseeked = done);
  video.currentTime = time;
  await seeked;
  const canvas = new OffscreenCanvas(16, 16).getContext('2d');
  canvas.drawImage(video, 0, 0, 16, 16);
  return {time: video.currentTime, bright: canvas.getImageData(8, 8, 1, 1).data[0]};
}"""

TIMED_SEEK = """async (time) => {
  const video = document.querySelector('video');
  const began = performance.now();
  const seeked = new Promise(done => video.onseeked = done);
  video.currentTime = time;
  await seeked;
  await video.play();
  video.pause();
  return performance.now() - began;
}"""

WATCH = """async (seconds) => {
  const video = document.querySelector('video');
  const audio = new AudioContext();
  const analyser = audio.createAnalyser();
  analyser.fftSize = 512;
  const source = audio.createMediaElementSource(video);
  source.connect(analyser);
  analyser.connect(audio.destination);
  const canvas = new OffscreenCanvas(16, 16).getContext('2d', {willReadFrequently: true});
  const samples = new Float32Array(512);
  const flashes = [], beeps = [];
  let white = false, quietSince = -1e9;
  const onFrame = (_, frame) => {
    canvas.drawImage(video, 0, 0, 16, 16);
    const bright = canvas.getImageData(8, 8, 1, 1).data[0] > 150;
    if (bright && !white) flashes.push(frame.expectedDisplayTime);
    white = bright;
    video.requestVideoFrameCallback(onFrame);
  };
  video.requestVideoFrameCallback(onFrame);
  await video.play();
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end) {
    await new Promise(done => setTimeout(done, 4));
    analyser.getFloatTimeDomainData(samples);
    const now = performance.now();
    if (Math.max(...samples.map(Math.abs)) > 0.1) {
      if (now - quietSince > 300) beeps.push(now);
      quietSince = now;
    }
  }
  video.pause();
  return {flashes, beeps, time: video.currentTime};
}"""


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield await browser.new_page()
        await browser.close()


@pytest.fixture
async def firefox() -> AsyncIterator[FirefoxPage]:
    async with firefox_page() as page:
        yield page


@pytest.fixture
async def server(service: RecordingService) -> AsyncIterator[TestServer]:
    async def media(request: web.Request) -> web.StreamResponse:
        answer = await service.open_media(
            request.match_info["key"],
            dict(request.query),
            request.headers.get("Range"),
            time.time(),
            holders=("h",),
        )
        response = web.StreamResponse(status=answer.status, headers=dict(answer.headers))
        await response.prepare(request)
        async for chunk in answer.body:
            await response.write(chunk)
        return response

    async def index(_: web.Request) -> web.Response:
        return web.Response(text="<video></video>", content_type="text/html")

    application = web.Application()
    application.router.add_get("/", index)
    application.router.add_get("/media/{key:.*}", media)
    async with TestServer(application) as server:
        yield server


async def first_segment(service: RecordingService, mime_type: str) -> Mapping[str, Any]:
    """Record a person who pauses between seconds 5 and 8, and return the segment as the page gets it."""
    tracks = {
        "microphone": [microphone(SECONDS, 101)],
        "camera": [camera(SECONDS, 101, mime_type, key_every=1.0)],
    }
    commands = [
        (106.6, lambda host: host.control("r", PauseTap("身份证"))),
        (108.6, lambda host: host.control("r", ResumeTap())),
    ]
    record(service.journal_directory("c1"), {"clerk": tracks}, commands)
    await service.close_call("c1", time.time())
    assert await service.worker("w", time.time).work_once()
    manifest = await service.manifest("c1", viewer=Viewer("u", "s", "h"), now=time.time())
    assert manifest is not None
    (lane,) = manifest.to_json()["lanes"]
    (segment,) = lane["segments"]
    assert [gap["reason"] for gap in lane["gaps"]] == ["身份证", "身份证"]
    return dict(segment)


async def test_chromium_seeks_at_once_where_a_camera_is_off(
    service: RecordingService, server: TestServer, page: Page
) -> None:
    minutes = 15
    sound = microphone(10, 101)
    tracks = {
        "microphone": [replace(sound, frames=sound.frames * 6 * minutes)],
        "camera": [camera(10, 101), replace(camera(10, 91 + 60 * minutes), ssrc=9)],
    }
    record(service.journal_directory("c1"), {"clerk": tracks})
    await service.close_call("c1", time.time())
    assert await service.worker("w", time.time).work_once()
    manifest = await service.manifest("c1", viewer=Viewer("u", "s", "h"), now=time.time())
    assert manifest is not None
    (lane,) = manifest.to_json()["lanes"]
    assert [segment["hasVideo"] for segment in lane["segments"]] == [True, False, True]
    await page.goto(str(server.make_url("/")))
    for segment in lane["segments"]:
        await page.evaluate(OPEN, segment["address"])
        for share in (0.9, 0.1, 0.5, 0.99, 0.3):
            seconds = share * segment["durationMs"] / 1000
            assert await page.evaluate(TIMED_SEEK, seconds) < 1500, (segment["hasVideo"], share)


CAN_PLAY = "async mime => document.createElement('video').canPlayType(mime)"


class Tab(Protocol):
    """What both browsers' pages can do."""

    async def goto(self, url: str) -> Any: ...

    async def evaluate(self, function: str, argument: Any) -> Any: ...


async def plays_and_seeks(service: RecordingService, server: TestServer, page: Tab, mime_type: str) -> None:
    segment = await first_segment(service, mime_type)
    await page.goto(str(server.make_url("/")))
    assert await page.evaluate(CAN_PLAY, segment["mime"]) == "probably"
    opened = await page.evaluate(OPEN, segment["address"])
    assert opened == {"duration": pytest.approx(SECONDS, abs=0.15), "width": 160, "height": 120}
    for second in (12, 1, 9, 4):
        white = await page.evaluate(SEEK, second + 0.11)
        dark = await page.evaluate(SEEK, second + 0.61)
        assert (white["bright"] > 150, dark["bright"] < 100) == (True, True), second
        assert white["time"] == pytest.approx(second + 0.11, abs=0.01)


@pytest.mark.parametrize("mime_type", ["video/VP8", "video/H264", "video/VP9", "video/AV1"])
async def test_chromium_plays_and_seeks_over_range(
    service: RecordingService, server: TestServer, page: Page, mime_type: str
) -> None:
    await plays_and_seeks(service, server, page, mime_type)


@pytest.mark.parametrize("mime_type", ["video/VP8", "video/H264", "video/VP9", "video/AV1"])
async def test_firefox_plays_and_seeks_over_range(
    service: RecordingService, server: TestServer, firefox: FirefoxPage, mime_type: str
) -> None:
    await plays_and_seeks(service, server, firefox, mime_type)


@pytest.mark.parametrize("mime_type", ["video/VP8", "video/H264"])
async def test_sound_and_picture_in_step_in_chromium_behind_a_gap(
    service: RecordingService, server: TestServer, page: Page, mime_type: str
) -> None:
    segment = await first_segment(service, mime_type)
    await page.goto(str(server.make_url("/")))
    await page.evaluate(OPEN, segment["address"])
    await page.evaluate(SEEK, 8.4)
    watched = await page.evaluate(WATCH, 4.2)
    flashes, beeps = watched["flashes"], watched["beeps"]
    assert len(beeps) >= 3
    offsets = sorted(min((beep - flash for flash in flashes), key=abs) for beep in beeps)
    assert abs(offsets[len(offsets) // 2]) < 100, (flashes, beeps)
