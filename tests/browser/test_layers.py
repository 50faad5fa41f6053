"""Cameras in two encodings, as the page sends them: in the session, in its recording and in the replay."""

import io
from itertools import groupby, pairwise
from typing import Any

import av
from playwright.sync_api import Browser, expect

from tests.browser.people import Clerk, Specialist
from tests.browser.product import Product
from tests.browser.recorded import finished
from tests.browser.rest import Rest
from tests.browser.windows import Window

LOW, WHOLE = 180, 360
PAPER_LOW, PAPER = 360, 720
EACH_MS = 4_000
"""How long each is recorded: lengths of the recording, not synchronisation."""
LONGEST_GAP_MS = 3_000
"""Without a picture: until the smaller one is missed, asked for and there."""

SENT = """
(async () => {
  const rows = [];
  for (const one of window.__connections)
    for (const { type, kind, framesPerSecond, frameHeight } of (await one.getStats()).values())
      if (type === "outbound-rtp" && kind === "video" && framesPerSecond > 0) rows.push(frameHeight);
  return rows.sort((one, other) => one - other);
})()
"""
"""Heights of the encodings that leave."""
SEEN = """
(async () => {
  const rows = [];
  for (const one of window.__connections)
    for (const row of (await one.getStats()).values())
      if (row.type === "inbound-rtp" && row.kind === "video") rows.push(row);
  return rows.find((row) => row.framesPerSecond > 0)?.frameHeight;
})()
"""
SEND_THE_WHOLE = """
(async (active) => {
  for (const sender of window.__connections.flatMap((one) => one.getSenders())) {
    if (sender.track?.kind !== "video") continue;
    const parameters = sender.getParameters();
    parameters.encodings.at(-1).active = active;
    await sender.setParameters(parameters);
  }
})
"""
"""What a thin uplink does to the best encoding, or stops doing."""
HEIGHT = """
[...document.querySelectorAll('[data-testid="replay-tile-clerk"] video:not([hidden])')]
  .find((video) => !video.paused && video.currentTime > 0)?.videoHeight
"""


def test_others_see_and_the_recording_keeps_the_best_encoding_and_plays_across_a_change(
    product: Product, headless: Browser
) -> None:
    specialist = Specialist.arrive(headless, product)
    specialist.go_online()
    clerk = Clerk.arrive(headless, product)
    clerk.test_devices()
    clerk.find()
    clerk.start()
    specialist.accept()
    clerk.is_connected()
    clerk.has_on("bar-camera")
    clerk.has_on("bar-document-camera")
    sends(clerk, LOW, WHOLE, PAPER_LOW, PAPER)
    clerk.window.by("bar-document-camera").click()  # one picture is left to look at
    sends(clerk, LOW, WHOLE)
    sees(specialist, WHOLE)
    call_id = Rest.as_role(product.url, "clerk").get("/api/calls/mine")["calls"][0]["call_id"]

    clerk.window.page.wait_for_timeout(EACH_MS)
    clerk.window.probe(f"{SEND_THE_WHOLE}(false)")
    sees(specialist, LOW)
    clerk.window.page.wait_for_timeout(EACH_MS)
    clerk.window.probe(f"{SEND_THE_WHOLE}(true)")
    sees(specialist, WHOLE)

    clerk.window.by("bar-end").click()
    expect(specialist.window.by("wrapup-form")).to_be_visible(timeout=15_000)
    specialist.wrap_up("")
    assert clerk.window.errors == specialist.window.errors == []
    reviewer = Rest.as_role(product.url, "reviewer")
    was_recorded(reviewer, finished(reviewer, call_id))
    is_replayed(Window.open(headless, f"{product.url}/enter?role=reviewer"), call_id)


def sends(clerk: Clerk, *heights: int) -> None:
    """Wait until just these encodings leave."""
    wanted = ",".join(map(str, sorted(heights)))
    clerk.window.until(f"{SENT}.then((heights) => String(heights) === '{wanted}')")


def sees(specialist: Specialist, height: int) -> None:
    """Wait until the picture that arrives is so high."""
    specialist.window.until(f"{SEEN}.then((height) => height === {height})")


def was_recorded(reviewer: Rest, replay: dict[str, Any]) -> None:
    """The clerk's picture is the large one, and the small one where that was not sent; no hole."""
    (lane,) = [lane for lane in replay["lanes"] if lane["lane"] == "clerk"]
    files = [file for file in lane["segments"] if file["has_video"]]
    heights = [height for file in files for height in heights_of(reviewer.fetch(file["url"]))]
    runs = [(height, len(list(run))) for height, run in groupby(heights)]
    assert [height for height, _ in runs][-2:] == [WHOLE, LOW]
    for one, other in pairwise(files):
        assert other["offset_ms"] - one["offset_ms"] - one["duration_ms"] < LONGEST_GAP_MS


def heights_of(content: bytes) -> list[int]:
    """Decode every picture of a file."""
    with av.open(io.BytesIO(content)) as source:
        return [frame.height for frame in source.decode(video=0)]


def is_replayed(reviewer: Window, call_id: str) -> None:
    """The replay goes from one size to the other by itself."""
    reviewer.by(f"review-row-{call_id}").click(timeout=20_000)
    expect(reviewer.by("replay-toggle")).to_be_visible(timeout=30_000)
    reviewer.by("replay-toggle").click()
    for height in (WHOLE, LOW):
        reviewer.until(f"{HEIGHT} === {height}", seconds=40)
    assert reviewer.errors == []
    reviewer.page.context.close()
