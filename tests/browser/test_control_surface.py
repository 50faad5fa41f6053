"""Control of the counter PC from the specialist's page: asked for, worked with in every way, and ended."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.counter_pc import AT_COUNTER, CounterPc, counter_pc
from tests.browser.people import Clerk, Specialist
from tests.browser.product import Product
from tests.browser.screen import virtual_screen
from tests.browser.test_every_page import LANGUAGES, look
from tests.browser.windows import Window, decoded_frames, launch
from tests.support.until import until
from web_client.helper.wire import (
    ClearDrawing,
    ClipboardPush,
    Draw,
    KeyDown,
    KeyUp,
    PointerDown,
    PointerMove,
    PointerUp,
    ReleaseAll,
    ShowPointer,
    TypeText,
    Wheel,
)

SCREEN = (1920, 1080)
PASTE = """text => {
  const clipboardData = new DataTransfer();
  clipboardData.setData("text/plain", text);
  document.activeElement.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true }));
}"""


@pytest.fixture(scope="module")
def visible(playwright: Any) -> Iterator[Browser]:
    """The counter's browser, on a screen of a known size."""
    with virtual_screen(*SCREEN) as display:
        browser = launch(playwright, screen=display)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def pair(headless: Browser, visible: Browser, product: Product) -> tuple[Clerk, Specialist]:
    """Two people in a session; the counter shares its whole screen."""
    specialist = Specialist.arrive(headless, product)
    specialist.go_online()
    clerk = Clerk.arrive(visible, product, devices=AT_COUNTER)
    clerk.test_devices()
    clerk.find()
    clerk.start()
    specialist.accept()
    clerk.is_connected()
    expect(why(specialist)).to_have_attribute("data-why", "no_share", timeout=15_000)
    clerk.turn_on("bar-share")
    specialist.window.until(f"{decoded_frames('stage-main-video')} > 3")
    expect(why(specialist)).to_have_attribute("data-why", "no_helper", timeout=15_000)
    return clerk, specialist


@pytest.fixture(scope="module")
def pc(pair: tuple[Clerk, Specialist], product: Product) -> Iterator[CounterPc]:
    """The counter's PC, its helper connected."""
    with counter_pc(product.url, SCREEN) as counter:
        yield counter


@pytest.fixture
def window(pair: tuple[Clerk, Specialist], pc: CounterPc) -> Iterator[Window]:
    """The specialist's window, nothing asked for."""
    opened = pair[1].window
    expect(why(pair[1])).to_have_attribute("data-why", "", timeout=15_000)
    pc.forget()
    yield opened
    pc.lock(False)
    if pc.control() is not None:
        pc.say("control.revoke")
        expect(opened.by("control-understood")).to_be_visible()
    if opened.by("control-understood").count():
        opened.by("control-understood").click()
    expect(opened.by("control-bar")).to_have_count(0)


def why(specialist: Specialist) -> Any:
    return specialist.window.by("control-button")


def ask(window: Window, *scopes: str) -> None:
    """Ask for these scopes, besides the pointing that is always in."""
    window.by("control-button").click()
    for scope in scopes:
        window.by(f"control-scope-{scope}").check()
    window.by("control-phrase-fill").click()
    window.by("control-request-send").click()
    expect(window.by("control-bar")).to_have_attribute("data-standing", "asked")


def hold(window: Window, pc: CounterPc, *scopes: str) -> dict[str, float]:
    """Ask, be granted, and return where the picture lies."""
    ask(window, *scopes)
    pc.grant()
    expect(window.by("control-bar")).to_have_attribute("data-standing", "granted", timeout=10_000)
    box = window.by("control-surface").bounding_box()
    assert box is not None
    return dict(box)


def click_into(window: Window, box: dict[str, float], x: float = 0.5, y: float = 0.5) -> None:
    window.page.mouse.click(box["x"] + box["width"] * x, box["y"] + box["height"] * y)
    expect(window.by("control-surface")).to_have_attribute("data-keyboard", "true")


