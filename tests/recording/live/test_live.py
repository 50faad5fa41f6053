"""Two people in Chromium through a real media process with the recording tap: flash and beep on one clock."""

import asyncio
import json
import os
import signal
import statistics
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser

from recording.mux import LaneSegment, MuxOptions, RecordingIndex, mux_call
from rtc_server.server.client import MediaClient
from rtc_server.tap_commands import TAP_OPENINGS, TRACK_TAGS, OpenTap, TrackTags
from tests.recording.played import beeps, flashes
from tests.rtc_server.media.stage import Actor, Stage, build_page, chromium, page_origin

PROCESS = """
import json, sys
from rtc_server.config import MediaConfig
from rtc_server.server.process import run_media
from recording.config import TapSettings
from recording.tap import RecordingTapHost
run_media(MediaConfig(**json.loads(sys.argv[1])), RecordingTapHost(TapSettings()))
"""

PERIOD_S = 1.0

# Every page flashes and beeps at each whole second of the machine's wall clock.
DEVICES = """() => {
  const until = period => period - Date.now() % period;
  const canvas = Object.assign(document.createElement('canvas'), {width: 320, height: 240});
  const pen = canvas.getContext('2d');
  let shade = 0;
  setInterval(() => {
    shade = (shade + 1) % 50;
    pen.fillStyle = Date.now() % 1000 < 200 ? 'white' : `rgb(${shade},${shade},0)`;
    pen.fillRect(0, 0, 320, 240);
  }, 20);
  const audio = new AudioContext();
  const gain = audio.createGain();
  const tone = audio.createOscillator();
  const output = audio.createMediaStreamDestination();
  gain.gain.value = 0;
  tone.connect(gain).connect(output);
  tone.start();
  const beep = () => {
    const at = audio.currentTime + until(1000) / 1000;
    gain.gain.setValueAtTime(0.8, at);
    gain.gain.setValueAtTime(0, at + 0.1);
    setTimeout(beep, until(1000) + 300);
  };
  beep();
  navigator.mediaDevices.getUserMedia =
    async wanted => wanted.audio ? output.stream : canvas.captureStream(25);
}"""


class RecordedStage(Stage):
    """A stage whose producers say whose they are."""

    async def _signal(self, method: str, parameters: dict[str, Any]) -> Any:
        if method == "produce":
            participant = parameters["transportId"].removesuffix("-send")
            track = "microphone" if parameters["kind"] == "audio" else "camera"
            parameters["appData"] = TRACK_TAGS.write(TrackTags(participant, track, 1, True))
        return await super()._signal(method, parameters)


class Process:
    """A media process with the recording tap."""

    def __init__(self, process: asyncio.subprocess.Process, client: MediaClient) -> None:
        self.process = process
        self.client = client


@asynccontextmanager
async def recording_process(folder: Path) -> AsyncIterator[Process]:
    path = folder / "control"
    config = {"listen_addresses": ["127.0.0.1"], "port": 0, "control_path": str(path)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROCESS, json.dumps(config), env=os.environ | {"PYTHONPATH": os.getcwd()}
    )
    try:
        async with asyncio.timeout(20):
            while not path.exists():
                assert process.returncode is None
                await asyncio.sleep(0.02)
        async with MediaClient.connect(str(path)) as client:
            yield Process(process, client)
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


async def enter(stage: Stage, browser: Browser, name: str, origin: str) -> Actor:
    actor = await stage.enter(browser, origin, name)
    await actor.page.evaluate(DEVICES)
    return actor


def mux(folder: Path) -> RecordingIndex:
    (folder / "out").mkdir(exist_ok=True)
    return mux_call(folder / "j", folder / "out", MuxOptions("c1"), lambda done: None)


def times_of(folder: Path, segment: LaneSegment) -> tuple[list[float], list[float]]:
    """Return wall times of flashes and beeps, the first second left out: devices settle."""
    path = folder / "out" / segment.key.partition("/")[2]
    start = segment.start_ms / 1000
    found = tuple([start + time for time in times if time > 1.5] for times in (flashes(path), beeps(path)))
    return found[0], found[1]


