"""A call over lines that get bad: both sides read what is left of it and why, and when it comes back."""

import contextlib
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.bench.network.product import House, house, port_of
from tests.bench.network.watching import witness
from tests.browser.languages import foreign_words
from tests.browser.people import Clerk, Specialist
from tests.browser.windows import Window
from tests.support.bad_line import BadLine
from tests.support.impairment import CLEAN, Impairment

LOSSY = Impairment(loss=0.2, delay_ms=40)
"""Bad by the server's measure, and Opus still gets through."""
NARROW = Impairment(rate_bps=150_000, delay_ms=60)
DOWN_S = 40.0
UP_S = 90.0
"""From the step for a lossy line upwards, each after 15 s of a good one."""
SIZES = ((1366, 768), (390, 844))


@pytest.fixture(scope="module")
def people(headless: Browser) -> Iterator[tuple[Window, Window, House]]:
    """Clerk and specialist in a call, a paper under the document camera, each behind a line of their own."""
    with house(headless) as home:
        specialist = Specialist.arrive(
            headless, through(home, "specialist"), devices=witness(home.lines["specialist"])
        )
        specialist.go_online()
        clerk = Clerk.arrive(headless, through(home, "clerk"), devices=witness(home.lines["clerk"]))
        clerk.test_devices()
        clerk.find()
        clerk.start(agreed=False)
        specialist.accept()
        clerk.is_connected()
        clerk.has_on("bar-document-camera")
        specialist.window.until_hears_and_sees(videos=2, seconds=30)
        yield clerk.window, specialist.window, home
        for window in (clerk.window, specialist.window):
            with contextlib.suppress(Exception):
                window.page.context.close()


def through(home: House, person: str) -> Any:
    """The product at this person's end of their line."""
    return replace(home.product, url=f"http://localhost:{home.lines[person].tcp[port_of(home.product)]}")


def line(window: Window) -> Any:
    return window.by("ladder-line")


def reads(window: Window, words: str, *, seconds: float = DOWN_S) -> None:
    """Wait until the line says so."""
    expect(line(window)).to_contain_text(re.compile(words), timeout=seconds * 1000)


def is_whole(*windows: Window) -> None:
    """Wait until nothing is left out any more, on any side."""
    for window in windows:
        expect(line(window)).to_have_text(re.compile(r"^\s*(网络恢复，已回到高清)?\s*$"), timeout=UP_S * 1000)


def look(window: Window, shots: Path, name: str, *, menu: bool = False) -> None:
    """Keep pictures in both languages and sizes; no Chinese of ours is left in an English page."""
    for language in ("en", "zh-CN"):
        window.by("language-switch").click()
        expect(window.page.locator("html")).to_have_attribute("lang", language)
        for width, height in SIZES:
            window.page.set_viewport_size({"width": width, "height": height})
            if menu and not window.by("ladder-menu").is_visible():
                window.by("ladder-open").click()
            assert foreign_words(window) == []
            window.until("document.documentElement.scrollWidth <= innerWidth")
            window.screenshot(shots / f"ladder-{name}-{language}-{width}.png")
    window.page.set_viewport_size({"width": 1366, "height": 768})


def pin(window: Window, way: str, step: str) -> None:
    """Hold a way on a step, by the menu."""
    window.by("ladder-open").click()
    window.by(f"pin-{way}-{step}").click()
    expect(window.by(f"pin-{way}-{step}")).to_have_attribute("aria-pressed", "true")
    window.page.keyboard.press("Escape")
    expect(window.by("ladder-menu")).to_be_hidden()


def test_a_weak_uplink_is_told_on_both_sides_and_its_end_too(
    people: tuple[Window, Window, House], shots: Path
) -> None:
    clerk, specialist, home = people
    lines: dict[str, BadLine] = dict(home.lines)
    is_whole(clerk, specialist)
    lines["clerk"].be(uplink=LOSSY)
    reads(clerk, "您的上行较弱（丢包多）：已改为省流量")
    reads(specialist, "窗口上行较弱（丢包多）：已改为省流量", seconds=10)
    expect(clerk.by("ladder-still")).to_be_visible()
    lines["clerk"].be(uplink=CLEAN)
    look(specialist, shots, "theirs")
    look(clerk, shots, "mine")
    is_whole(clerk, specialist)
    assert clerk.errors == specialist.errors == []


def test_a_weak_downlink_is_told_apart_and_its_end_too(
    people: tuple[Window, Window, House], shots: Path
) -> None:
    clerk, specialist, home = people
    home.lines["specialist"].be(downlink=NARROW)
    reads(specialist, "您的下行较弱")
    reads(clerk, "专家下行较弱", seconds=10)
    assert "上行" not in line(specialist).inner_text()
    home.lines["specialist"].be(downlink=CLEAN)
    look(specialist, shots, "down")
    is_whole(specialist, clerk)


def test_a_pinned_step_stays_over_a_reload_and_until_it_is_automatic_again(
    people: tuple[Window, Window, House], shots: Path
) -> None:
    clerk, specialist, _ = people
    look(clerk, shots, "menu", menu=True)
    if clerk.by("ladder-menu").is_visible():
        clerk.by("ladder-open").click()
    pin(clerk, "sending", "voice")
    reads(clerk, "您的发送已固定为仅语音，声音照常")
    reads(specialist, "窗口的发送已固定为仅语音，声音照常", seconds=10)
    clerk.page.reload()
    reads(clerk, "您的发送已固定为仅语音")
    reads(specialist, "窗口的发送已固定为仅语音", seconds=10)
    look(specialist, shots, "held")
    pin(clerk, "sending", "text")
    reads(specialist, "声音停了，文字和图片照常", seconds=10)
    look(clerk, shots, "text")
    specialist.by("ladder-chat").click()
    expect(specialist.by("chat-input")).to_be_focused()
    clerk.by("ladder-automatic").click()
    is_whole(clerk, specialist)
    specialist.until_hears_and_sees(videos=2, seconds=30)


def test_a_paper_that_the_video_cannot_carry_is_sent_as_a_still_and_asked_for(
    people: tuple[Window, Window, House],
) -> None:
    clerk, specialist, _ = people
    expect(clerk.by("ladder-still")).to_be_hidden()
    pin(clerk, "sending", "saver")
    specialist.by("ladder-ask-still").click()
    expect(clerk.by("card-sheet")).to_contain_text("请拍一张照片")
    clerk.by("ladder-still").click()
    expect(specialist.by("still-thumb").first).to_be_visible(timeout=20_000)
    clerk.by("ladder-automatic").click()
    is_whole(clerk, specialist)
    assert clerk.errors == specialist.errors == []
