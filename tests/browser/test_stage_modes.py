"""Ways to look at a session: two pictures, large, in a narrow column, at 200 %, a card over it, on paper."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.people import Clerk, Specialist
from tests.browser.product import Product
from tests.browser.windows import Window, decoded_frames

ZOOMED = (683, 384)
"""An old screen of 1366×768 at 200 %."""
DOCKED = ((390, 768), (480, 768))
"""Columns beside the government's own system on the same screen."""
USEFUL_PX = 180
"""A sheet of paper of this height can still be told from another one."""


@pytest.fixture(scope="module")
def pair(headless: Browser, product: Product) -> tuple[Clerk, Specialist]:
    """Two people in a session, paper under the document camera."""
    specialist = Specialist.arrive(headless, product)
    specialist.go_online()
    clerk = Clerk.arrive(headless, product)
    clerk.test_devices()
    clerk.find()
    clerk.start()
    specialist.accept()
    clerk.is_connected()
    clerk.has_on("bar-document-camera")
    specialist.window.until_hears_and_sees(videos=2)
    return clerk, specialist


@pytest.fixture(autouse=True)
def as_at_first(pair: tuple[Clerk, Specialist]) -> None:
    for person in pair:
        person.window.page.set_viewport_size({"width": 1366, "height": 768})
        for mode in ("stage-split", "stage-fullscreen"):
            button = person.window.by(mode)
            if button.get_attribute("aria-pressed") == "true":
                button.click()


def goes_on(window: Window, video: str) -> None:
    """Wait until a large picture shows further frames."""
    before = window.probe(decoded_frames(video))
    window.until(f"{decoded_frames(video)} > {before} + 3")


def inside(window: Window, test_id: str) -> bool:
    """Whether all of an element lies within the window."""
    box = window.by(test_id).bounding_box()
    size = window.page.viewport_size
    assert box
    assert size
    return bool(
        box["x"] >= 0
        and box["y"] >= 0
        and box["x"] + box["width"] <= size["width"] + 0.5
        and box["y"] + box["height"] <= size["height"] + 0.5
    )


def test_face_and_paper_stand_side_by_side_and_are_found_so_again(
    pair: tuple[Clerk, Specialist], shots: Path
) -> None:
    clerk, specialist = pair
    specialist.window.page.keyboard.press("b")
    for video in ("stage-main-video", "stage-beside-video"):
        goes_on(specialist.window, video)
    tiles = [
        specialist.window.by(video).get_attribute("data-tile")
        for video in ("stage-main-video", "stage-beside-video")
    ]
    assert [str(tile).split("-")[0] for tile in tiles] == ["camera", "document_camera"]
    specialist.window.screenshot(shots / "stage-two.png")

    # What is drawn on the paper is seen there, whichever pane it stands in.
    specialist.window.page.keyboard.press("d")
    box = specialist.window.by("stage-pane-beside").bounding_box()
    mouse = specialist.window.page.mouse
    mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    mouse.down()
    mouse.move(box["x"] + box["width"] / 2 + 40, box["y"] + box["height"] / 2, steps=4)
    mouse.up()
    expect(specialist.window.by("draw-clear")).to_be_enabled()
    expect(clerk.window.by("stage-note")).to_have_count(0)
    clerk.window.until(
        "document.querySelector('[data-testid=stage-main-video]').dataset.tile.startsWith('doc')"
    )
    specialist.window.page.keyboard.press("d")

    # The small picture goes where the person points.
    specialist.window.by("stage-pick-main").click()
    specialist.window.page.locator('[data-testid^="thumb-camera-specialist"]').click()
    expect(specialist.window.by("stage-main-video")).to_have_attribute("data-tile", re.compile("specialist"))
    expect(specialist.window.by("stage-beside-video")).to_have_attribute("data-tile", re.compile("document"))

    specialist.window.page.reload()
    expect(specialist.window.by("stage-beside-video")).to_be_visible(timeout=20_000)
    goes_on(specialist.window, "stage-beside-video")
    specialist.window.page.keyboard.press("b")
    expect(specialist.window.by("stage-pane-beside")).to_have_count(0)


def test_the_large_stage_keeps_its_controls_and_what_is_said_above_it(
    pair: tuple[Clerk, Specialist], shots: Path
) -> None:
    clerk, specialist = pair
    window = clerk.window
    window.page.keyboard.press("f")
    window.until("document.fullscreenElement === document.documentElement")
    for control in (
        "bar-microphone",
        "bar-still",
        "recording-pause",
        "bar-end",
        "recording-state",
        "call-state",
    ):
        assert inside(window, control), control
    expect(window.by("chat-input")).to_be_hidden()
    goes_on(window, "stage-main-video")
    window.screenshot(shots / "stage-large.png")

    # A sheet, and what somebody writes, are seen there too.
    specialist.window.by("tab-chat").click()
    specialist.window.by("chat-input").fill("请把发票放正")
    specialist.window.by("chat-send").click()
    window.by("large-news").click(timeout=15_000)
    expect(window.by("chat-line").last).to_contain_text("请把发票放正")
    window.until("!document.fullscreenElement")
    window.page.keyboard.press("f")
    window.until("document.fullscreenElement !== null")
    window.probe("void document.exitFullscreen()")  # as Esc and the browser's own button do
    expect(window.by("chat-input")).to_be_visible()


