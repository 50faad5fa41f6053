"""A specialist who works in another tab is available, and hears the next call at once."""

from datetime import datetime

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.hidden import HiddenSpecialist
from tests.browser.people import Clerk
from tests.browser.product import Product
from tests.browser.rest import Rest
from tests.browser.windows import Window

HIDDEN_S = 360
"""Chromium wakes a page hidden for five minutes once a minute, unless it has an open WebSocket like ours."""
SLOW_TICK_MS = 900
"""A hidden page's timers run once a second at most."""
RING_WITHIN_S = 1.0

NO_SOUND_CARD = """
AudioContext.prototype.resume = () => new Promise(() => {});
Object.defineProperty(BaseAudioContext.prototype, "state", { get: () => "suspended" });
"""
"""What Firefox does where there is none."""


def test_computer_without_sound_is_told_so(product: Product, headless: Browser) -> None:
    window = Window.open(headless, f"{product.url}/enter?role=specialist", script=NO_SOUND_CARD)
    window.by("specialist-online").click(timeout=20_000)
    expect(window.page.get_by_text("放不出声音")).to_be_visible(timeout=10_000)
    expect(window.by("presence")).to_have_attribute("data-state", "away")
    assert window.errors == []
    window.page.context.close()


@pytest.mark.system("chromium", "xvfb")
@pytest.mark.timeout(900)
@pytest.mark.at_the_end
def test_specialist_hidden_for_six_minutes_rings_within_a_second(
    long_hidden: HiddenSpecialist, headless: Browser
) -> None:
    specialist, product = long_hidden.window, long_hidden.product
    specialist.until(f"Date.now() - window.__hiddenAt >= {HIDDEN_S * 1000}", seconds=HIDDEN_S + 30)
    specialist.until(f"window.__ticks[1] - window.__ticks[0] > {SLOW_TICK_MS}")

    clerk = Clerk.arrive(headless, product)
    clerk.find()
    expect(clerk.window.by("available-count")).to_have_attribute("data-count", "1")
    clerk.start()
    every_way = "Object.values(window.__rings).every((times) => times.length > 0)"
    rings = specialist.until(f"{every_way} && window.__rings")
    assert specialist.probe("document.visibilityState") == "hidden"
    assert specialist.probe(f"Date.now() - window.__hiddenAt >= {HIDDEN_S * 1000}")
    offered = offered_at(product)
    late = {way: times[0] / 1000 - offered for way, times in rings.items()}
    assert all(0 <= delay < RING_WITHIN_S for delay in late.values()), late

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