def test_a_click_arrives_where_it_was_seen_at_the_middle_and_in_every_corner(
    window: Window, pc: CounterPc, shots: Path
) -> None:
    box = hold(window, pc, "pointer")
    assert abs(box["width"] / box["height"] - SCREEN[0] / SCREEN[1]) < 0.01, "exactly the picture's content"
    for x, y in ((0.5, 0.5), (0.01, 0.01), (0.99, 0.01), (0.01, 0.99), (0.99, 0.99)):
        pc.forget()
        click_into(window, box, x, y)
        pressed, released = pc.until_heard(PointerDown)[0], pc.until_heard(PointerUp)[0]
        for one in (pressed, released):
            assert one.b == 0
            assert abs(one.x - x) < 0.003
            assert abs(one.y - y) < 0.003
    window.screenshot(shots / "control-granted.png")


def test_a_drag_that_ends_outside_the_picture_is_let_go_at_its_rim(window: Window, pc: CounterPc) -> None:
    box = hold(window, pc, "pointer")
    mouse = window.page.mouse
    mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    mouse.down()
    mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] + 60, steps=12)
    mouse.up()
    (up,) = pc.until_heard(PointerUp)
    assert abs(up.x - 0.5) < 0.01
    assert up.y == 1.0
    kinds = [type(one) for one in pc.order(PointerDown, PointerMove, PointerUp)]
    assert kinds[0] is PointerDown
    assert kinds[-1] is PointerUp
    assert PointerMove in kinds[1:-1]


def test_the_wheel_arrives_in_notches(window: Window, pc: CounterPc) -> None:
    box = hold(window, pc, "pointer")
    click_into(window, box)
    for _ in range(5):
        window.page.mouse.wheel(0, 100)
    until(lambda: sum(one.dy for one in pc.heard(Wheel)) == 600, what="five notches")


def test_keys_arrive_as_they_are_pressed_and_chinese_as_text(
    window: Window, pc: CounterPc, shots: Path
) -> None:
    box = hold(window, pc, "pointer", "keyboard", "text")
    click_into(window, box)
    window.screenshot(shots / "control-keyboard.png")
    window.page.keyboard.press("Shift+A")
    pc.until_heard(KeyUp, 2)
    assert pc.keys() == ["+ShiftLeft", "+KeyA", "-KeyA", "-ShiftLeft"]
    window.cdp.send("Input.imeSetComposition", {"text": "ni hao", "selectionStart": 6, "selectionEnd": 6})
    window.screenshot(shots / "control-composing.png")
    window.cdp.send("Input.insertText", {"text": "你好"})
    assert [one.text for one in pc.until_heard(TypeText)] == ["你好"]
    assert len(pc.heard(KeyDown)) == 2, "no key of the input method"


def test_the_pages_own_keys_rest_while_the_keyboard_is_at_the_counter(window: Window, pc: CounterPc) -> None:
    box = hold(window, pc, "pointer", "keyboard")
    click_into(window, box)
    for key in ("?", "m", "b"):
        window.page.keyboard.press(key)
    pc.until_heard(KeyUp, 3)
    expect(window.by("shortcut-help")).to_have_count(0)
    expect(window.by("bar-microphone")).to_have_attribute("aria-pressed", "true")
    expect(window.by("stage-split")).to_have_attribute("aria-pressed", "false")


def test_whatever_takes_the_keyboard_away_lets_everything_go(window: Window, pc: CounterPc) -> None:
    box = hold(window, pc, "pointer", "keyboard")
    click_into(window, box)
    window.page.keyboard.down("Shift")
    pc.until_heard(KeyDown)
    window.by("shortcuts-open").focus()
    pc.until_heard(ReleaseAll)
    window.page.keyboard.up("Shift")
    expect(window.by("control-surface")).to_have_attribute("data-keyboard", "false")

    click_into(window, box)
    pc.forget()
    for key in ("Control", "Alt", "Shift"):
        window.page.keyboard.down(key)
    pc.until_heard(ReleaseAll)
    expect(window.by("control-surface")).to_have_attribute("data-keyboard", "false")
    for key in ("Control", "Alt", "Shift"):
        window.page.keyboard.up(key)


def test_what_the_browser_keeps_is_pressed_from_a_menu(window: Window, pc: CounterPc, shots: Path) -> None:
    hold(window, pc, "keyboard")
    window.by("control-open-chords").click()
    window.screenshot(shots / "control-chords.png")
    window.by("control-chord-close_tab").click()
    pc.until_heard(KeyUp, 2)
    assert pc.keys() == ["+ControlLeft", "+KeyW", "-KeyW", "-ControlLeft"]


