"""Replay of many lanes at once in real Chromium: a browser has six connections to a server (HTTP/1.1)."""

from typing import Any

from playwright.sync_api import Browser, expect

from tests.browser.product import Product
from tests.browser.windows import Window
from tests.support.films import MadeUpLane, make_recording

SECONDS = 600.0
SEVEN = [
    MadeUpLane("clerk", "clerk", files=[(0, SECONDS)]),
    MadeUpLane("clerk-paper", "clerk", "document_camera", files=[(0, SECONDS)], has_sound=False),
    MadeUpLane("clerk-desktop", "clerk", "desktop", files=[(0, SECONDS)], has_sound=False),
    MadeUpLane("specialist", "specialist", files=[(0, SECONDS)]),
    MadeUpLane("specialist-desktop", "specialist", "desktop", files=[(0, SECONDS)], has_sound=False),
    MadeUpLane("c1", "c1", files=[(0, SECONDS)]),
    MadeUpLane("c2", "c2", files=[(0, SECONDS)]),
]
VIDEOS = "[...document.querySelectorAll('.tile video:not([hidden])')]"


def test_seven_lanes_seek_and_leave_connections_for_everything_else(
    product: Product, headless: Browser
) -> None:
    call_id = make_recording(product, SEVEN)
    reviewer = Window.open(headless, f"{product.url}/enter?role=reviewer")
    open_replay(reviewer, call_id)
    for share in (0.5, 0.1, 0.9, 0.3):
        seek(reviewer, share)
        stands_at(reviewer, share * SECONDS)
        print(rest_ms(reviewer))
        assert rest_ms(reviewer) < 1000
    reviewer.by("replay-toggle").click()
    reviewer.until(f"{VIDEOS}.every(video => video.currentTime > {0.3 * SECONDS + 15})", seconds=40)
    times = [float(time) for time in reviewer.probe(f"{VIDEOS}.map(video => video.currentTime)")]
    assert max(times) - min(times) < 0.5, times
    assert rest_ms(reviewer) < 1000
    reviewer.page.context.close()


def open_replay(reviewer: Window, call_id: str) -> None:
    """Open a recording from the list, and wait until each lane could play."""
    reviewer.by(f"review-row-{call_id}").click(timeout=20_000)
    expect(reviewer.by("replay-toggle")).to_be_visible(timeout=30_000)
    reviewer.until(f"{VIDEOS}.length > 0 && {VIDEOS}.every(video => video.readyState >= 3)", seconds=30)


def seek(reviewer: Window, share: float) -> None:
    """Click on the timeline."""
    box: Any = reviewer.by("replay-slider").bounding_box()
    reviewer.page.mouse.click(box["x"] + box["width"] * share, box["y"] + 10)


def stands_at(reviewer: Window, seconds: float) -> None:
    """Every lane has a picture of that moment."""
    reviewer.until(
        f"{VIDEOS}.every(video => !video.seeking && video.readyState >= 3"
        f" && Math.abs(video.currentTime - {seconds}) < {SECONDS / 200})"
    )


def rest_ms(reviewer: Window) -> float:
    """How long a request of the same page takes."""
    ask = "fetch('/api/config', {cache: 'no-store'}).then(answer => answer.json())"
    return float(
        reviewer.probe(
            f"(async () => {{ const at = performance.now(); await {ask}; return performance.now() - at }})()"
        )
    )
