"""One product, one screen and two browsers for a module of browser tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.browser import product as products
from tests.browser.screen import virtual_screen
from tests.browser.windows import launch

SHOTS = Path(__file__).resolve().parents[2] / "var" / "screenshots"


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[products.Product]:
    """The whole product on a fresh data folder."""
    with products.running(tmp_path_factory.mktemp("product") / "data") as running:
        yield running


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def headless(playwright: Playwright) -> Iterator[Browser]:
    """A browser nobody sees."""
    browser = launch(playwright)
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def visible(playwright: Playwright) -> Iterator[Browser]:
    """A browser on a virtual screen, which it can share."""
    with virtual_screen() as display:
        browser = launch(playwright, screen=display)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def shots() -> Path:
    """Where pictures of the pages are kept; not part of the repository."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    return SHOTS
