"""What befalls devices in mid-session, in a real browser: said, seen at the other side, put right.

What only an operating system or a driver can do (silence a track, refuse a frame rate) is done to Chromium's
own tracks and calls; what follows from it is the product's.
"""

from playwright.sync_api import Browser, expect

from tests.browser.people import Clerk, Specialist
from tests.browser.product import Product
from tests.browser.windows import Window

DEVICES = """
window.__tracks = {};
const open = MediaDevices.prototype.getUserMedia;
MediaDevices.prototype.getUserMedia = async function (wanted) {
  if (wanted.video?.frameRate) throw new OverconstrainedError("frameRate", "cannot be satisfied");
  const stream = await open.call(this, wanted);
  for (const track of stream.getTracks()) window.__tracks[track.kind] = track;
  return stream;
};
window.__silence = (kind, muted) => {
  Object.defineProperty(window.__tracks[kind], "muted", { configurable: true, value: muted });
  window.__tracks[kind].dispatchEvent(new Event(muted ? "mute" : "unmute"));
};
"""
"""Cameras that know no frame rate, and a system that silences what is open."""


def press_as_input_method(window: Window, key: str) -> None:
    """Press a key as Chromium reports it while an input method has it, without saying that it composes."""
    session = window.page.context.new_cdp_session(window.page)
    for kind in ("rawKeyDown", "keyUp"):
        session.send("Input.dispatchKeyEvent", {"type": kind, "key": key, "windowsVirtualKeyCode": 229})
    session.detach()


def test_what_befalls_devices_is_said_and_seen_and_put_right(product: Product, headless: Browser) -> None:
    specialist = Specialist.arrive(headless, product)
    specialist.go_online()
    clerk = Clerk.arrive(headless, product, devices=DEVICES)
    clerk.find()
    clerk.start()
    specialist.accept()
    clerk.is_connected()
    clerk.has_on("bar-camera")  # asked for without the frame rate that it refuses
    muted = specialist.window.page.locator('[data-testid^="signs-clerk"][data-signs~="muted"]')

    # Muted by its owner: beside the name and on the picture, at the other side.
    clerk.window.by("bar-microphone").click()
    expect(muted).to_have_count(1, timeout=15_000)
    expect(specialist.window.by("thumb-muted").first).to_be_attached()
    clerk.window.by("bar-microphone").click()
    expect(muted).to_have_count(0, timeout=15_000)

    # Silenced by the system.
    clerk.window.probe("void window.__silence('audio', true)")
    expect(clerk.window.by("trouble-microphone")).to_contain_text("系统把它静音了", timeout=15_000)
    expect(muted).to_have_count(1, timeout=15_000)
    clerk.window.probe("void window.__silence('audio', false)")
    expect(clerk.window.by("trouble-microphone")).to_have_count(0, timeout=15_000)
    expect(muted).to_have_count(0, timeout=15_000)

    # The Enter of an input method sends nothing; the person's own does.
    clerk.window.by("chat-input").fill("nihao")
    clerk.window.by("chat-input").focus()
    press_as_input_method(clerk.window, "Enter")
    expect(clerk.window.by("chat-input")).to_have_value("nihao")
    expect(clerk.window.by("chat-line")).to_have_count(0)
    clerk.window.page.keyboard.press("Enter")
    expect(clerk.window.by("chat-line")).to_have_count(1, timeout=15_000)

    specialist.window.by("bar-end").click()
    specialist.wrap_up("")
    for person in (specialist, clerk):
        person.window.page.context.close()
    assert specialist.window.errors == clerk.window.errors == []