@pytest.mark.parametrize("size", DOCKED)
def test_a_narrow_column_beside_another_system_reaches_everything(
    pair: tuple[Clerk, Specialist], shots: Path, size: tuple[int, int]
) -> None:
    for person, side in zip(pair, ("clerk", "specialist"), strict=True):
        window = person.window
        window.page.set_viewport_size({"width": size[0], "height": size[1]})
        assert window.probe("document.documentElement.scrollWidth <= innerWidth")
        reachable = ["bar-microphone", "bar-end", "stage-split", "stage-fullscreen", "recording-state"]
        for control in reachable:
            assert inside(window, control), (side, control)
        window.page.keyboard.press("b")
        expect(window.by("stage-pane-beside")).to_be_visible()
        for pane in ("main", "beside"):
            assert window.by(f"stage-pane-{pane}").bounding_box()["height"] > 100, (side, pane)
        window.screenshot(shots / f"docked-{side}-{size[0]}.png")
        window.page.keyboard.press("b")
        for column, inhabitant in (
            ("right", "participants" if side == "clerk" else "card-push"),
            ("left", "item-detail" if side == "clerk" else "presence"),
        ):
            window.by(f"column-{column}").click()
            if side == "specialist" and column == "right":
                window.by("tab-guide").click()
            expect(window.by(inhabitant).locator("visible=true").first).to_be_visible()
        window.by("column-centre").click()


def test_at_200_percent_the_picture_keeps_a_useful_height(
    pair: tuple[Clerk, Specialist], shots: Path
) -> None:
    for person, side in zip(pair, ("clerk", "specialist"), strict=True):
        window = person.window
        window.page.set_viewport_size({"width": ZOOMED[0], "height": ZOOMED[1]})
        assert window.probe("document.documentElement.scrollWidth <= innerWidth")
        assert window.by("stage-pane-main").bounding_box()["height"] >= USEFUL_PX
        window.by("bar-microphone").scroll_into_view_if_needed()
        assert inside(window, "bar-microphone")
        assert inside(window, "bar-end")
        window.page.keyboard.press("f")
        assert window.by("stage-pane-main").bounding_box()["height"] >= USEFUL_PX
        assert inside(window, "bar-end")
        assert inside(window, "stage-pane-main")
        window.screenshot(shots / f"zoom-200-{side}.png")
        window.page.keyboard.press("f")


def test_a_pushed_card_lies_whole_over_the_stage_and_fits_a4(
    pair: tuple[Clerk, Specialist], shots: Path
) -> None:
    clerk, specialist = pair
    specialist.window.by("tab-guide").click()
    specialist.window.by("card-push").click()
    sheet = clerk.window.by("card-sheet")
    expect(sheet).to_contain_text("医疗费用发票", timeout=15_000)
    clerk.window.screenshot(shots / "card-sheet.png")
    for size in ((1366, 768), (390, 844), ZOOMED):
        clerk.window.page.set_viewport_size({"width": size[0], "height": size[1]})
        last = sheet.locator("footer")
        last.scroll_into_view_if_needed()
        expect(last).to_be_in_viewport(ratio=0.9)
        assert sheet.locator("article").evaluate("(paper) => paper.scrollWidth <= paper.clientWidth"), size
    clerk.window.page.set_viewport_size({"width": 1366, "height": 768})

    paper = clerk.window.page.pdf(format="A4")
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) == 1
    clerk.window.page.emulate_media(media="print")
    expect(clerk.window.by("card-on-paper")).to_contain_text("出院小结")
    expect(clerk.window.by("stage")).to_be_hidden()
    clerk.window.screenshot(shots / "card-on-paper.png")
    clerk.window.page.emulate_media(media="screen")

    clerk.window.page.keyboard.press("k")
    expect(sheet).to_have_count(0)
    clerk.window.by("card-enlarge").first.click()
    expect(sheet).to_be_visible()
    clerk.window.by("card-auto").uncheck()
    clerk.window.page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    specialist.window.by("card-text").fill("请带户口簿原件")
    specialist.window.by("card-text-push").click()
    expect(clerk.window.by("card-received").first).to_contain_text("专家提示", timeout=15_000)
    expect(sheet).to_have_count(0)  # as this person wished
    assert clerk.window.errors == specialist.window.errors == []
