"""One product, one screen and two browsers for a module of browser tests; what must run all the while."""

import contextlib
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.browser import product as products
from tests.browser.hidden import HiddenSpecialist, hidden_specialist
from tests.browser.screen import virtual_screen
from tests.browser.windows import launch

SHOTS = Path(__file__).resolve().parents[2] / "var" / "screenshots"
LONG_HIDDEN: Final = pytest.StashKey[HiddenSpecialist | Exception]()
"""The specialist hidden since the session began, or why there is none."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Move the tests that need a long time behind them to the end."""
    items.sort(key=lambda item: item.get_closest_marker("at_the_end") is not None)


@pytest.hookimpl(wrapper=True)
def pytest_runtestloop(session: pytest.Session) -> Generator[None, object, object]:
    """Hide the specialist before the first test, if a test will ask for one."""
    asked = any("long_hidden" in getattr(item, "fixturenames", ()) for item in session.items)
    if not asked or session.config.option.collectonly:
        return (yield)
    with contextlib.ExitStack() as until_the_end:
        try:
            session.config.stash[LONG_HIDDEN] = until_the_end.enter_context(hidden_specialist())
        except Exception as error:  # the other tests do not need it
            session.config.stash[LONG_HIDDEN] = error
        return (yield)


@pytest.fixture(scope="session")
def long_hidden(pytestconfig: pytest.Config) -> HiddenSpecialist:
    """A specialist who went 在线 and to another tab when this test run began."""
    hidden = pytestconfig.stash[LONG_HIDDEN]
    if isinstance(hidden, Exception):
        raise hidden
    return hidden


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
