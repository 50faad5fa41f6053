"""Out of a session by the browser's own ways; pages that outlive a restart and an upgrade of their server."""

import os
import re
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Dialog, expect

from tests.browser import product as products
from tests.browser.people import Clerk, Specialist
from tests.browser.product import ROOT, Product
from tests.browser.windows import Window, wait_for

BACK_S = 40.0
"""A process is started again within a second; on a loaded machine its imports take the most of this."""
UNUSED_S = 60.0
"""So long nobody may have touched an outdated page before it loads itself anew (`state/update`)."""
HASHED = re.compile(r"\b([\w.-]+?-)([\w-]{8})(\.\w+)\b")


@pytest.fixture
def served(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A built web client of this test's own, which an upgrade may replace."""
    folder = tmp_path_factory.mktemp("client") / "dist"
    shutil.copytree(ROOT / "web_client" / "dist", folder)
    return folder


@pytest.fixture
def product(tmp_path_factory: pytest.TempPathFactory, served: Path) -> Iterator[Product]:
    data = tmp_path_factory.mktemp("product") / "data"
    with products.running(data, {"WEB_ROOT": str(served)}) as running:
        yield running


def build_anew(served: Path) -> None:
    """Give every file of the client another name, as another build does; the old ones are gone.

    Every one: a file that kept its name would be taken from the browser's cache, and ask for the old ones.
    """
    names = {path.name for path in (served / "assets").iterdir()}

    def renamed(found: re.Match[str]) -> str:
        last = "_" if found[2][-1] != "_" else "-"
        return f"{found[1]}{found[2][:-1]}{last}{found[3]}" if found[0] in names else found[0]

    for path in [*served.rglob("*.js"), *served.rglob("*.css"), served / "index.html"]:
        path.write_text(HASHED.sub(renamed, path.read_text()))
    for name in names:
        (served / "assets" / name).rename(served / "assets" / HASHED.sub(renamed, name))
    assert not names & {path.name for path in (served / "assets").iterdir()}


def restart(product: Product, window: Window, how: signal.Signals) -> None:
    """Have the signalling process end, and wait until another one serves."""
    before = product.pid_of("signaling")
    os.kill(before, how)

    def serves() -> bool:
        try:
            product.get("/healthz")
            return product.pid_of("signaling") != before
        except (OSError, LookupError):
            return False

    wait_for(serves, window.page, what="a new signalling process", seconds=BACK_S)


def meet(headless: Browser, product: Product) -> tuple[Clerk, Specialist]:
    """Return two people in a session."""
    specialist = Specialist.arrive(headless, product)
    specialist.go_online()
    clerk = Clerk.arrive(headless, product)
    clerk.test_devices()
    clerk.find()
    clerk.start()
    specialist.accept()
    clerk.is_connected()
    both(clerk, specialist)
    return clerk, specialist


def both(clerk: Clerk, specialist: Specialist) -> None:
    """Wait until each hears and sees the other."""
    for person in (clerk, specialist):
        person.window.until_hears_and_sees(videos=1, seconds=BACK_S)


def part(clerk: Clerk, specialist: Specialist) -> None:
    """End the session and close both windows."""
    specialist.window.by("bar-end").click()
    specialist.wrap_up("")
    for person in (clerk, specialist):
        assert person.window.errors == []
        person.window.page.context.close()


def test_back_asks_first_and_one_finds_in_again(headless: Browser, product: Product, shots: Path) -> None:
    clerk, specialist = meet(headless, product)
    page = clerk.window.page
    box = page.locator(".leaving-box")

    # Back within the client: asked; who stays is still there, at the console's address.
    page.evaluate("history.back()")
    expect(box).to_contain_text("协助还在进行")
    clerk.window.screenshot(shots / "leaving-back.png")
    box.get_by_text("留下").click()
    expect(page).to_have_url(re.compile("/clerk$"))
    both(clerk, specialist)

    # A second Back while it asks opens no second question.
    page.evaluate("history.back()")
    expect(box).to_be_visible()
    page.evaluate("history.back()")
    expect(box).to_have_count(1)
    box.get_by_text("离开").last.click()
    gone = specialist.window.by("reconnect-peer")
    expect(gone).to_contain_text("关闭或离开了页面", timeout=15_000)
    page.goto(f"{product.url}/clerk")
    clerk.is_connected()
    expect(gone).to_have_count(0, timeout=15_000)
    both(clerk, specialist)

    # Out of the client altogether: the browser asks; back again, one is in the session.
    asked: list[str] = []

    def go(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", go)
    clerk.window.by("bar-camera").focus()
    page.goto("about:blank")
    assert asked == ["beforeunload"]
    expect(gone).to_contain_text("关闭或离开了页面", timeout=15_000)
    page.go_back()
    clerk.is_connected()
    both(clerk, specialist)
    part(clerk, specialist)


def test_a_closed_tab_and_a_logout_are_told_as_what_they_are(headless: Browser, product: Product) -> None:
    clerk, specialist = meet(headless, product)
    gone = specialist.window.by("reconnect-peer")
    context = clerk.window.page.context
    clerk.window.page.close()
    expect(gone).to_contain_text("关闭或离开了页面", timeout=15_000)
    clerk = Clerk(Window(context.new_page()))
    clerk.window.page.goto(f"{product.url}/enter?role=clerk")
    clerk.is_connected()
    both(clerk, specialist)

    clerk.window.by("person-menu").click()
    clerk.window.by("menu-logout").click()
    box = clerk.window.page.locator(".leaving-box")
    expect(box).to_be_visible()
    clerk.window.page.keyboard.press("Escape")
    expect(box).to_have_count(0)
    both(clerk, specialist)
    clerk.window.by("person-menu").click()
    clerk.window.by("menu-logout").click()
    box.get_by_role("button", name="退出登录").click()
    expect(clerk.window.page).to_have_url(re.compile("/login"))
    expect(gone).to_contain_text("退出了登录", timeout=15_000)
    clerk.window.page.goto(f"{product.url}/enter?role=clerk")
    clerk.is_connected()
    expect(gone).to_have_count(0, timeout=15_000)
    part(clerk, specialist)


def test_a_server_that_stops_says_so_and_everybody_is_back_by_themselves(
    headless: Browser, product: Product, shots: Path
) -> None:
    clerk, specialist = meet(headless, product)
    for person in (clerk, specialist):
        person.window.probe(
            """new MutationObserver(() => {
              const said = document.querySelector('[data-testid=reconnect-restart]');
              if (said) window.__said = said.textContent;
            }).observe(document.body, { subtree: true, childList: true })"""
        )
    restart(product, clerk.window, signal.SIGTERM)
    for person in (clerk, specialist):
        said = person.window.until("window.__said")
        assert "服务正在重启" in said
        assert "自动恢复" in said
        expect(person.window.by("reconnect-restart")).to_have_count(0, timeout=BACK_S * 1000)
        expect(person.window.by("connection-lost")).to_have_count(0)
    both(clerk, specialist)
    clerk.window.screenshot(shots / "after-restart.png")
    part(clerk, specialist)


@pytest.mark.timeout(330)
def test_pages_of_before_an_upgrade_finish_ring_and_replace_themselves(
    headless: Browser, product: Product, served: Path, shots: Path
) -> None:
    clerk, specialist = meet(headless, product)
    for person in (clerk, specialist):
        person.window.probe("void (window.__before = true)")
    entry = "document.querySelector('script[type=module]').getAttribute('src')"
    outdated = specialist.window.until(entry)
    build_anew(served)
    restart(product, clerk.window, signal.SIGTERM)
    both(clerk, specialist)
    for person in (clerk, specialist):
        notice = person.window.by("update-notice")
        expect(notice).to_contain_text("先办完手上的事", timeout=BACK_S * 1000)
        expect(person.window.by("update-now")).to_have_count(0)
    clerk.window.screenshot(shots / "upgrade-in-session.png")
    specialist.window.by("bar-end").click()
    specialist.wrap_up("")

    # Between two sessions: other pages open though their files are gone, and the next call rings.
    clerk.window.by("next-citizen").click()
    expect(clerk.window.by("update-now")).to_be_visible()
    clerk.window.by("person-menu").click()
    clerk.window.by("menu-devices").click()
    clerk.window.by("devices-done").click()
    clerk.find()
    clerk.start()
    specialist.accept()
    both(clerk, specialist)
    assert clerk.window.probe("window.__before") is True
    assert specialist.window.probe("window.__before") is True
    clerk.window.by("bar-end").click()
    specialist.wrap_up("")

    # Nobody touches it any more: it is the new one by itself, and the specialist is still to be rung.
    specialist.window.until("!window.__before", seconds=UNUSED_S + 25)
    expect(specialist.window.by("update-notice")).to_have_count(0)
    assert specialist.window.until(entry) != outdated
    expect(specialist.window.by("presence")).to_have_attribute("data-state", "available", timeout=20_000)
    for person in (clerk, specialist):
        assert person.window.errors == []
        person.window.page.context.close()