def distances(ours: list[float], theirs: list[float]) -> list[float]:
    """Return how far each of ours is from the nearest of theirs, in seconds.

    What was seen or heard of one side before the other began, or after it ended, has no counterpart to miss.
    """
    first, last = theirs[0] - PERIOD_S / 2, theirs[-1] + PERIOD_S / 2
    return sorted(abs(min((other - one for other in theirs), key=abs)) for one in ours if first < one < last)


@pytest.fixture(scope="module")
def built() -> None:
    build_page()


@pytest.fixture
async def browser(built: None) -> AsyncIterator[Browser]:
    async with chromium() as running:
        yield running


async def test_two_people_recorded_flash_and_beep_together(browser: Browser, tmp_path: Path) -> None:
    async with recording_process(tmp_path) as media, page_origin() as origin:
        stage = RecordedStage(media.client)
        await stage.open()
        opening = TAP_OPENINGS.write(OpenTap(str(tmp_path / "j"), "c1"))
        await media.client.request("tap.open", {"routerId": stage.router_id, "tap": opening})
        people = [await enter(stage, browser, name, origin) for name in ("clerk", "expert")]
        for actor in people:
            await actor.produce("audio")
            await actor.produce("video", codec="video/VP8")
        await asyncio.sleep(12)  # what is recorded is time itself
        stats = await media.client.request("tap.stats", {"routerId": stage.router_id})
        assert [lane["stalled"] for lane in stats["lanes"]] == [False] * 4
        await media.client.request("router.close", {"routerId": stage.router_id})
    index = await asyncio.to_thread(mux, tmp_path)
    assert [segment.lane for segment in index.segments] == ["clerk", "expert"]
    (clerk_seen, clerk_heard), (expert_seen, expert_heard) = (
        times_of(tmp_path, segment) for segment in index.segments
    )
    assert min(map(len, (clerk_seen, clerk_heard, expert_seen, expert_heard))) >= 8
    lips = distances(clerk_heard, clerk_seen) + distances(expert_heard, expert_seen)
    across = distances(clerk_seen, expert_seen) + distances(clerk_heard, expert_heard)
    assert statistics.quantiles(lips, n=20)[-1] < 0.1, lips
    assert statistics.quantiles(across, n=20)[-1] < 0.1, across
    # The anchors put it on the wall clock the pages flash by; capture and line take their time.
    late = statistics.median((time + 0.5) % 1 - 0.5 for time in clerk_seen + expert_seen)
    assert -0.05 < late < 0.15
    for segment in index.segments:
        assert len(segment.thumbnails) >= 1
        assert segment.duration_ms > 10_000


@pytest.mark.parametrize(
    ("codec", "mime"),
    [
        ("video/H264", 'video/mp4; codecs="avc1.42'),
        ("video/VP9", 'video/webm; codecs="vp09.00'),
        ("video/AV1", 'video/webm; codecs="av01.0.'),
    ],
)
async def test_call_survives_the_kill_of_its_media_process(
    browser: Browser, tmp_path: Path, codec: str, mime: str
) -> None:
    async with recording_process(tmp_path) as media, page_origin() as origin:
        stage = RecordedStage(media.client)
        await stage.open()
        opening = TAP_OPENINGS.write(OpenTap(str(tmp_path / "j"), "c1"))
        await media.client.request("tap.open", {"routerId": stage.router_id, "tap": opening})
        clerk = await enter(stage, browser, "clerk", origin)
        await clerk.produce("audio")
        await clerk.produce("video", codec=codec)
        await asyncio.sleep(4)
        written = (await media.client.request("tap.stats", {"routerId": stage.router_id}))["bytes"]
        media.process.send_signal(signal.SIGKILL)
        await media.process.wait()
    assert sum(path.stat().st_size for path in (tmp_path / "j").iterdir()) >= written
    index = await asyncio.to_thread(mux, tmp_path)
    (segment,) = index.segments
    assert segment.mime.startswith(mime)
    assert segment.duration_ms > 2500
    seen, heard = times_of(tmp_path, segment)
    assert len(seen) >= 1
    assert max(distances(heard, seen)) < 0.15
