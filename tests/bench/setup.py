"""`./dev bench setup`: from the click on accept to the first decoded picture of the other side, in Chromium.

The real product, a clerk with two fake cameras and a specialist with one, each call set up from its page as
people do it. Both moments are taken in the pages: the click's own time and `requestVideoFrameCallback` of the
first video that shows a received track. Probes lend the pages no user activation.
"""

import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import expect, sync_playwright

from tests.bench._holds import Hold, finish
from tests.bench._statistics import percentile
from tests.browser.people import Clerk, Specialist
from tests.browser.product import running
from tests.browser.windows import launch

CALLS = 40
FRAME_SECONDS = 20.0
HOLD_P95_S = 1.5

WATCH = """
(() => {
  const received = new WeakSet();
  const watched = new WeakMap();
  const wall = (time) => performance.timeOrigin + time;
  window.__setup = {};
  window.RTCPeerConnection = class extends window.RTCPeerConnection {
    constructor(...given) {
      super(...given);
      this.addEventListener("track", (event) => received.add(event.track));
    }
  };
  const watch = (event) => {
    const video = event.target;
    const stream = video.srcObject;
    if (!(video instanceof HTMLVideoElement) || !stream || watched.get(video) === stream) return;
    watched.set(video, stream);
    video.requestVideoFrameCallback(() => {
      if (stream.getVideoTracks().some((track) => received.has(track)))
        window.__setup.seen ??= wall(performance.now());
    });
  };
  document.addEventListener("loadstart", watch, true);
  document.addEventListener("loadedmetadata", watch, true);
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-testid=offer-accept]")) window.__setup.accepted = wall(event.timeStamp);
  }, true);
})();
"""


def run(*, json: bool) -> int:
    """Run the benchmark; prints one JSON object when asked, else a table."""
    figures = measure()
    return finish(figures, holds_of(figures), table, json=json)


def measure() -> dict[str, Any]:
    """Return the figures of `CALLS` calls after one that warms up."""
    with (
        tempfile.TemporaryDirectory(prefix="bangban-bench-") as folder,
        running(Path(folder) / "data", {"LOG_LEVEL": "warning"}) as product,
        sync_playwright() as playwright,
    ):
        browsers = [launch(playwright) for _ in range(2)]
        specialist = Specialist.arrive(browsers[0], product, devices=WATCH)
        specialist.go_online()
        clerk = Clerk.arrive(browsers[1], product, devices=WATCH)
        clerk.test_devices()
        rows = []
        for number in range(CALLS + 1):
            rows.append(one_call(clerk, specialist))
            seen = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in rows[-1].items())
            print(f"call {number} of {CALLS}{'' if number else ' (warm-up)'}: {seen}", file=sys.stderr)
        for browser in browsers:
            browser.close()
    return figures_of(rows[1:])


def one_call(clerk: Clerk, specialist: Specialist) -> dict[str, float]:
    """Set up one call and end it; return the seconds from accept until each side sees the other."""
    sides = {"clerk": clerk.window, "specialist": specialist.window}
    clerk.find()
    for window in sides.values():
        window.probe("window.__setup = {}")
    clerk.start()
    accept = specialist.window.by("offer-accept")
    expect(accept).to_be_enabled(timeout=20_000)
    accept.click()
    seen = {
        name: window.until("window.__setup.seen", seconds=FRAME_SECONDS) for name, window in sides.items()
    }
    accepted = specialist.window.probe("window.__setup.accepted")
    clerk.has_on("bar-document-camera")
    specialist.window.by("bar-end").click()
    specialist.wrap_up("bench")
    clerk.window.by("next-citizen").click()
    expect(clerk.window.by("item-search-input")).to_be_enabled(timeout=20_000)
    return {name: (moment - accepted) / 1000 for name, moment in seen.items()}


def figures_of(rows: list[dict[str, float]]) -> dict[str, Any]:
    """Return percentiles of each side and of the later of both."""
    series = {name: [row[name] for row in rows] for name in rows[0]}
    series["both"] = [max(row.values()) for row in rows]
    figures = {
        name: {
            "p50_s": round(percentile(values, 0.50), 3),
            "p95_s": round(percentile(values, 0.95), 3),
            "max_s": round(max(values), 3),
        }
        for name, values in series.items()
    }
    return {"calls": len(rows), **figures}


def holds_of(figures: dict[str, Any]) -> list[Hold]:
    """Return what is held."""
    return [Hold("accept to first picture on both sides, p95 in s", HOLD_P95_S, figures["both"]["p95_s"])]


def table(figures: dict[str, Any]) -> str:
    """Return the figures as lines for people."""
    lines = [f"{figures['calls']} calls {'p50 s':>10} {'p95 s':>8} {'max s':>8}"]
    for name in ("clerk", "specialist", "both"):
        one = figures[name]
        lines.append(f"{name:>10} {one['p50_s']:>8.3f} {one['p95_s']:>8.3f} {one['max_s']:>8.3f}")
    return "\n".join(lines)
