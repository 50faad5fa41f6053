"""The main job, end to end on real media: a clerk, a specialist, a citizen, a reviewer."""

from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.browser.people import Clerk, Specialist
from tests.browser.product import Product
from tests.browser.windows import Window

CASE_NUMBER = "YB20261122-001"


def test_assisted_session_from_question_to_replay(
    product: Product, visible: Browser, headless: Browser, shots: Path
) -> None:
    specialist = Specialist.arrive(headless, product)
    specialist.go_online()
    pad = Window.open(headless, f"{product.url}/enter?role=pad")
    expect(pad.by("pad-idle")).to_be_visible(timeout=20_000)
    supervisor = Window.open(headless, f"{product.url}/enter?role=supervisor")
    expect(supervisor.by("wall-available")).to_have_text("1", timeout=20_000)
    clerk = Clerk.arrive(visible, product)
    clerk.test_devices()
    clerk.find()
    expect(clerk.window.by("available-count")).to_have_attribute("data-count", "1")
    clerk.window.screenshot(shots / "clerk-item.png")
    clerk.start()
    expect(clerk.window.by("waiting-panel")).to_be_visible()
    specialist.window.screenshot(shots / "specialist-offer.png")
    specialist.accept()
    clerk.is_connected()

    see_and_hear_each_other(clerk, specialist)
    expect(supervisor.by("wall-running")).to_have_text("1")
    supervisor.screenshot(shots / "supervise.png")
    still_is_examined(clerk, specialist, shots)
    desktop_is_shared_and_drawn_upon(clerk, specialist, shots)
    small_window_is_on_top(clerk)
    words_and_cards_arrive(clerk, specialist)
    clerk_reloads_by_accident(clerk, specialist)
    session_ends_with_a_result(clerk, specialist, pad, shots)
    reviewer_replays(product, headless, shots)
    expect(supervisor.by("wall-running")).to_have_text("0")

    for window in (clerk.window, specialist.window, pad, supervisor):
        assert window.strangers(product.url) == []
        assert window.errors == []


def see_and_hear_each_other(clerk: Clerk, specialist: Specialist) -> None:
    clerk.has_on("bar-microphone")
    clerk.has_on("bar-camera")
    clerk.has_on("bar-document-camera")
    specialist.window.until_hears_and_sees(videos=2)
    clerk.window.until_hears_and_sees(videos=1)
    expect(clerk.window.by("recording-state")).to_contain_text("正在录制")


def still_is_examined(clerk: Clerk, specialist: Specialist, shots: Path) -> None:
    clerk.window.by("bar-still").click()
    specialist.window.by("still-thumb").first.click(timeout=20_000)
    expect(specialist.window.by("still-sha256")).to_be_visible()
    specialist.window.by("still-zoom-in").click()
    specialist.window.by("still-rotate").click()
    loaded = "document.querySelector('[data-testid=\"still-picture\"]').naturalWidth >= 640"
    specialist.window.until(loaded)
    specialist.window.screenshot(shots / "specialist-still.png")
    specialist.window.by("still-close").click()


def desktop_is_shared_and_drawn_upon(clerk: Clerk, specialist: Specialist, shots: Path) -> None:
    clerk.turn_on("bar-share")
    specialist.window.until_hears_and_sees(videos=3)
    thumb = specialist.window.page.locator('[data-testid^="thumb-"][data-testid*="desktop"]')
    thumb.first.click()
    specialist.window.by("draw-pen").click()
    canvas = specialist.window.by("annotation-canvas").bounding_box()
    assert canvas is not None
    mouse = specialist.window.page.mouse
    mouse.move(canvas["x"] + canvas["width"] * 0.4, canvas["y"] + canvas["height"] * 0.4)
    mouse.down()
    mouse.move(canvas["x"] + canvas["width"] * 0.6, canvas["y"] + canvas["height"] * 0.6, steps=8)
    mouse.up()
    specialist.window.screenshot(shots / "specialist-session.png")
    clerk.window.screenshot(shots / "clerk-session.png")


