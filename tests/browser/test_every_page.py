"""Every page in its important states, in both languages.

axe finds nothing (WCAG 2.1 AA, contrast and names among it), and what is Chinese in English is data.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.languages import foreign_words
from tests.browser.people import Clerk, Specialist
from tests.browser.product import Product
from tests.browser.windows import Window

AXE = Path(__file__).parents[2] / "web_client" / "node_modules" / "axe-core" / "axe.min.js"
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}
BRAND = re.compile("帮办|Bangban")
LANGUAGES = ("zh-CN", "en")
SETTLED = """
new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))).then(() =>
  document.getAnimations().every(
    (one) => one.playState !== "running" || one.effect.getComputedTiming().endTime === Infinity
  )
)
"""
"""What came last is drawn and not half faded in; what turns for ever goes on turning."""
OPEN_PAGES = ("/start", "/login", "/pad", "/insecure", "/denied", "/missing")


def window_in(browser: Browser, url: str, language: str) -> Window:
    """Open an address in a language."""
    script = f"localStorage.setItem('bangban.language', '{language}')"
    return Window.open(browser, url, script=script)


def look(window: Window, state: str) -> list[str]:
    """Return what is wrong with the page as it is: axe's rule, element and why, or words not translated."""
    window.until(SETTLED)
    window.page.evaluate(AXE.read_text())
    rules = json.dumps(RULES)
    broken: list[dict[str, Any]] = window.page.evaluate(f"axe.run(document, {rules}).then(r => r.violations)")
    rows = [
        f"{rule['id']}: {node['target']} {node['failureSummary']}"
        for rule in broken
        for node in rule["nodes"]
    ]
    rows += [f"not English: {words}" for words in foreign_words(window)]
    if BRAND.fullmatch(window.page.title()):
        rows.append("no title of its own")
    return [f"{state}: {row}" for row in rows]


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_anybody_may_open(product: Product, headless: Browser, language: str) -> None:
    found: list[str] = []
    for path in OPEN_PAGES:
        window = window_in(headless, product.url + path, language)
        expect(window.page.get_by_role("heading").first).to_be_visible(timeout=20_000)
        found += look(window, path)
        window.page.context.close()
    assert found == [], "\n".join(found)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("username", ["admin", "audit", "zhouping", "zhaojun"])
def test_desks_of_those_who_look_after(
    product: Product, headless: Browser, language: str, username: str
) -> None:
    found: list[str] = []
    window = window_in(headless, f"{product.url}/login", language)
    window.by("login-username").fill(username)
    window.by("login-password").fill("bangban-demo")
    window.by("login-submit").click()
    expect(window.by("person-menu")).to_be_visible(timeout=20_000)
    window.page.wait_for_load_state("networkidle")
    found += look(window, username)
    tabs = window.page.get_by_role("tab")
    for number in range(tabs.count()):
        tabs.nth(number).click()
        window.page.wait_for_load_state("networkidle")
        found += look(window, f"{username}, tab {number}")
    window.page.context.close()
    assert found == [], "\n".join(found)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_session_on_both_sides(product: Product, headless: Browser, language: str) -> None:
    found: list[str] = []
    specialist = Specialist(window_in(headless, f"{product.url}/enter?role=specialist", language))
    specialist.go_online()
    clerk = Clerk(window_in(headless, f"{product.url}/enter?role=clerk", language))
    expect(clerk.window.by("item-search-input")).to_be_enabled(timeout=20_000)
    pad = window_in(headless, f"{product.url}/enter?role=pad", language)
    found += look(clerk.window, "clerk without an item")
    found += look_at_devices(clerk)
    found += look_at_counter(clerk)
    found += look(specialist.window, "specialist waiting")
    clerk.find()
    found += look(clerk.window, "clerk with an item")
    clerk.window.by("start-call").click()
    found += look(clerk.window, "notice to the citizen")
    clerk.window.by("consent-by-self").click()
    clerk.window.by("consent-agree").click()
    expect(specialist.window.by("offer-card")).to_be_visible(timeout=20_000)
    found += look(clerk.window, "clerk waiting")
    found += look(specialist.window, "specialist rung")
    specialist.accept()
    clerk.is_connected()
    clerk.has_on("bar-document-camera")
    for tab in ("chat", "records", "messages", "guide"):
        specialist.window.by(f"tab-{tab}").click()
        found += look(specialist.window, f"specialist in a session, {tab}")
    found += look(clerk.window, "clerk in a session")
    found += look_at_control(clerk.window, specialist.window)
    specialist.window.by("bar-end").click()
    expect(specialist.window.by("wrapup-form")).to_be_visible(timeout=15_000)
    found += look(specialist.window, "wrap-up")
    specialist.wrap_up("")
    found += look(clerk.window, "clerk after a session")
    expect(pad.by("pad-rate-satisfied")).to_be_visible(timeout=15_000)
    found += look(pad, "pad asking")
    clerk.window.by("notice-open").click()
    expect(clerk.window.by("notice-missing")).to_be_visible(timeout=15_000)
    found += look(clerk.window, "sheet for the citizen")
    for window in (clerk.window, specialist.window, pad):
        window.page.context.close()
    found += look_at_replay(product, headless, language)
    assert found == [], "\n".join(found)


def look_at_control(counter: Window, desk: Window) -> list[str]:
    """Share the practice PC, be asked for control, grant it, see how it ended."""
    counter.by("bar-practice").click()
    expect(desk.by("control-button")).to_have_attribute("data-why", "", timeout=20_000)
    found = look(counter, "practice PC")
    desk.by("control-button").click()
    desk.by("control-request-send").click()
    expect(counter.by("control-yes")).to_be_enabled(timeout=15_000)
    found += look(counter, "question for control")
    counter.by("control-yes").click()
    expect(counter.by("control-banner")).to_be_visible(timeout=15_000)
    found += look(counter, "control granted")
    counter.by("control-revoke").click()
    expect(counter.by("control-ended")).to_be_visible(timeout=15_000)
    found += look(counter, "control ended")
    counter.by("practice-stop").click()
    expect(counter.by("practice-panel")).to_be_hidden(timeout=15_000)
    return found


def look_at_counter(clerk: Clerk) -> list[str]:
    """Open the page of the counter PC's program and come back."""
    clerk.window.by("person-menu").click()
    clerk.window.by("menu-counter").click()
    clerk.window.by("helper-code-ask").click()
    expect(clerk.window.by("helper-code")).to_be_visible(timeout=15_000)
    found = look(clerk.window, "counter PC's program")
    clerk.window.by("counter-done").click()
    expect(clerk.window.by("item-search-input")).to_be_enabled(timeout=20_000)
    return found


def look_at_devices(clerk: Clerk) -> list[str]:
    """Go through the device test."""
    clerk.window.by("device-test").click()
    expect(clerk.window.by("camera-tile").first).to_be_visible(timeout=15_000)
    found = look(clerk.window, "device test")
    clerk.choose_devices()
    return found


def look_at_replay(product: Product, browser: Browser, language: str) -> list[str]:
    """Open the session that just ended, as soon as its recording is ready."""
    reviewer = window_in(browser, f"{product.url}/enter?role=reviewer", language)
    reviewer.page.locator('[data-testid^="review-row-"]').first.click(timeout=20_000)
    expect(reviewer.by("replay-toggle")).to_be_visible(timeout=60_000)
    found = look(reviewer, "replay")
    for tab in reviewer.page.get_by_role("tab").all():
        tab.click()
        found += look(reviewer, f"replay, {tab.inner_text()}")
    reviewer.page.context.close()
    return found
