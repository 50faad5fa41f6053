"""One product, one screen and two browsers for a module of browser tests; what must run all the while."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.browser import product as products
from tests.browser.hidden import HiddenSpecialist, hidden_specialist
from tests.browser.screen import virtual_screen
from tests.browser.windows import Window, launch

SHOTS = Path(__file__).resolve().parents[2] / "var" / "screenshots"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Move the tests that need a long time behind them to the end."""
    items.sort(key=lambda item: item.get_closest_marker("at_the_end") is not None)


@pytest.fixture(scope="session", autouse=True)
def hidden_all_the_while(request: pytest.FixtureRequest) -> Iterator[HiddenSpecialist | Exception | None]:
    """Hide the specialist before the first test of a browser, if a test will ask for one."""
    if not any("long_hidden" in getattr(item, "fixturenames", ()) for item in request.session.items):
        yield None
        return
    with contextlib.ExitStack() as until_the_end:
        try:
            hidden: HiddenSpecialist | Exception = until_the_end.enter_context(hidden_specialist())
        except Exception as error:  # the other tests do not need it
            hidden = error
        yield hidden


@pytest.fixture(scope="session")
def long_hidden(hidden_all_the_while: HiddenSpecialist | Exception | None) -> HiddenSpecialist:
    """A specialist who went 在线 and to another tab when the first of these tests began."""
    assert hidden_all_the_while is not None, "a test asks for it"
    if isinstance(hidden_all_the_while, Exception):
        raise hidden_all_the_while
    return hidden_all_the_while


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[products.Product]:
    """The whole product on a fresh data folder."""
    with products.running(tmp_path_factory.mktemp("product") / "data") as running:
        yield running


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(autouse=True)
def windows_closed() -> Iterator[None]:
    """Close the windows that a test opened itself."""
    with Window.closing():
        yield


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
