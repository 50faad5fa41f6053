"""Remote control whole: the clerk's consent, the specialist's hand, the real helper, a real desktop."""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import ImageGrab
from playwright.sync_api import Playwright, expect

from tests.browser.controlled import SIZE, Controlled, controlled
from tests.browser.people import Clerk, Specialist
from tests.browser.windows import decoded_frames
from tests.helper.x_screen import Hardware
from tests.support.until import until
from tests.support.x_witness import BUTTON_PRESS, BUTTON_RELEASE, KEY_PRESS, witness

pytestmark = pytest.mark.system("xvfb", "openbox", "xterm", "chromium")
AREA = (300, 200, 1200, 700)
CHINESE = "".join(chr(0x4E00 + 41 * number % 20_000) for number in range(500))


@pytest.fixture(scope="module")
def scene(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Controlled]:
    with controlled(playwright, tmp_path_factory.mktemp("controlled")) as whole:
        yield whole


@pytest.fixture
def box(scene: Controlled, shots: Path) -> Iterator[dict[str, float]]:
    """A grant for everything but files, given on the clerk's own screen; taken back at the end."""
    box = scene.grant()
    yield box
    if scene.clerk.window.by("control-revoke").count():
        scene.clerk.window.by("control-revoke").click()
    scene.understand()


def test_a_click_hits_the_pixel_it_was_made_on(scene: Controlled, box: dict[str, float], shots: Path) -> None:
    left, top, width, height = AREA
    page = scene.specialist.window.page
    with witness(scene.screen, AREA) as application:
        for x, y in ((left, top), (left + width - 1, top), (left, top + height - 1), (left + 700, top + 350)):
            application.seen.clear()
            page.mouse.click(*scene.seen_at(box, x, y))
            until(lambda: bool(application.of(BUTTON_RELEASE)), what=f"a click at {x}, {y}")
            (pressed,) = application.of(BUTTON_PRESS)
            assert abs(pressed.x - x) <= SIZE[0] / box["width"]
            assert abs(pressed.y - y) <= SIZE[1] / box["height"]
    scene.clerk.window.screenshot(shots / "clerk-controlled.png")
    scene.specialist.window.screenshot(shots / "specialist-controls.png")


def test_a_terminal_gets_keys_and_500_characters_of_chinese(
    scene: Controlled, box: dict[str, float], tmp_path: Path
) -> None:
    typed, ready = tmp_path / "typed", tmp_path / "ready"
    typed.touch()
    window = scene.specialist.window
    script = f": > {ready}; exec cat > {typed}"
    command = ["xterm", "-u8", "-geometry", "100x30+300+200", "-e", "sh", "-c", script]
    environ = os.environ | {"DISPLAY": scene.screen, "LC_ALL": "C.UTF-8"}
    shell = subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until(ready.exists, what="the shell")
        at = scene.seen_at(box, 500, 400)
        window.page.mouse.click(*at)
        window.page.keyboard.press("Enter")
        until(lambda: typed.stat().st_size > 0, what="a first line")
        typed_before = typed.stat().st_size
        window.page.keyboard.type("ls -l")
        window.page.keyboard.press("Enter")
        window.by("control-open-text").click()
        window.by("control-text-field").fill(CHINESE)
        window.by("control-text-shift_insert").click()
        window.by("control-text-send").click()
        expect(window.by("control-text-progress")).to_have_attribute("data-state", "done", timeout=15_000)
        window.by("control-text-close").click()
        window.page.mouse.click(*at)
        window.page.keyboard.press("Enter")
        wanted = f"ls -l\n{CHINESE}\n".encode()
        until(
            lambda: typed.read_bytes()[typed_before:].endswith(wanted), what="what was typed", patience_s=20
        )
    finally:
        shell.kill()
        shell.wait()


def test_whoever_sits_there_is_stronger(scene: Controlled, box: dict[str, float]) -> None:
    bar = scene.specialist.window.by("control-bar")
    with contextlib.closing(Hardware(scene.screen)) as hands:
        hands.move(5, 5)
        expect(bar).to_have_attribute("data-standing", "paused_local")
        expect(scene.clerk.window.by("control-banner-pause")).to_be_visible()
        expect(bar).to_have_attribute("data-standing", "granted", timeout=10_000)
        for _ in range(3):
            hands.key("Escape")
    expect(bar).to_have_attribute("data-end", "escaped", timeout=10_000)
    expect(scene.clerk.window.by("control-ended")).to_have_attribute("data-end", "escaped")


