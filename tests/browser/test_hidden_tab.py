"""A specialist who works in another tab is available, and hears the next call at once."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.people import Clerk
from tests.browser.product import Product
from tests.browser.puppets import Puppet, puppet
from tests.browser.rest import Rest
from tests.browser.screen import virtual_screen
from tests.browser.windows import CHROMIUM, FLAGS, UNATTENDED, Window
from tests.support import npm

GRACE_S = 10
"""Chromium wakes a page hidden for five minutes once a minute; here sooner. An open WebSocket spares it that,
as long as Chromium's rules stay as they are."""
THROTTLED = f"--enable-features=IntensiveWakeUpThrottling:grace_period_seconds/{GRACE_S}"
SPARED_BY_PUPPETEER = [
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
]
RING_WITHIN_S = 1.0
TICK_MS = 200
SLOW_TICK_MS = 900
"""A hidden page's timers run once a second at most."""
NOTE_RINGS = """
window.__rings = [];
const begin = AudioScheduledSourceNode.prototype.start;
AudioScheduledSourceNode.prototype.start = function (...when) {
  if (this.context.state === "running") window.__rings.push(Date.now());
  return begin.apply(this, when);
};
window.__hiddenAt = Infinity;
document.addEventListener("visibilitychange", () => (window.__hiddenAt = Date.now()));
window.__ticks = [0, 0];
setInterval(() => window.__ticks.splice(0, 2, window.__ticks[1], Date.now()), TICK_MS);
""".replace("TICK_MS", str(TICK_MS))
"""Test-only hooks: when the page made a sound, was hidden, and when its timers last ran."""

NO_SOUND_CARD = """
AudioContext.prototype.resume = () => new Promise(() => {});
Object.defineProperty(BaseAudioContext.prototype, "state", { get: () => "suspended" });
"""
"""What Firefox does where there is none."""

pytestmark = pytest.mark.system("chromium", "xvfb")


@pytest.fixture
def specialist() -> Iterator[Puppet]:
    """A visible browser that treats hidden tabs as people's browsers do."""
    with virtual_screen() as display:
        options = {
            "browser": "chrome",
            "executablePath": CHROMIUM,
            "headless": False,
            "args": [*FLAGS, UNATTENDED, THROTTLED],
            "ignoreDefaultArgs": SPARED_BY_PUPPETEER,
            "env": {**npm.environ(), "DISPLAY": display},
        }
        with puppet(options, NOTE_RINGS) as window:
            yield window


def test_computer_without_sound_is_told_so(product: Product, headless: Browser) -> None:
    window = Window.open(headless, f"{product.url}/enter?role=specialist", script=NO_SOUND_CARD)
    window.by("specialist-online").click(timeout=20_000)
    expect(window.page.get_by_text("放不出声音")).to_be_visible(timeout=10_000)
    expect(window.by("presence")).to_have_attribute("data-state", "away")
    assert window.errors == []
    window.page.context.close()


def test_hidden_specialist_is_available_and_rings(
    product: Product, specialist: Puppet, headless: Browser
) -> None:
    specialist.open(f"{product.url}/enter?role=specialist")
    specialist.click("specialist-online")
    specialist.until("document.querySelector('[data-testid=presence]').dataset.state === 'available'")
    specialist.cover()
    specialist.until("document.visibilityState === 'hidden'")
    specialist.until(f"Date.now() - window.__hiddenAt > {GRACE_S * 1000}")
    specialist.until(f"window.__ticks[1] - window.__ticks[0] > {SLOW_TICK_MS}")

    clerk = Clerk.arrive(headless, product)
    clerk.find()
    expect(clerk.window.by("available-count")).to_have_attribute("data-count", "1")
    clerk.start()
    rings = specialist.until("window.__rings.length && window.__rings")
    assert specialist.probe("document.visibilityState") == "hidden"
    assert rings[0] / 1000 - offered_at(product) < RING_WITHIN_S

    specialist.uncover()
    specialist.sees("offer-card")
    specialist.press("Enter")
    specialist.sees("media-bar")
    clerk.is_connected()
    assert specialist.errors() == []


def offered_at(product: Product) -> float:
    """Return when the server made the offer, in seconds; both clocks are this machine's."""
    rest = Rest.as_role(product.url, "clerk")
    call_id = rest.get("/api/calls/mine")["calls"][0]["call_id"]
    events = rest.get(f"/api/calls/{call_id}")["events"]
    made = next(event for event in events if event["kind"] == "offer.made")
    return datetime.fromisoformat(made["at"]).timestamp()
