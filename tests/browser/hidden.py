"""A specialist who went to another tab when the tests began, and has been there ever since.

Six minutes pass while the other tests run: whoever needs them is run last and waits only for the rest.
"""

import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.browser import product as products
from tests.browser.product import Product
from tests.browser.puppets import Puppet, puppet
from tests.browser.screen import virtual_screen
from tests.browser.windows import FLAGS, UNATTENDED
from tests.support import npm
from tests.support.chromium import CHROMIUM

SPARED_BY_PUPPETEER = [
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
]
TICK_MS = 200
NOTE_RINGS = """
window.__rings = { sound: [], title: [], notification: [] };
const begin = AudioScheduledSourceNode.prototype.start;
AudioScheduledSourceNode.prototype.start = function (...when) {
  if (this.context.state === "running") window.__rings.sound.push(Date.now());
  return begin.apply(this, when);
};
window.Notification = class extends Notification {
  constructor(...words) {
    super(...words);
    this.addEventListener("show", () => window.__rings.notification.push(Date.now()));
  }
};
addEventListener("DOMContentLoaded", () => {
  const note = () => document.title.startsWith("☎") && window.__rings.title.push(Date.now());
  new MutationObserver(note).observe(document.querySelector("title"), { childList: true });
});
window.__hiddenAt = Infinity;
document.addEventListener("visibilitychange", () => {
  window.__hiddenAt = document.hidden ? Date.now() : Infinity;
});
window.__ticks = [0, 0];
setInterval(() => window.__ticks.splice(0, 2, window.__ticks[1], Date.now()), TICK_MS);
""".replace("TICK_MS", str(TICK_MS))
"""Test-only hooks: when the page rang in each way, since when it is hidden, and when its timers last ran."""


@dataclass(frozen=True, slots=True)
class HiddenSpecialist:
    """A window nobody looks at, and the product its person works for."""

    product: Product
    window: Puppet


@contextlib.contextmanager
def hidden_specialist() -> Iterator[HiddenSpecialist]:
    """Start a product and a visible browser, go 在线 in it, and put another tab in front for good."""
    with (
        tempfile.TemporaryDirectory(prefix="bangban-hidden-") as folder,
        products.running(Path(folder) / "data") as product,
        virtual_screen(1366, 768) as display,
        puppet(people_browser(display), NOTE_RINGS) as window,
    ):
        window.allow_notifications(product.url)
        window.open(f"{product.url}/enter?role=specialist")
        window.click("specialist-online")
        window.until("document.querySelector('[data-testid=presence]').dataset.state === 'available'")
        window.cover()
        window.until("document.visibilityState === 'hidden'")
        yield HiddenSpecialist(product, window)


def people_browser(display: str) -> dict[str, object]:
    """Return launch options of a browser that treats hidden tabs as people's browsers do."""
    return {
        "browser": "chrome",
        "executablePath": CHROMIUM,
        "headless": False,
        "args": [*FLAGS, UNATTENDED],
        "ignoreDefaultArgs": SPARED_BY_PUPPETEER,
        "env": {**npm.environ(), "DISPLAY": display},
    }
