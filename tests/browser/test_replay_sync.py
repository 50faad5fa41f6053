"""Two people flash and beep at the same moments; recorded and replayed they still do, also after a seek."""

from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.browser.people import Clerk, Specialist
from tests.browser.product import Product
from tests.browser.windows import Window

HERE = Path(__file__).parent
PERIOD_MS = 2000.0
TOLERANCE_MS = 100.0
SESSION_MS = 24_000
WATCH_SECONDS = 12


def test_flash_and_beep_stay_together_in_replay(product: Product, headless: Browser) -> None:
    record_a_session(product, headless)
    reviewer = Window.open(headless, f"{product.url}/enter?role=reviewer")
    reviewer.page.locator('[data-testid^="review-row-"]').first.click(timeout=20_000)
    expect(reviewer.by("replay-toggle")).to_be_visible(timeout=60_000)
    reviewer.by("replay-toggle").click()
    reviewer.probe((HERE / "watch.js").read_text())
    within_tolerance(reviewer, "from the start")
    box = reviewer.by("replay-slider").bounding_box()
    assert box is not None
    reviewer.page.mouse.click(box["x"] + box["width"] * 0.4, box["y"] + box["height"] - 10)
    within_tolerance(reviewer, "after a seek")


def record_a_session(product: Product, browser: Browser) -> None:
    devices = (HERE / "flash.js").read_text()
    specialist = Specialist.arrive(browser, product, devices=devices)
    specialist.go_online()
    clerk = Clerk.arrive(browser, product, devices=devices)
    clerk.find()
    clerk.start()
    specialist.accept()
    clerk.is_connected()
    clerk.has_on("bar-camera")
    specialist.window.until_hears_and_sees(videos=1)
    clerk.window.page.wait_for_timeout(SESSION_MS)  # the length of the recording, not a synchronisation
    specialist.window.by("bar-end").click()
    specialist.wrap_up("")
    for person in (clerk, specialist):
        person.window.page.context.close()


def within_tolerance(reviewer: Window, what: str) -> None:
    """Collect flashes and beeps for a while; 95 % of them lie within the tolerance of their common moment."""
    reviewer.probe("window.__seen.length = 0")
    reviewer.until(
        "[...new Set(window.__seen.map(one => one.lane + one.kind))].length === 4 && "
        f"window.__seen.at(-1).at - window.__seen[0].at > {WATCH_SECONDS * 1000 / 2}",
        seconds=WATCH_SECONDS * 2,
    )
    seen = reviewer.probe("window.__seen")
    moments: list[list[float]] = []
    for at in sorted(one["at"] for one in seen):
        if moments and at - moments[-1][0] < PERIOD_MS / 2:
            moments[-1].append(at)
        else:
            moments.append([at])
    whole = [moment for moment in moments if len(moment) == 4]
    assert len(whole) >= 2, (what, seen)
    spreads = sorted(max(moment) - min(moment) for moment in whole)
    p95 = spreads[min(len(spreads) - 1, int(0.95 * len(spreads)))]
    print(f"{what}: {len(whole)} moments, spread median {spreads[len(spreads) // 2]:.0f}, p95 {p95:.0f} ms")
    assert p95 <= TOLERANCE_MS, (what, spreads)