def test_a_pasted_text_is_asked_about_and_typed_in_pieces(window: Window, pc: CounterPc, shots: Path) -> None:
    box = hold(window, pc, "pointer", "keyboard", "text", "clipboard")
    click_into(window, box)
    text = "贡山县独龙江乡便民服务中心" * 300
    window.page.evaluate(PASTE, text)
    expect(window.by("control-text-field")).to_have_value(text)
    window.screenshot(shots / "control-text.png")
    window.by("control-text-send").click()
    expect(window.by("control-text-progress")).to_have_attribute("data-state", "done", timeout=15_000)
    typed = pc.heard(TypeText)
    assert "".join(one.text for one in typed) == text
    assert [len(one.text) for one in typed] == [2000, len(text) - 2000]
    window.by("control-text-push").click()
    assert pc.until_heard(ClipboardPush)[0].text == text


def test_the_counters_clipboard_is_read_only_with_a_yes_of_its_own(
    window: Window, pc: CounterPc, shots: Path
) -> None:
    hold(window, pc, "clipboard")
    pc.clipboard = "报销单号 2026-0012"
    for agreed in (False, True):
        window.by("control-open-clipboard").click()
        expect(window.by("control-clipboard-said")).to_contain_text("等对方同意")
        window.screenshot(shots / "control-clipboard-asked.png")
        once = (pc.control() or {})["once"]
        pc.say("control.answer_once", once_id=once["once_id"], agreed=agreed)
        if agreed:
            expect(window.by("control-clipboard-text")).to_have_text(pc.clipboard)
        else:
            expect(window.by("control-clipboard-said")).to_contain_text("没有读到", timeout=2_000)
        window.screenshot(shots / f"control-clipboard-{'read' if agreed else 'refused'}.png")
        window.by("control-clipboard-close").click()


def test_pointing_shows_and_draws_and_moves_nothing(window: Window, pc: CounterPc, shots: Path) -> None:
    box = hold(window, pc)
    mouse = window.page.mouse
    mouse.move(box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.3)
    pc.until_heard(ShowPointer)
    mouse.down()
    mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.6, steps=10)
    mouse.up()
    pc.until_heard(Draw)
    window.screenshot(shots / "control-pointing.png")
    window.by("control-wipe").click()
    pc.until_heard(ClearDrawing)
    assert pc.order(PointerMove, PointerDown) == []


def test_pauses_are_said_at_once(window: Window, pc: CounterPc, shots: Path) -> None:
    hold(window, pc, "pointer", "keyboard")
    bar = window.by("control-bar")
    pc.local_input()
    expect(bar).to_have_attribute("data-standing", "paused_local")
    window.screenshot(shots / "control-paused.png")
    expect(bar).to_have_attribute("data-standing", "granted", timeout=10_000)
    pc.lock(True)
    expect(bar).to_have_attribute("data-standing", "locked")
    window.screenshot(shots / "control-locked.png")
    pc.lock(False)
    expect(bar).to_have_attribute("data-standing", "granted")


