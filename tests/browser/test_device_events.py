"""What befalls devices in mid-session, in a real browser: said, seen at the other side, put right.

What only an operating system or a driver can do (silence a track, refuse a frame rate) is done to Chromium's
own tracks and calls; what follows from it is the product's.
"""

from collections.abc import Callable

from playwright.sync_api import Browser, expect

from tests.browser.people import Clerk, Specialist
from tests.browser.product import Product
from tests.browser.windows import Window

DEVICES = """
window.__tracks = {};
window.__microphones = [];
const open = MediaDevices.prototype.getUserMedia;
MediaDevices.prototype.getUserMedia = async function (wanted) {
  if (wanted.video?.frameRate) throw new OverconstrainedError("frameRate", "cannot be satisfied");
  const stream = await open.call(this, wanted);
  const tracks = stream.getTracks().map((track) => (track.kind === "audio" ? throughMixer(track) : track));
  for (const track of tracks) window.__tracks[track.kind] = track;
  return new MediaStream(tracks);
};
function throughMixer(own) {
  const mixer = new AudioContext();
  const out = mixer.createMediaStreamDestination();
  mixer.createMediaStreamSource(new MediaStream([own])).connect(out);
  window.__microphones.push(mixer);
  const [track] = out.stream.getAudioTracks();
  const settings = own.getSettings();
  return Object.assign(track, { getSettings: () => settings });
}
window.__silence = (kind, muted) => {
  for (const mixer of kind === "audio" ? window.__microphones : []) muted ? mixer.suspend() : mixer.resume();
  Object.defineProperty(window.__tracks[kind], "muted", { configurable: true, value: muted });
  window.__tracks[kind].dispatchEvent(new Event(muted ? "mute" : "unmute"));
};
"""
"""Cameras that know no frame rate, and a system that silences what is open: nothing at all comes any more."""
ALARM_MS = 4_000
"""Longer than a recording that does not grow is borne (`TapSettings.stall_after`, looked at each second)."""


def press_as_input_method(window: Window, key: str) -> None:
    """Press a key as Chromium reports it while an input method has it, without saying that it composes."""
    session = window.page.context.new_cdp_session(window.page)
    for kind in ("rawKeyDown", "keyUp"):
        session.send("Input.dispatchKeyEvent", {"type": kind, "key": key, "windowsVirtualKeyCode": 229})
    session.detach()


def watched_recording(window: Window) -> Callable[[], list[str]]:
    """Note each state of the recording that the window shows from now on; return how to read them."""
    window.probe(
        """(() => {
          const seen = (window.__recordings = new Set());
          const look = () => seen.add(document.querySelector('[data-testid=recording-state]')?.dataset.state);
          look();
          const all = { subtree: true, childList: true, attributes: true };
          new MutationObserver(look).observe(document.body, all);
        })()"""
    )
    return lambda: [str(state) for state in window.probe("[...window.__recordings]")]


def test_what_befalls_devices_is_said_and_seen_and_put_right(product: Product, headless: Browser) -> None:
    specialist = Specialist.arrive(headless, product)
    specialist.go_online()
    clerk = Clerk.arrive(headless, product, devices=DEVICES)
    clerk.test_devices()
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

    # Silenced by the system: the other side reads so, and the recording has nothing to complain of.
    recordings = [watched_recording(window) for window in (clerk.window, specialist.window)]
    clerk.window.probe("void window.__silence('audio', true)")
    expect(clerk.window.by("trouble-microphone")).to_contain_text("系统把它静音了", timeout=15_000)
    silenced = specialist.window.page.locator('[data-testid^="signs-clerk"][data-signs~="silenced"]')
    expect(silenced).to_contain_text("系统静音", timeout=15_000)
    expect(specialist.window.by("thumb-muted").first).to_have_text("系统静音")
    clerk.window.page.wait_for_timeout(ALARM_MS)
    clerk.window.probe("void window.__silence('audio', false)")
    expect(clerk.window.by("trouble-microphone")).to_have_count(0, timeout=15_000)
    expect(silenced).to_have_count(0, timeout=15_000)
    specialist.window.until_hears_and_sees(videos=1)
    assert [seen() for seen in recordings] == [["recording"], ["recording"]]

    # Nothing comes any more and nothing tells so: the alarm says whose track it is.
    clerk.window.probe("window.__microphones.forEach((mixer) => void mixer.suspend())")
    for window in (clerk.window, specialist.window):
        expect(window.by("recording-state")).to_contain_text("王秀英的麦克风没有传来", timeout=15_000)
    clerk.window.probe("window.__microphones.forEach((mixer) => void mixer.resume())")
    for window in (clerk.window, specialist.window):
        expect(window.by("recording-state")).to_have_attribute("data-state", "recording", timeout=15_000)

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
