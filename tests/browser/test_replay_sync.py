"""Two people flash and beep at the same moments; recorded and replayed they still do, also after a seek."""

from itertools import combinations
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, expect

from tests.browser.people import Clerk, Specialist
from tests.browser.product import Product
from tests.browser.windows import Window, wait_for

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
    """Collect both people's flashes and beeps for a while; of all pairs of a moment 95 % are in tolerance."""
    reviewer.probe("window.__seen.length = 0")
    enough = WATCH_SECONDS * 500

    def of_people() -> list[dict[str, Any]]:
        """The document camera's 5 fps are too coarse for the tolerance."""
        return [one for one in reviewer.probe("window.__seen") if "document_camera" not in one["lane"]]

    def four_kinds() -> bool:
        seen = of_people()
        kinds = {one["lane"] + one["kind"] for one in seen}
        return len(kinds) == 4 and seen[-1]["at"] - seen[0]["at"] > enough

    wait_for(four_kinds, reviewer.page, what="flashes and beeps of both", seconds=WATCH_SECONDS * 2)
    seen = of_people()
    moments: list[list[float]] = []
    for at in sorted(one["at"] for one in seen):
        if moments and at - moments[-1][0] < PERIOD_MS / 2:
            moments[-1].append(at)
        else:
            moments.append([at])
    whole = [moment for moment in moments if len(moment) == 4]
    assert len(whole) >= 2, (what, seen)
    apart = sorted(abs(one - other) for moment in whole for one, other in combinations(moment, 2))
    p95 = apart[int(0.95 * (len(apart) - 1))]
    print(f"{what}: {len(whole)} moments, apart median {apart[len(apart) // 2]:.0f} ms, p95 {p95:.0f} ms")
    assert p95 <= TOLERANCE_MS, (what, apart)
