"""The core of the story with Firefox as the specialist and Chromium at the counter."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser import product as products
from tests.browser.firefox import firefox
from tests.browser.people import Clerk
from tests.browser.product import Product
from tests.browser.puppets import Puppet
from tests.browser.wires import Wire, wire

pytestmark = pytest.mark.system("chromium", "firefox-esr")


@pytest.fixture
def cable() -> Iterator[Wire]:
    """An address of this machine that is not loopback, whatever network it has."""
    with wire() as laid:
        yield laid


@pytest.fixture
def outside(cable: Wire, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """A product whose media has no loopback address."""
    settings = {"MEDIA_LISTEN_ADDRESSES": cable.here, "MEDIA_INCLUDE_LOOPBACK": "false"}
    with products.running(tmp_path_factory.mktemp("outside") / "data", settings) as running:
        yield running


def test_firefox_with_its_loopback_preference(product: Product, headless: Browser) -> None:
    with firefox(loopback=True) as specialist:
        session_with_a_chromium_clerk(product, headless, specialist)


def test_firefox_as_it_is_installed(outside: Product, headless: Browser) -> None:
    with firefox(loopback=False) as specialist:
        session_with_a_chromium_clerk(outside, headless, specialist)


def session_with_a_chromium_clerk(
    product: Product, browser: Browser, specialist: Puppet, meanwhile: Callable[[], None] = lambda: None
) -> None:
    """Have them meet, look `meanwhile`, and part."""
    specialist.open(f"{product.url}/enter?role=specialist")
    specialist.click("specialist-online")
    specialist.sees("presence")
    clerk = Clerk.arrive(browser, product)
    clerk.test_devices()
    clerk.find()
    expect(clerk.window.by("available-count")).to_have_attribute("data-count", "1", timeout=20_000)
    clerk.start()
    specialist.sees("offer-card")
    specialist.press("Enter")
    specialist.sees("media-bar")
    clerk.is_connected()
    clerk.window.until_hears_and_sees(videos=1, seconds=30)
    specialist.until_hears_and_sees(videos=2)
    meanwhile()

    clerk.window.by("chat-input").fill("清单没有带")
    clerk.window.by("chat-send").click()
    specialist.click("tab-chat")
    specialist.sees("chat-line")

    clerk.window.by("bar-end").click()
    specialist.sees("wrapup-form")
    assert specialist.errors() == clerk.window.errors == []
