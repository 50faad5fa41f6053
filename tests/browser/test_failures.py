"""Devices that fail, one by one: plain words at the counter, and the other side goes on hearing.

Where Chromium can be made to fail by itself it does: permissions not granted, a computer without cameras,
the process that captures pictures killed, the picker refused, the shared tab closed. What needs an operating
system that refuses or a device in another program's hands is thrown at getUserMedia in Chromium's own words.
"""

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Playwright, expect

from tests.browser.people import Clerk, Specialist
from tests.browser.product import Product
from tests.browser.windows import EVERYTHING, Window, launch, wait_for

BROKEN_CAMERAS = """
window.__broken = ["NAME", "MESSAGE"];
const open = MediaDevices.prototype.getUserMedia;
MediaDevices.prototype.getUserMedia = function (wanted) {
  if (!wanted.video || !window.__broken) return open.call(this, wanted);
  const [name, message] = window.__broken;
  return Promise.reject(new DOMException(message, name));
};
"""
"""Test-only: every camera fails with this error until `__broken` is null."""
SHARED_TITLE = "bangban-shared-tab"
SAMPLES = """
localStorage.setItem("bangban.devices", JSON.stringify({ tested: true, chosen:
  { microphone: "sample:voice", camera: "sample:camera", document_camera: "", speaker: null } }));
"""
"""Devices the page makes itself, for a browser that refuses all others."""
CAMERAS = ("camera", "document_camera")
ALLOWED = ("microphone", "notifications")


@pytest.fixture(scope="module")
def asking(playwright: Playwright) -> Iterator[Browser]:
    """A browser with devices that gives only what was permitted."""
    browser = launch(playwright, asks=True)
    yield browser
    browser.close()


@pytest.fixture
def camera_less(playwright: Playwright) -> Iterator[Browser]:
    """A browser on a computer that has a microphone and no camera."""
    browser = launch(playwright, more=("--use-fake-device-for-media-stream=device-count=0",))
    yield browser
    browser.close()


@pytest.fixture
def refusing(playwright: Playwright) -> Iterator[Browser]:
    """A browser whose picker is refused as soon as it opens."""
    browser = launch(playwright, asks=True, more=("--use-fake-ui-for-media-stream=deny",))
    yield browser
    browser.close()


@pytest.fixture
def sharing(playwright: Playwright) -> Iterator[Browser]:
    """A browser whose picker takes the tab of a certain title."""
    browser = launch(
        playwright, asks=True, more=(f"--auto-select-tab-capture-source-by-title={SHARED_TITLE}",)
    )
    yield browser
    browser.close()


@contextlib.contextmanager
def session(product: Product, clerk: Clerk, listener: Browser) -> Iterator[Specialist]:
    """A specialist in a session with this clerk; afterwards it is ended, wrapped up and put away."""
    specialist = Specialist.arrive(listener, product)
    specialist.go_online()
    clerk.find()
    clerk.start()
    specialist.accept()
    clerk.is_connected()
    try:
        yield specialist
    finally:
        specialist.window.by("bar-end").click()
        specialist.wrap_up("")
        for person in (specialist, clerk):
            person.window.page.context.close()
    assert specialist.window.errors == clerk.window.errors == []


def goes_on_hearing(specialist: Specialist) -> None:
    """Sound with energy arrives from now on."""
    window = specialist.window
    before = window.inbound()["audioEnergy"]
    wait_for(lambda: window.inbound()["audioEnergy"] > before, window.page, what="sound going on")


def picture(specialist: Specialist, track: str) -> Locator:
    """What the other side shows of this track of the counter, small or large."""
    small = f'[data-testid^="thumb-{track}-"][data-testid$="-clerk"] video'
    large = f'[data-testid="stage-main-video"][data-tile^="{track}-"][data-tile$="-clerk"]'
    return specialist.window.page.locator(f"{small}, {large}")


def goes_on_seeing(specialist: Specialist, *tracks: str) -> None:
    """The other side shows these tracks of the counter, and more frames of them are decoded from now on."""
    for track in tracks:
        expect(picture(specialist, track)).to_have_count(1)
    specialist.window.until_hears_and_sees(videos=len(tracks))


def trouble(clerk: Clerk, track: str, words: str, remedy: str) -> None:
    """The counter reads which device fails, why, and what to do."""
    line = clerk.window.by(f"trouble-{track}")
    expect(line).to_contain_text(words, timeout=15_000)
    expect(line).to_contain_text(remedy)


def comes_back(clerk: Clerk, track: str) -> None:
    """Nobody presses anything, and the words go."""
    expect(clerk.window.by(f"trouble-{track}")).to_have_count(0, timeout=20_000)


def try_again(clerk: Clerk, track: str) -> None:
    """Press the button beside the words."""
    clerk.window.by(f"trouble-{track}").get_by_role("button").click()
    comes_back(clerk, track)


def test_refused_camera_leaves_the_microphone(product: Product, asking: Browser, headless: Browser) -> None:
    clerk = Clerk.arrive(asking, product, permissions=ALLOWED)
    with session(product, clerk, headless) as specialist:
        trouble(clerk, "camera", "浏览器没有允许使用这个设备", "地址栏")
        goes_on_hearing(specialist)
        clerk.window.page.context.grant_permissions(list(EVERYTHING))
        comes_back(clerk, "camera")
        goes_on_seeing(specialist, "camera")


