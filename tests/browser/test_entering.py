"""Every step of entering a session survives a server that stands still longer than a command waits."""

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.freezing import Freezer
from tests.browser.people import Clerk, Specialist
from tests.browser.product import Product
from tests.browser.windows import wait_for

FROZEN_S = 12.5
"""Longer than a command waits for its answer, shorter than the socket lives without a ping."""
STEPS = (
    "call.join",
    "media.create_transport",
    "media.connect_transport",
    "media.produce",
    "media.consume",
    "media.resume_consumer",
)


@pytest.mark.parametrize("step", STEPS)
def test_entering_outlives_a_frozen_server(product: Product, headless: Browser, step: str) -> None:
    freezer = Freezer(product)
    specialist = Specialist.arrive(headless, product)
    clerk = Clerk.arrive(headless, product)
    freezer.hook(clerk.window)
    expect(clerk.window.by("item-search-input")).to_be_enabled(timeout=20_000)
    specialist.go_online()
    clerk.find()
    clerk.start()
    happened = freezer.freeze_at(clerk.window, step, FROZEN_S)
    specialist.accept()
    wait_for(happened, clerk.window.page, what=f"the freeze at {step}", seconds=20)
    expect(clerk.window.by("reconnect-socket")).to_have_count(0)
    clerk.is_connected()
    clerk.window.until_hears_and_sees(videos=1, seconds=40)
    specialist.window.until_hears_and_sees(videos=1, seconds=20)
    expect(clerk.window.by("reconnect-media")).to_have_count(0, timeout=15_000)
    specialist.window.by("bar-end").click()
    specialist.wrap_up("")
    for person in (clerk, specialist):
        assert person.window.errors == []
        person.window.page.context.close()
