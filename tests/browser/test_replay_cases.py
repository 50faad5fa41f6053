"""The replay page in real Chromium: holes, missing files, addresses that end, keys after any click."""

import itertools
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from signaling.domain.session import Track
from tests.browser import product as products
from tests.browser.conftest import SHOTS
from tests.browser.product import Product
from tests.browser.test_replay_lanes import VIDEOS, open_replay
from tests.browser.windows import Window, wait_for
from tests.support.films import MadeUpCourse, MadeUpLane, MadeUpStroke, make_recording

ADDRESS_S = 20
"""Addresses that end soon are renewed each 5 s."""
LOUD = """
(() => {
  const context = new AudioContext();
  window.__loud = [];
  for (const video of document.querySelectorAll('.tile video')) {
    const analyser = new AnalyserNode(context, { fftSize: 512 });
    const source = new MediaElementAudioSourceNode(context, { mediaElement: video });
    source.connect(analyser).connect(context.destination);
    const samples = new Float32Array(analyser.fftSize);
    setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      if (samples.some((value) => Math.abs(value) > 0.05)) window.__loud.push(performance.now());
    }, 5);
  }
})()
"""


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """A product whose addresses end soon."""
    folder = tmp_path_factory.mktemp("product") / "data"
    with products.running(folder, {"MEDIA_ADDRESS_S": str(ADDRESS_S)}) as running:
        yield running


def reviewer_of(product: Product, browser: Browser, script: str = "") -> Window:
    return Window.open(browser, f"{product.url}/enter?role=reviewer", script=script)


def test_a_lane_goes_on_in_its_next_file_without_a_stall(product: Product, headless: Browser) -> None:
    """Sound beeps each second, also where one file ends and the next begins."""
    lanes = [
        MadeUpLane("clerk", "clerk", files=[(0, 12), (12, 12)]),
        MadeUpLane("other", "other", files=[(0, 24)]),
    ]
    call_id = make_recording(product, lanes)
    reviewer = reviewer_of(product, headless)
    open_replay(reviewer, call_id)
    at = "document.querySelector('[data-testid=replay-tile-clerk] video:not([hidden])')"
    first = reviewer.probe(f"{at}.dataset.testid")
    reviewer.probe("document.querySelector('[data-testid=replay-tile-other]').remove()")
    reviewer.by("replay-toggle").click()
    reviewer.probe(LOUD)
    reviewer.until(f"{at}.dataset.testid !== {first!r} && {at}.currentTime > 4", seconds=40)
    loud = [float(one) for one in reviewer.probe("window.__loud")]
    apart = [later - one for one, later in itertools.pairwise(loud)]
    assert loud[-1] - loud[0] > 10_000
    assert max(apart) < 1500, sorted(apart)[-3:]  # a beep of 100 ms each 1000 ms
    assert reviewer.probe(f"{at}.getVideoPlaybackQuality().totalVideoFrames") > 20
    reviewer.page.context.close()


def test_holes_say_why_and_a_muted_microphone_hides_no_picture(product: Product, headless: Browser) -> None:
    gaps = [("camera", 10.0, 10.0, "disk_full"), ("microphone", 0.0, 8.0, "muted")]
    lanes = [
        MadeUpLane("clerk", "clerk", files=[(0, 10), (20, 10)], gaps=gaps),
        MadeUpLane(
            "clerk-desktop", "clerk", "desktop", files=[(0, 30)], has_sound=False, missing=frozenset({0})
        ),
        MadeUpLane("other", "other", files=[(0, 30)]),
    ]
    call_id = make_recording(product, lanes)
    reviewer = reviewer_of(product, headless)
    asked: list[str] = []
    reviewer.page.on("request", lambda one: asked.append(one.url))
    reviewer.by(f"review-row-{call_id}").click(timeout=20_000)
    tile = reviewer.by("replay-tile-clerk")
    expect(reviewer.by("replay-video-clerk")).to_be_visible(timeout=30_000)
    expect(reviewer.by("replay-tile-clerk-desktop")).to_contain_text("录像打不开")
    press(reviewer, "l")
    expect(tile).to_contain_text("磁盘已满")
    press(reviewer, "l")
    expect(tile).not_to_contain_text("磁盘已满")
    reviewer.page.wait_for_timeout(3000)  # long enough for a loop to show
    assert (
        len([url for url in asked if "clerk-desktop.0000.webm" in url]) <= 6
    )  # twice at an opening or a seek
    assert len(renewals(asked)) <= 2
    reviewer.page.get_by_role("button", name=re.compile("English")).click()
    press(reviewer, "Home")
    press(reviewer, "l")
    expect(tile).to_contain_text("the disk was full")
    reviewer.page.context.close()


PAINTED = """
(lane => {
  const canvas = document.querySelector(`[data-testid=replay-tile-${lane}] canvas`);
  if (!canvas || !canvas.width) return null;
  const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let [left, right, count] = [1, 0, 0];
  for (let at = 0; at < data.length; at += 4)
    if (data[at] > 200 && data[at + 1] < 60 && data[at + 3] > 200) {
      const x = ((at / 4) % canvas.width) / canvas.width;
      [left, right, count] = [Math.min(left, x), Math.max(right, x), count + 1];
    }
  return {left, right, count, tall: canvas.height > canvas.width};
})
"""