def test_refused_microphone_leaves_the_camera(product: Product, asking: Browser, headless: Browser) -> None:
    clerk = Clerk.arrive(asking, product, permissions=("camera", "notifications"))
    with session(product, clerk, headless) as specialist:
        trouble(clerk, "microphone", "浏览器没有允许使用这个设备", "地址栏")
        clerk.has_on("bar-camera")
        expect(picture(specialist, "camera")).to_be_visible()


def test_missing_camera_is_said(product: Product, camera_less: Browser, headless: Browser) -> None:
    """The demo has samples in place of missing cameras; this page is told that it is no demo."""
    clerk = Clerk(Window(as_service(camera_less, product)))
    clerk.window.page.goto(f"{product.url}/enter?role=clerk")
    with session(product, clerk, headless) as specialist:
        trouble(clerk, "camera", "没有找到这个设备", "检查插头")
        goes_on_hearing(specialist)


@pytest.mark.parametrize(
    ("name", "message", "words", "remedy"),
    [
        ("NotReadableError", "Could not start video source", "设备正被别的程序占用", "请关掉正在用它的程序"),
        ("NotAllowedError", "Permission denied by system", "操作系统没有允许浏览器使用这个设备", "隐私"),
    ],
)
def test_camera_the_system_withholds_is_said(
    product: Product, headless: Browser, name: str, message: str, words: str, remedy: str
) -> None:
    """No program holds fake cameras and Linux refuses nobody: Chromium's own errors are thrown instead."""
    script = BROKEN_CAMERAS.replace("NAME", name).replace("MESSAGE", message)
    clerk = Clerk.arrive(headless, product, devices=script)
    with session(product, clerk, headless) as specialist:
        trouble(clerk, "camera", words, remedy)
        goes_on_hearing(specialist)
        clerk.window.probe("void (window.__broken = null)")
        if name == "NotReadableError":
            comes_back(clerk, "camera")  # no event tells that the other program let it go
        else:
            try_again(clerk, "camera")
        goes_on_seeing(specialist, "camera")


def test_unplugged_cameras_leave_the_sound_and_come_back(
    product: Product, asking: Browser, headless: Browser
) -> None:
    """The capturing process dies, which ends tracks as a pulled plug does; the plug's return is announced."""
    clerk = Clerk.arrive(asking, product, devices=BROKEN_CAMERAS.replace('["NAME", "MESSAGE"]', "null"))
    clerk.test_devices()
    with session(product, clerk, headless) as specialist:
        goes_on_seeing(specialist, *CAMERAS)
        clerk.window.probe("void (window.__broken = ['NotFoundError', 'Requested device not found'])")
        pull_the_cameras(asking)
        for track in CAMERAS:
            trouble(clerk, track, "设备被拔掉了", "重新插好")
            expect(picture(specialist, track)).to_have_count(0)
        goes_on_hearing(specialist)
        clerk.window.probe("void (window.__broken = null)")
        clerk.window.probe("void navigator.mediaDevices.dispatchEvent(new Event('devicechange'))")
        for track in CAMERAS:
            comes_back(clerk, track)
        goes_on_seeing(specialist, *CAMERAS)


def test_cancelled_share_is_no_error(product: Product, refusing: Browser, headless: Browser) -> None:
    clerk = Clerk.arrive(refusing, product, devices=SAMPLES)
    with session(product, clerk, headless):
        clerk.window.by("bar-share").click()
        expect(clerk.window.by("bar-share")).to_have_attribute("data-state", "off")
        expect(clerk.window.by("bar-share")).to_be_enabled()
        assert clerk.window.page.get_by_role("alert").all_inner_texts() == []
        clerk.window.until("!window.documentPictureInPicture?.window")


def test_share_stopped_in_the_browser_is_no_error(
    product: Product, sharing: Browser, headless: Browser
) -> None:
    """The browser ends the share by itself: here because the shared tab closes, else in its own bar."""
    clerk = Clerk.arrive(sharing, product)
    with session(product, clerk, headless) as specialist:
        shared = clerk.window.page.context.new_page()
        shared.set_content(f"<title>{SHARED_TITLE}</title>")
        clerk.window.page.bring_to_front()
        clerk.turn_on("bar-share")
        stage_follows = '[data-testid="thumb-desktop-clerk"][aria-pressed="true"]'
        desktop = specialist.window.page.locator(stage_follows)
        expect(desktop).to_have_count(1, timeout=15_000)
        shared.close()
        expect(clerk.window.by("bar-share")).to_have_attribute("data-state", "off", timeout=15_000)
        expect(desktop).to_have_count(0, timeout=15_000)
        assert clerk.window.page.get_by_role("alert").all_inner_texts() == []
        clerk.window.until("!window.documentPictureInPicture?.window")
        goes_on_hearing(specialist)


def as_service(browser: Browser, product: Product) -> Page:
    """Open a page that is told it is no demo."""
    context: BrowserContext = browser.new_context(locale="zh-CN", permissions=list(EVERYTHING))
    config = {**product.get("/api/config"), "demo": False}  # type: ignore[dict-item]
    context.route("**/api/config", lambda route: route.fulfill(json=config))
    return context.new_page()


def pull_the_cameras(browser: Browser) -> None:
    """Kill the browser's process that reads cameras; asked again, the browser starts another."""
    processes = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
    pids = [int(process["id"]) for process in processes]
    cameras = [pid for pid in pids if b"VideoCaptureService" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    assert cameras, processes
    for pid in cameras:
        os.kill(pid, signal.SIGKILL)
