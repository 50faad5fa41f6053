"""One person, one computer, no camera and no microphone: the sample devices carry the whole story.

The pictures in the README are made here (`var/screenshots`).
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect

from tests.browser.people import Clerk, Specialist
from tests.browser.product import Product
from tests.browser.windows import FLAGS, KEEP_CONNECTIONS, Window
from tests.support.chromium import CHROMIUM


@pytest.fixture(scope="module")
def bare(playwright: Playwright) -> Iterator[Browser]:
    """A browser on a computer without any device."""
    flags = [flag for flag in FLAGS if not flag.startswith("--use-fake-device")]
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--headless=new", *flags])
    yield browser
    browser.close()


def test_the_demo_is_playable_without_any_device(product: Product, bare: Browser, shots: Path) -> None:
    start = beginning(product, bare, shots)
    specialist = Specialist(enter(start, "specialist"))
    specialist.go_online()
    clerk = Clerk(enter(start, "clerk"))
    clerk.find()
    clerk.start()
    expect(specialist.window.by("offer-card")).to_be_visible(timeout=20_000)
    specialist.window.until(  # it slid in
        "document.querySelector('[data-testid=offer-card]').getBoundingClientRect().right <= innerWidth"
    )
    specialist.window.screenshot(shots / "readme-offer.png")
    specialist.accept()
    clerk.is_connected()
    for button in ("bar-microphone", "bar-camera", "bar-document-camera"):
        clerk.has_on(button)
    for window, videos in ((specialist.window, 2), (clerk.window, 1)):
        window.by("loudspeaker-on").click()  # off at first: two ends on one computer would howl
        window.until_hears_and_sees(videos=videos, seconds=25)
    clerk.window.by("bar-still").click()
    expect(specialist.window.by("still-thumb").first).to_be_visible(timeout=20_000)
    specialist.window.by("card-push").first.click()
    expect(clerk.window.by("card-received")).to_be_visible()
    for window in (clerk.window, specialist.window):
        window.page.locator('[data-testid^="thumb-document_camera"]').click()
    expect(specialist.window.by("recording-state")).to_contain_text("正在录制")
    expect(clerk.window.page.locator(".el-message")).to_have_count(0, timeout=10_000)
    clerk.window.screenshot(shots / "readme-clerk.png")
    specialist.window.screenshot(shots / "readme-specialist.png")
    specialist.window.by("bar-end").click()
    specialist.wrap_up("")
    replay(enter(start, "reviewer"), shots)


def beginning(product: Product, browser: Browser, shots: Path) -> Page:
    """Open the page 体验 in one browser profile, as a person would."""
    context = browser.new_context(
        viewport={"width": 1366, "height": 768}, locale="zh-CN", permissions=["camera", "microphone"]
    )
    context.add_init_script(KEEP_CONNECTIONS)
    page = context.new_page()
    page.goto(f"{product.url}/start")
    expect(page.get_by_test_id("start-clerk")).to_be_visible()
    (shots / "readme-start.png").write_bytes(page.screenshot())
    return page


def enter(start: Page, role: str) -> Window:
    """Press one of the five large buttons."""
    with start.context.expect_page() as opened:
        start.get_by_test_id(f"start-{role}").click()
    return Window(opened.value)


def replay(reviewer: Window, shots: Path) -> None:
    reviewer.page.locator('[data-testid^="review-row-"]').first.click(timeout=20_000)
    expect(reviewer.by("replay-toggle")).to_be_visible(timeout=60_000)
    reviewer.by("replay-forward").click()
    drawn = (
        "[...document.querySelectorAll('[data-testid=\"replay-stage\"] video:not([hidden])')]"
        ".every(video => video.readyState >= 2 && !video.seeking)"
    )
    reviewer.until(drawn)
    reviewer.screenshot(shots / "readme-review.png")