def small_window_is_on_top(clerk: Clerk) -> None:
    """While the clerk works elsewhere: the specialist, the drawn-upon desktop, and mute."""
    small = "documentPictureInPicture.window?.document"
    clerk.window.until(
        f"[...{small}.querySelectorAll('video')].filter(one => one.videoWidth > 0).length === 2"
    )
    canvas = f"{small}.querySelector('[data-testid=annotation-canvas]')"
    clerk.window.until(f"{canvas}?.dataset.strokes === '1'")
    painted = (
        f"{canvas}.getContext('2d').getImageData(0, 0, {canvas}.width, {canvas}.height)"
        ".data.some((value, index) => index % 4 === 3 && value > 0)"
    )
    clerk.window.until(painted)
    mute = f"{small}.querySelector('[data-testid=floating-mute]')"
    for muted in ("true", "false"):
        clerk.window.probe(f"{mute}.click()")
        clerk.window.until(f"{mute}.ariaPressed === '{muted}'")
    clerk.has_on("bar-microphone")


def words_and_cards_arrive(clerk: Clerk, specialist: Specialist) -> None:
    specialist.window.by("tab-chat").click()
    specialist.window.by("chat-input").fill("发票和费用清单都带了吗?")
    specialist.window.by("chat-send").click()
    expect(clerk.window.by("chat-line").first).to_contain_text("费用清单")
    clerk.window.by("chat-input").fill("清单没有带")
    clerk.window.by("chat-send").click()
    expect(specialist.window.by("chat-line").last).to_contain_text("清单没有带")
    specialist.window.by("tab-guide").click()
    specialist.window.by("card-push").first.click()
    expect(clerk.window.by("card-received")).to_be_visible()


def clerk_reloads_by_accident(clerk: Clerk, specialist: Specialist) -> None:
    clerk.window.page.reload()
    clerk.is_connected()
    clerk.window.until_hears_and_sees(videos=1, seconds=20)
    expect(clerk.window.by("bar-document-camera")).to_have_attribute("aria-pressed", "true", timeout=15_000)
    specialist.window.until_hears_and_sees(videos=2, seconds=20)
    clerk.window.by("share-again").click()
    specialist.window.until_hears_and_sees(videos=3, seconds=20)


def session_ends_with_a_result(clerk: Clerk, specialist: Specialist, pad: Window, shots: Path) -> None:
    specialist.window.by("bar-end").click()
    expect(specialist.window.by("wrapup-form")).to_be_visible(timeout=15_000)
    specialist.window.screenshot(shots / "specialist-wrapup.png")
    specialist.wrap_up(CASE_NUMBER)
    expect(pad.by("pad-rate-very-satisfied")).to_be_visible(timeout=15_000)
    pad.screenshot(shots / "pad.png")
    pad.by("pad-rate-satisfied").click()
    expect(pad.by("pad-thanks")).to_be_visible()
    clerk.window.by("notice-open").click()
    expect(clerk.window.by("notice-missing")).to_contain_text("费用明细清单")
    clerk.window.screenshot(shots / "clerk-notice.png")


def reviewer_replays(product: Product, browser: Browser, shots: Path) -> None:
    reviewer = Window.open(browser, f"{product.url}/enter?role=reviewer")
    row = reviewer.page.locator('[data-testid^="review-row-"]').first
    expect(row).to_be_visible(timeout=20_000)
    reviewer.screenshot(shots / "review-list.png")
    row.click()

    expect(reviewer.by("replay-toggle")).to_be_visible(timeout=60_000)  # when it is muxed, by itself
    reviewer.by("replay-toggle").click()
    playing = (
        "[...document.querySelectorAll('[data-testid=\"replay-stage\"] video')]"
        ".filter(video => video.getVideoPlaybackQuality().totalVideoFrames > 20).length"
    )
    reviewer.until(f"{playing} >= 3", seconds=30)
    reviewer.screenshot(shots / "review-replay.png")
    expect(reviewer.by("replay-mark-still-taken").first).to_be_visible()
    box = reviewer.by("replay-slider").bounding_box()
    assert box is not None
    reviewer.page.mouse.click(box["x"] + box["width"] * 0.5, box["y"] + box["height"] - 10)
    reviewer.by("replay-rate-2").click()
    reviewer.until(
        "[...document.querySelectorAll('[data-testid=\"replay-stage\"] video')]"
        ".some(video => video.currentTime > 2 && !video.paused && video.playbackRate > 1.5)"
    )
    reviewer.page.get_by_role("tab").nth(3).click()
    expect(reviewer.by("replay-result")).to_contain_text(CASE_NUMBER)
    expect(reviewer.by("replay-rating")).to_contain_text("满意")
    assert reviewer.errors == []