@pytest.mark.parametrize("end", ["refused", "revoked", "escaped", "given_back"])
def test_every_end_is_told_with_what_to_do_next(window: Window, pc: CounterPc, shots: Path, end: str) -> None:
    if end == "refused":
        ask(window, "pointer")
        window.screenshot(shots / "control-asked.png")
        pc.say("control.refuse")
    else:
        hold(window, pc, "pointer")
        if end == "revoked":
            pc.say("control.revoke")
        elif end == "escaped":
            pc.press_escape_thrice()
        else:
            window.by("control-give-back").click()
    bar = window.by("control-bar")
    expect(bar).to_have_attribute("data-end", end, timeout=10_000)
    window.screenshot(shots / f"control-end-{end}.png")
    expect(window.by("control-again")).to_be_visible()
    expect(window.by("control-surface")).to_have_count(0)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_state_can_be_read_by_everybody(
    window: Window, pc: CounterPc, shots: Path, language: str
) -> None:
    """axe finds nothing in any of them, and English ones hold no Chinese."""
    if language == "en":
        window.by("language-switch").click()
    window.by("control-button").click()
    found = look(window, "request")
    window.by("control-request-cancel").click()
    ask(window, "pointer", "keyboard", "text", "clipboard")
    found += look(window, "asked")
    pc.grant()
    expect(window.by("control-bar")).to_have_attribute("data-standing", "granted", timeout=10_000)
    expect(window.by("control-round-trip")).to_be_visible()
    window.screenshot(shots / f"control-bar-{language}.png")
    for panel in ("chords", "text", "clipboard"):
        window.by(f"control-open-{panel}").click()
        found += look(window, panel)
        window.by(f"control-{panel}-close").click()
    pc.lock(True)
    expect(window.by("control-bar")).to_have_attribute("data-standing", "locked")
    found += look(window, "locked")
    pc.say("control.revoke")
    expect(window.by("control-bar")).to_have_attribute("data-end", "revoked")
    found += look(window, "ended")
    if language == "en":
        window.by("language-switch").click()
    assert found == [], "\n".join(found)


PHONE = (390, 844)
ZOOMED = (683, 384)
"""A screen of 1366×768 at 200 %."""
OUT_OF_SIGHT = """
[...document.querySelectorAll("[data-testid=control-bar] :is(button, [type=text], textarea)")]
  .filter((one) => ((box) => box.left < 0 || box.right > innerWidth + 0.5)(one.getBoundingClientRect()))
  .map((one) => one.dataset.testid)
"""


def test_the_bar_and_the_picture_fit_a_narrow_window(window: Window, pc: CounterPc, shots: Path) -> None:
    hold(window, pc, "pointer", "keyboard", "text", "clipboard", "file")
    wide = window.page.viewport_size
    width, height = PHONE
    window.page.set_viewport_size({"width": width, "height": height})
    try:
        for panel in (None, "chords", "text", "clipboard", "files"):
            if panel:
                window.by(f"control-open-{panel}").click()
            assert window.probe(OUT_OF_SIGHT) == [], panel
            assert window.probe("document.documentElement.scrollWidth <= innerWidth"), panel
            window.screenshot(shots / f"control-phone-{panel or 'bar'}.png")
            if panel:
                close = window.by(f"control-{panel}-close")
                close.scroll_into_view_if_needed()
                close.click()
        window.by("control-surface").scroll_into_view_if_needed()
        box = window.by("control-surface").bounding_box()
        assert box is not None
        assert box["width"] > width * 0.6
    finally:
        window.page.set_viewport_size(wide)


def test_at_200_percent_the_bar_is_one_line_and_the_desktop_can_be_worked_on(
    window: Window, pc: CounterPc, shots: Path
) -> None:
    hold(window, pc, "pointer", "keyboard", "text", "clipboard", "file")
    wide = window.page.viewport_size
    width, height = ZOOMED
    window.page.set_viewport_size({"width": width, "height": height})
    try:
        assert window.probe("document.documentElement.scrollWidth <= innerWidth")
        window.screenshot(shots / "control-zoomed.png")
        bar = window.by("control-bar").bounding_box()
        box = window.by("control-surface").bounding_box()
        assert bar is not None
        assert box is not None
        assert bar["height"] <= 56
        assert box["width"] > width * 0.35
        window.by("control-give-back").scroll_into_view_if_needed()
        assert (
            window.probe(
                OUT_OF_SIGHT.replace("[data-testid=control-bar] :is", "[data-testid=control-give-back]:is")
            )
            == []
        )
    finally:
        window.page.set_viewport_size(wide)


def test_a_button_that_is_off_says_why(pair: tuple[Clerk, Specialist], window: Window, shots: Path) -> None:
    clerk, _ = pair
    window.by("control-button").click()
    window.screenshot(shots / "control-request.png")
    window.by("control-request-cancel").click()
    clerk.window.by("bar-share").click()
    expect(window.by("control-button")).to_have_attribute("data-why", "no_share", timeout=15_000)
    window.by("control-button").click()
    expect(window.by("control-why")).to_contain_text("共享桌面")
    window.screenshot(shots / "control-why.png")
    window.by("control-why-close").click()
    clerk.turn_on("bar-share")
