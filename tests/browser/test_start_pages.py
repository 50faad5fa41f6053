"""The counter's page between two people: who is there now follows them, and is unknown when nobody knows."""

from pathlib import Path

from playwright.sync_api import Browser, expect

from signaling.demo.samples import department_id
from tests.browser.people import ITEM, Clerk, Specialist
from tests.browser.product import Product

MEDICAL = department_id("533324", "医疗保障局")


def test_who_is_there_follows_presence_and_is_unknown_without_the_server(
    product: Product, headless: Browser, shots: Path
) -> None:
    clerk = Clerk.arrive(headless, product)
    clerk.find()
    count = clerk.window.by("available-count")
    expect(count).to_have_attribute("data-count", "0")
    specialist = Specialist.arrive(headless, product)
    specialist.go_online()
    expect(count).to_have_attribute("data-count", "1", timeout=8_000)
    specialist.window.by("specialist-away").click()
    specialist.window.by("away-meal").click()
    expect(count).to_have_attribute("data-count", "0", timeout=8_000)
    specialist.go_online()
    expect(count).to_have_attribute("data-count", "1", timeout=8_000)

    # The line is cut: the page does not go on saying what was true before.
    page = clerk.window.page
    page.context.set_offline(True)
    page.route("**/api/**", lambda route: route.abort())
    expect(count).to_have_attribute("data-count", "", timeout=8_000)
    expect(count).to_contain_text("正在看有谁在线")
    page.unroute("**/api/**")
    page.context.set_offline(False)
    expect(count).to_have_attribute("data-count", "1", timeout=20_000)

    # A session later the page knows what this counter does, and how the day went.
    clerk.start()
    specialist.accept()
    clerk.is_connected()
    clerk.window.by("bar-end").click()
    specialist.wrap_up("")
    clerk.window.by("next-citizen").click()
    expect(clerk.window.by("day-sessions")).to_have_text("1", timeout=10_000)
    reach = clerk.window.by(f"day-reach-{ITEM}")
    expect(reach).to_have_text("现在可接通 1 人", timeout=20_000)
    there = clerk.window.by(f"there-{MEDICAL}")
    expect(there).to_have_text("县医保局在线 1", timeout=20_000)
    clerk.window.screenshot(shots / "clerk-day.png")
    specialist.window.by("specialist-away").click()
    specialist.window.by("away-meal").click()
    expect(reach).to_have_text("暂时没人在线", timeout=20_000)
    expect(there).to_have_text("县医保局在线 0暂离 1", timeout=20_000)
    clerk.window.by(f"day-item-{ITEM}").click()
    expect(clerk.window.by("start-call")).to_be_visible()
    assert clerk.window.errors == specialist.window.errors == []
    for person in (clerk, specialist):
        person.window.page.context.close()