def test_a_file_goes_each_way_after_a_yes_of_its_own(scene: Controlled, tmp_path: Path, shots: Path) -> None:
    clerk, window = scene.clerk.window, scene.specialist.window
    scene.grant("file")
    form, card = tmp_path / "申请表.pdf", tmp_path / "身份证.jpg"
    form.write_bytes(b"%PDF-1.7 form")
    card.write_bytes(b"\xff\xd8\xff card")

    window.by("control-open-files").click()
    window.by("control-file-picker").set_input_files(form)
    window.by("control-file-offer").click()
    expect(clerk.by("once-about")).to_contain_text("申请表.pdf")
    clerk.screenshot(shots / "clerk-file-asked.png")
    agree(scene)
    said = window.by("control-file-said")
    expect(said).to_have_attribute("data-state", "came", timeout=15_000)
    assert saved(scene.clerk, "申请表.pdf", tmp_path) == form.read_bytes()

    window.by("control-file-wish").fill("身份证正面")
    window.by("control-file-request").click()
    expect(clerk.by("once-about")).to_contain_text("身份证正面")
    agree(scene)
    expect(said).to_have_attribute("data-state", "chosen", timeout=15_000)
    clerk.by("file-picker").set_input_files(card)
    clerk.screenshot(shots / "clerk-file-chosen.png")
    clerk.by("file-send").click()
    expect(said).to_have_attribute("data-state", "came", timeout=15_000)
    window.screenshot(shots / "specialist-files.png")
    window.by("control-files-close").click()
    assert saved(scene.specialist, "身份证.jpg", tmp_path) == card.read_bytes()
    clerk.by("control-revoke").click()
    scene.understand()


def agree(scene: Controlled) -> None:
    yes = scene.clerk.window.by("once-yes")
    expect(yes).to_be_enabled(timeout=10_000)
    yes.click()


def saved(person: Clerk | Specialist, name: str, folder: Path) -> bytes:
    """Save a file from the list of the session, as the browser does; return what lies in the folder then."""
    link = person.window.by("file-save").filter(has_text=name)
    with person.window.page.expect_download() as download:
        link.click()
    assert download.value.suggested_filename == name
    kept = folder / f"saved-{name}"
    download.value.save_as(kept)
    return kept.read_bytes()


def test_a_refusal_and_silence_are_both_a_no(scene: Controlled) -> None:
    bar = scene.specialist.window.by("control-bar")
    scene.ask("pointer")
    no = scene.clerk.window.by("control-no")
    expect(no).to_be_enabled(timeout=15_000)
    no.click()
    expect(bar).to_have_attribute("data-end", "refused", timeout=10_000)
    scene.understand()
    scene.ask("pointer")
    expect(scene.clerk.window.by("control-countdown")).to_be_visible()
    expect(bar).to_have_attribute("data-end", "unanswered", timeout=60_000)
    scene.understand()


def test_the_picture_moves_while_it_is_worked_in(scene: Controlled, box: dict[str, float]) -> None:
    """The control path and the pictures beside each other: frames of the desktop go on being decoded."""
    window = scene.specialist.window
    with witness(scene.screen, AREA) as application:
        window.page.mouse.click(*scene.seen_at(box, 900, 500))
        frames = decoded_frames("stage-main-video")
        before = window.probe(frames)
        for _ in range(40):
            window.page.keyboard.press("a")
            window.page.wait_for_timeout(25)
        until(lambda: len(application.of(KEY_PRESS)) >= 40, what="40 keys")
        assert window.probe(frames) > before


def test_a_click_hits_what_is_seen_after_the_resolution_changed(
    scene: Controlled, box: dict[str, float]
) -> None:
    """And after it changed back; the grant goes on, and the picture has other bars around it."""
    page = scene.specialist.window.page
    with scene.resolution(1280, 1024):
        scene.click(1270, 1000)
    scene.click(1270, 1000)
    assert scene.surface() == box
    page.keyboard.press("Escape")
    expect(scene.specialist.window.by("control-bar")).to_have_attribute("data-standing", "granted")


def test_the_small_window_extends_narrows_and_takes_back(scene: Controlled, shots: Path) -> None:
    scene.grant()
    clerk, window = scene.clerk.window, scene.specialist.window
    small = "documentPictureInPicture.window.document"

    def press(test_id: str) -> None:
        clerk.until(f"{small}.querySelector('[data-testid={test_id}]')?.disabled === false")
        clerk.probe(f"{small}.querySelector('[data-testid={test_id}]').click()")

    left = f"{small}.querySelector('[data-testid=control-banner-left]').textContent.match(/\\d+/)[0]"
    assert int(clerk.probe(left)) <= 15
    press("control-extend")
    clerk.until(f"Number({left}) > 20")
    press("control-narrow")
    for scope in ("keyboard", "text", "clipboard"):
        press(f"control-keep-{scope}")
    with ImageGrab.grab(xdisplay=scene.screen) as picture:
        picture.save(shots / "clerk-small-window-narrows.png")
    press("control-narrow-done")
    expect(window.by("control-open-text")).to_have_count(0)
    expect(window.by("control-bar")).to_have_attribute("data-standing", "granted")
    press("control-revoke")
    expect(window.by("control-bar")).to_have_attribute("data-end", "revoked")
    scene.understand()
