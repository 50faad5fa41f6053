"""练习电脑: one laptop, nothing installed; control is given, used, interrupted by hand and taken back."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.people import Clerk, Specialist
from tests.browser.product import Product
from tests.browser.windows import Window

NAME_FIELD = (436 / 1280, 105 / 720)
"""Where the form's first field lies on the practice PC's screen, of 1."""
AGREE = (240 / 1280, 226 / 720)
INK = """([x, y, w, h]) => {
  const video = document.querySelector('[data-testid="stage-main-video"]');
  const canvas = Object.assign(document.createElement("canvas"), { width: 1280, height: 720 });
  const pen = canvas.getContext("2d");
  pen.drawImage(video, 0, 0, 1280, 720);
  const { data } = pen.getImageData(x, y, w, h);
  let dark = 0;
  for (let at = 0; at < data.length; at += 4) if (data[at] + data[at + 1] + data[at + 2] < 240) dark += 1;
  return dark;
}"""
"""How many dark pixels the specialist's picture of the desktop has within a box of it."""


@pytest.fixture(scope="module")
def pair(headless: Browser, product: Product) -> Iterator[tuple[Clerk, Specialist]]:
    """Two people of 体验 in a session; the counter has opened its practice PC."""
    specialist = Specialist.arrive(headless, product)
    specialist.go_online()
    clerk = Clerk.arrive(headless, product)
    clerk.find()
    clerk.start()
    specialist.accept()
    clerk.is_connected()
    clerk.window.by("bar-practice").click()
    expect(clerk.window.by("practice-panel")).to_be_visible()
    expect(specialist.window.by("control-button")).to_have_attribute("data-why", "", timeout=20_000)
    yield clerk, specialist
    for one in (clerk, specialist):
        one.window.page.context.close()


def ask(window: Window) -> None:
    window.by("control-button").click()
    for scope in ("pointer", "keyboard", "text"):
        window.by(f"control-scope-{scope}").check()
    window.by("control-phrase-fill").click()
    window.by("control-request-send").click()


def point(window: Window, share: tuple[float, float]) -> None:
    """Click on the picture of the desktop, at a share of its width and height."""
    box = window.by("control-surface").bounding_box()
    assert box is not None
    window.page.mouse.click(box["x"] + box["width"] * share[0], box["y"] + box["height"] * share[1])


def test_control_is_given_used_interrupted_and_taken_back(
    pair: tuple[Clerk, Specialist], shots: Path
) -> None:
    counter, desk = pair[0].window, pair[1].window
    ask(desk)
    expect(counter.by("control-sheet")).to_contain_text("李明")
    expect(counter.by("control-no")).to_be_focused()
    counter.screenshot(shots / "practice-sheet.png")
    counter.by("control-yes").click()
    expect(counter.by("control-banner")).to_have_attribute("data-state", "granted")
    expect(desk.by("control-bar")).to_have_attribute("data-standing", "granted", timeout=10_000)

    screen = counter.by("practice-screen")
    box = [170, 80, 380, 50]
    before = desk.page.evaluate(INK, box)
    point(desk, NAME_FIELD)
    desk.page.keyboard.type("apu 2026")
    expect(screen).to_have_attribute("aria-label", contains("姓名：apu 2026；"), timeout=10_000)
    desk.until(f"({INK})({box}) > {before} + 60")
    point(desk, AGREE)
    expect(screen).to_have_attribute("aria-label", contains("已核对：是"))
    counter.screenshot(shots / "practice-granted.png")

    screen.press("x")
    expect(counter.by("control-banner")).to_have_attribute("data-state", "paused")
    expect(counter.by("control-banner-pause")).to_be_visible()
    expect(counter.by("control-banner")).to_have_attribute("data-state", "granted", timeout=10_000)
    screen.press("F8")
    expect(counter.by("control-ended")).to_have_attribute("data-end", "revoked")
    expect(desk.by("control-bar")).not_to_have_attribute("data-standing", "granted")
    counter.by("control-ended-close").click()
    desk.by("control-understood").click()


def test_the_end_of_the_countdown_is_a_no(pair: tuple[Clerk, Specialist]) -> None:
    counter, desk = pair[0].window, pair[1].window
    ask(desk)
    expect(counter.by("control-sheet")).to_be_visible()
    expect(counter.by("control-ended")).to_have_attribute("data-end", "unanswered", timeout=45_000)
    expect(counter.by("control-sheet")).to_be_hidden()
    expect(counter.by("control-banner")).to_have_count(0)


def contains(words: str) -> re.Pattern[str]:
    return re.compile(re.escape(words))
