"""What all browser tests share: one browser, one page origin, a fresh media process for each test."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

import pytest
from playwright.async_api import Browser

from tests.rtc_server.media.firefox import Firefox, firefox
from tests.rtc_server.media.stage import Stage, build_page, chromium, media_process, page_origin


@pytest.fixture(scope="session")
def page() -> None:
    build_page()


@pytest.fixture
async def origin(page: None) -> AsyncIterator[str]:
    async with page_origin() as address:
        yield address


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as running:
        yield running


@pytest.fixture(name="firefox")
def firefox_fixture(page: None) -> Callable[..., AbstractAsyncContextManager[Firefox]]:
    """Start Firefox with `async with firefox(loopback=...)`."""
    return firefox


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with media_process() as client:
        stage = Stage(client)
        await stage.open()
        yield stage