def test_what_was_drawn_comes_and_goes_over_its_picture(product: Product, headless: Browser) -> None:
    """A line from left to right within 10 s, wiped at 20 s, over a desktop and over a turned camera."""
    lanes = [
        MadeUpLane("clerk-desktop", "clerk", "desktop", files=[(0, 30)], has_sound=False),
        MadeUpLane("clerk", "clerk", files=[(0, 30)], turned=[(0, 90)]),
        MadeUpLane("other", "other", files=[(0, 30)]),
    ]
    line = tuple((0.1 + number / 125, 0.5) for number in range(101))
    strokes = [MadeUpStroke("clerk", track, 5, 10, 20, line) for track in (Track.DESKTOP, Track.CAMERA)]
    call_id = make_recording(product, lanes, MadeUpCourse(strokes))
    reviewer = reviewer_of(product, headless)
    open_replay(reviewer, call_id)

    def painted(lane: str) -> dict[str, float] | None:
        found: dict[str, float] | None = reviewer.probe(f"{PAINTED}('{lane}')")
        return found

    assert painted("clerk-desktop") is None, "nothing is drawn at the beginning"
    for _ in range(2):
        press(reviewer, "ArrowRight")
    for lane, is_tall in (("clerk-desktop", False), ("clerk", True)):
        wait_for(lambda lane=lane: painted(lane), reviewer.page, what="half a line")
        half = painted(lane)
        assert half is not None
        assert half["left"] == pytest.approx(0.1, abs=0.03)
        assert half["right"] == pytest.approx(0.5, abs=0.05)
        assert half["tall"] == is_tall
    assert painted("other") is None
    reviewer.screenshot(SHOTS / "replay-drawn.png")
    press(reviewer, "l")
    press(reviewer, "ArrowRight")
    wait_for(lambda: painted("clerk") is None, reviewer.page, what="the line to be wiped")
    assert painted("clerk-desktop") is None
    reviewer.page.context.close()


def test_keys_work_after_any_click(product: Product, headless: Browser) -> None:
    call_id = make_recording(product, [MadeUpLane("clerk", "clerk", files=[(0, 60)])])
    reviewer = reviewer_of(product, headless)
    open_replay(reviewer, call_id)
    time, tile = reviewer.by("replay-time"), reviewer.by("replay-tile-clerk")
    for clicked in (tile, reviewer.by("replay-rate-1"), reviewer.page.get_by_role("tab").last):
        clicked.click()
        pressed_state = tile.get_attribute("aria-pressed")
        press(reviewer, "Home")
        expect(time).to_contain_text("00:00 /")
        press(reviewer, "ArrowRight")
        expect(time).to_contain_text("00:05 /")
        press(reviewer, " ")
        reviewer.until(f"{VIDEOS}.every(video => !video.paused)")
        press(reviewer, " ")
        reviewer.until(f"{VIDEOS}.every(video => video.paused)")
        assert tile.get_attribute("aria-pressed") == pressed_state
    reviewer.page.context.close()


@pytest.mark.parametrize("off_minutes", [0, 6])
def test_addresses_that_end_are_renewed_and_a_seek_plays_by_them(
    product: Product, headless: Browser, off_minutes: int
) -> None:
    """The PC's clock may be minutes off: nothing is fetched in a loop, the recording is looked at once."""
    call_id = make_recording(product, [MadeUpLane("clerk", "clerk", files=[(0, 900)])])
    wrong = f"{{ const now = Date.now; Date.now = () => now() + {off_minutes * 60_000}; }}"
    reviewer = reviewer_of(product, headless, wrong)
    asked: list[str] = []
    reviewer.page.on("request", lambda one: asked.append(one.url))
    open_replay(reviewer, call_id)
    old = next(url for url in asked if ".webm" in url)
    wait_for(lambda: renewals(asked), reviewer.page, what="a renewal", seconds=30)
    press(reviewer, " ")
    box = reviewer.by("replay-slider").bounding_box()
    assert box is not None
    reviewer.page.mouse.click(box["x"] + box["width"] * 0.8, box["y"] + 10)
    reviewer.until(
        f"{VIDEOS}.every(video => !video.seeking && video.readyState >= 3 && video.currentTime > 719)"
    )
    latest = [url for url in asked if ".webm" in url][-1]
    assert latest.partition("?")[0] == old.partition("?")[0]
    assert latest.partition("?")[2] != old.partition("?")[2]
    assert len(renewals(asked)) <= 6
    assert len([url for url in asked if url.endswith(f"/api/recordings/{call_id}")]) == 1
    reviewer.page.context.close()


def test_what_plays_goes_on_through_the_end_of_its_address(product: Product, headless: Browser) -> None:
    call_id = make_recording(product, [MadeUpLane("clerk", "clerk", files=[(0, 900)])])
    reviewer = reviewer_of(product, headless)
    refused: list[str] = []
    reviewer.page.on("response", lambda one: refused.append(one.url) if one.status >= 400 else None)
    open_replay(reviewer, call_id)
    reviewer.by("replay-toggle").click()
    reviewer.probe(LOUD)
    reviewer.until(f"{VIDEOS}.every(video => video.currentTime > {2 * ADDRESS_S + 5})", seconds=90)
    loud = [float(one) for one in reviewer.probe("window.__loud")]
    apart = [later - one for one, later in itertools.pairwise(loud)]
    assert loud[-1] - loud[0] > ADDRESS_S * 1000
    assert max(apart) < 1500, sorted(apart)[-3:]  # a beep of 100 ms each 1000 ms
    assert refused == []
    reviewer.page.context.close()


def renewals(asked: list[str]) -> list[str]:
    return [url for url in asked if url.endswith("/addresses")]


def press(window: Window, key: str) -> None:
    window.page.keyboard.press("Space" if key == " " else key)
