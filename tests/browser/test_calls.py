"""Calls that do not go straight: refused recording, missed offers, nobody there, messages."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser import product as products
from tests.browser.people import ITEM, Clerk, Specialist
from tests.browser.product import Product
from tests.browser.windows import Window

RING_SECONDS = 4


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """A product whose calls ring briefly."""
    quick = {"RING_TIMEOUT_S": str(RING_SECONDS), "WRAP_UP_S": "20"}
    with products.running(tmp_path_factory.mktemp("calls") / "data", quick) as running:
        yield running


def test_nobody_eligible_ends_the_call_and_takes_a_message(product: Product, headless: Browser) -> None:
    clerk = Clerk.arrive(headless, product)
    clerk.find()
    expect(clerk.window.by("available-count")).to_have_attribute("data-count", "0")
    clerk.start()
    expect(clerk.window.by("no-staff-panel")).to_be_visible(timeout=40_000)
    expect(clerk.window.by("no-staff-department")).to_contain_text("医疗保障局")
    clerk.window.by("message-name").fill("张大妈")
    clerk.window.by("message-phone").fill("0886-3511111")
    clerk.window.by("message-question").fill("住院的钱什么时候能报?")
    clerk.window.by("message-submit").click()
    expect(clerk.window.by("message-left")).to_be_visible()

    specialist = Specialist.arrive(headless, product)
    specialist.window.by("tab-messages").click()
    expect(specialist.window.by("message-row").first).to_contain_text("张大妈")
    specialist.window.by("message-handle").first.click()
    specialist.window.by("message-answer").fill("已电话答复,下周三到账")
    specialist.window.by("message-close").click()
    expect(specialist.window.by("message-handle")).to_have_count(0)
    specialist.window.page.context.close()
    clerk.window.page.context.close()


def test_refused_recording_writes_no_journal(product: Product, headless: Browser) -> None:
    specialist = Specialist.arrive(headless, product)
    specialist.go_online()
    clerk = Clerk.arrive(headless, product)
    clerk.find()
    clerk.start(agreed=False)
    specialist.accept()
    clerk.is_connected()
    clerk.has_on("bar-microphone")
    clerk.has_on("bar-camera")
    specialist.window.until_hears_and_sees(videos=1)
    expect(clerk.window.by("recording-state")).to_contain_text("未录制")
    journals = list(product.data_dir.rglob("*.journal"))
    assert journals == []
    clerk.window.by("bar-end").click()
    expect(specialist.window.by("wrapup-form")).to_be_visible(timeout=15_000)
    specialist.wrap_up("")
    specialist.window.page.context.close()
    clerk.window.page.context.close()


def test_a_call_nobody_answered_goes_on_to_the_next(product: Product, headless: Browser) -> None:
    first = Specialist.arrive(headless, product)
    first.go_online()
    second = Specialist(Window.open(headless, f"{product.url}/login"))
    second.window.by("login-username").fill("hezhiqiang")
    second.window.by("login-password").fill("bangban-demo")
    second.window.by("login-submit").click()
    expect(second.window.by("specialist-online")).to_be_visible(timeout=20_000)
    second.go_online()
    clerk = Clerk.arrive(headless, product)
    clerk.find(code=ITEM)
    clerk.start()
    expect(first.window.by("offer-card")).to_be_visible(timeout=10_000)
    expect(second.window.by("offer-card")).to_have_count(0)
    expect(second.window.by("offer-card")).to_be_visible(timeout=60_000)
    expect(first.window.by("offer-card")).to_have_count(0)
    second.accept()
    clerk.is_connected()
    clerk.window.by("bar-end").click()
    expect(second.window.by("wrapup-form")).to_be_visible(timeout=15_000)
    for person in (first, second, clerk):
        person.window.page.context.close()


def test_two_people_in_two_tabs_survive_a_reload(product: Product, headless: Browser) -> None:
    context = headless.new_context(locale="zh-CN", permissions=["camera", "microphone"])
    pages = [context.new_page() for _ in range(2)]
    for page, role in zip(pages, ("clerk", "specialist"), strict=True):
        page.goto(f"{product.url}/enter?role={role}")
        expect(page.get_by_test_id("person-menu")).to_be_visible(timeout=20_000)
    names = [page.get_by_test_id("person-menu").inner_text() for page in pages]
    assert names[0] != names[1]
    for page, name in zip(pages, names, strict=True):
        page.reload()
        expect(page.get_by_test_id("person-menu")).to_have_text(name, timeout=20_000)
    context.close()
