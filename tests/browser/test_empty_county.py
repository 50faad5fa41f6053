"""A county from an empty folder: made in the console, one call leaves a message, the next is answered."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser import product as products
from tests.browser.people import Clerk, Specialist
from tests.browser.product import ROOT, Product
from tests.browser.test_admin import Administrator, sign_in_first

pytestmark = pytest.mark.system("chromium")

COUNTY, TOWN = "贡山县", "独龙江乡"
BUREAU = "医疗保障局"
PHONE = "0886-3511001"
POINT = "独龙江乡便民服务中心"
CODE = "YB-003"
ITEM = "医疗费用手工报销"
WORDS = "医疗费用报销"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Product]:
    """`bangban serve` on a folder that is not there yet."""
    quick = {"START_GRACE_S": "1"}
    with products.running(tmp_path / "data", quick, command="serve") as running:
        yield running


def create_administrator(service: Product) -> str:
    """Make the first administrator beside the running service; return the one-time password."""
    done = subprocess.run(
        [sys.executable, "-m", "signaling", "admin", "create", "admin"],
        cwd=ROOT,
        env=os.environ | {"BANGBAN_DATA_DIR": str(service.data_dir)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    found = re.search(r"One-time password: (\S+)\. ", done.stdout)
    assert found is not None, done.stdout
    return found[1]


def test_a_county_is_made_from_an_empty_folder_until_a_call_is_answered(
    service: Product, headless: Browser, shots: Path
) -> None:
    window = sign_in_first(headless, service, "admin", create_administrator(service))
    expect(window.by("staff-new")).to_be_visible(timeout=20_000)
    admin = Administrator(window)
    lacks_everything(admin, shots)
    make_places(admin)
    passwords = make_people(admin)
    write_and_publish(headless, service, passwords, shots)
    offer(admin)

    clerk = Clerk(sign_in_first(headless, service, "wang", passwords["wang"]))
    leave_message(clerk, shots)
    specialist = Specialist(sign_in_first(headless, service, "liming", passwords["liming"]))
    read_message(specialist, shots)
    specialist.go_online()
    is_ready(admin, shots)
    is_answered(clerk, specialist)


def lacks_everything(admin: Administrator, shots: Path) -> None:
    """The checklist says so, and leads to where the first thing is made."""
    admin.go("还差什么")
    verdict = admin.window.by("checklist-verdict")
    expect(verdict).to_have_attribute("data-ready", "false", timeout=15_000)
    for check in ("region", "department", "point", "item", "specialist", "clerk"):
        expect(admin.window.by(f"check-{check}")).to_have_attribute("data-grade", "needed")
    admin.window.screenshot(shots / "county-checklist-empty.png")
    admin.window.by("check-go-region").click()


def make_places(admin: Administrator) -> None:
    """Two regions, a department with its phone, a point with its hours."""
    by = admin.window.by
    add_region(admin, "（没有上级）", "县市区", COUNTY, "533324")
    add_region(admin, COUNTY, "乡镇街道", TOWN, "533324204")
    admin.go("部门")
    by("department-new").click()
    type_choice(admin, "department-bureau", BUREAU)
    admin.choose("department-region", COUNTY)
    expect(by("department-name")).to_have_value(f"{COUNTY}{BUREAU}")
    by("department-phone").fill(PHONE)
    by("department-save").click()
    expect(by("department-table")).to_contain_text(PHONE, timeout=15_000)
    admin.go("服务点")
    by("point-new").click()
    by("point-name").fill(POINT)
    admin.choose("point-region", TOWN)
    by("point-phone").fill("0886-3581101")
    type_choice(admin, "point-languages", "独龙语")
    by("point-create").click()
    expect(by("point-table")).to_contain_text(POINT, timeout=15_000)


def add_region(admin: Administrator, parent: str, level: str, name: str, code: str) -> None:
    by = admin.window.by
    by("region-new").click()
    admin.choose("region-parent", parent)
    admin.choose("region-level", level)
    by("region-name").fill(name)
    by("region-code").fill(code)
    by("region-create").click()
    expect(by("region-table")).to_contain_text(name, timeout=15_000)
    expect(by("region-create")).to_be_hidden()


def type_choice(admin: Administrator, select: str, words: str) -> None:
    """Type something new into a list that takes it."""
    admin.window.by(select).click()
    admin.window.page.keyboard.type(words)
    admin.window.page.keyboard.press("Enter")
    admin.window.page.keyboard.press("Escape")


def make_people(admin: Administrator) -> dict[str, str]:
    """Two curators, a clerk at the point, a specialist of the department with its skill."""
    admin.go("人员")
    passwords = {
        username: admin.create(role="事项梳理专员", name=name, username=username, place=COUNTY)
        for username, name in (("curator1", "段莲"), ("curator2", "和润"))
    }
    passwords["wang"] = admin.create(role="导办员", name="王秀英", username="wang", place=POINT)
    passwords["liming"] = admin.create(
        role="专家", name="李明", username="liming", place=COUNTY, department=f"{COUNTY}{BUREAU}"
    )
    admin.window.by("staff-skills-liming").click()
    admin.choose("skills-add", BUREAU)
    admin.window.by("skills-save").click()
    expect(admin.window.by("skills-save")).to_be_hidden()
    return passwords


def write_and_publish(browser: Browser, service: Product, passwords: dict[str, str], shots: Path) -> None:
    """One curator writes and hands in; they cannot publish it, the other can."""
    writer = sign_in_first(browser, service, "curator1", passwords["curator1"])
    writer.by("draft-new").click(timeout=20_000)
    writer.by("draft-code").fill(CODE)
    writer.by("draft-name").fill(ITEM)
    writer.by("draft-level").fill("县")
    type_choice(Administrator(writer), "draft-department", BUREAU)
    writer.by("draft-materials").fill("居民身份证\n住院发票")
    writer.by("draft-steps").fill("核对材料\n提交申请")
    writer.by("draft-keywords").fill("看病报销\n住院费")
    writer.screenshot(shots / "county-draft.png")
    writer.by("draft-save").click()
    writer.by(f"draft-submit-{CODE}").click()
    expect(writer.by(f"draft-submit-{CODE}")).to_have_count(0)
    expect(writer.by(f"draft-publish-{CODE}")).to_have_count(0)
    other = sign_in_first(browser, service, "curator2", passwords["curator2"])
    other.by(f"draft-publish-{CODE}").click(timeout=20_000)
    expect(other.by("published-table")).to_contain_text(ITEM, timeout=15_000)
    for curator in (writer, other):
        curator.page.context.close()


def offer(admin: Administrator) -> None:
    """The item is offered in the whole county."""
    admin.window.page.reload()
    admin.go("事项开通")
    admin.choose("items-region", COUNTY)
    admin.window.by(f"item-offer-{CODE}").click()
    expect(admin.window.by("items-table")).to_contain_text(COUNTY, timeout=15_000)


def call(clerk: Clerk) -> None:
    expect(clerk.window.by("item-search-input")).to_be_enabled(timeout=20_000)
    clerk.find(WORDS, CODE)
    clerk.start()


def leave_message(clerk: Clerk, shots: Path) -> None:
    """Nobody is there: the department's phone is shown, and a 留言 left."""
    call(clerk)
    by = clerk.window.by
    expect(by("no-staff-panel")).to_be_visible(timeout=40_000)
    expect(by("no-staff-department")).to_contain_text(PHONE)
    by("message-name").fill("马海娃")
    by("message-phone").fill("13887654321")
    by("message-question").fill("住院的钱怎么报?")
    by("message-submit").click()
    expect(by("message-left")).to_be_visible(timeout=15_000)
    expect(by("message-unreadable")).to_have_count(0)
    clerk.window.screenshot(shots / "county-no-staff.png")
    by("no-staff-done").click()


def read_message(specialist: Specialist, shots: Path) -> None:
    """It is unread, its phone masked; opened, the phone is whole and it is answered."""
    by = specialist.window.by
    by("tab-messages").click(timeout=20_000)
    expect(by("message-row")).to_contain_text("138****4321")
    expect(by("message-unread")).to_be_visible()
    specialist.window.screenshot(shots / "county-message-unread.png")
    by("message-handle").click()
    expect(by("message-phone-whole")).to_have_text("13887654321")
    expect(by("message-unread")).to_have_count(0)
    by("message-answer").fill("已电话告知带身份证和发票")
    by("message-close").click()
    expect(by("message-handle")).to_have_count(0)


def is_ready(admin: Administrator, shots: Path) -> None:
    """Nothing is missing any more, and it is said at whom the call would ring."""
    admin.go("还差什么")
    admin.window.by("checklist-again").click()
    expect(admin.window.by("checklist-verdict")).to_have_attribute("data-ready", "true", timeout=15_000)
    admin.choose("why-point", POINT)
    admin.choose("why-item", CODE)
    admin.window.by("why-ask").click()
    expect(admin.window.by("why-answer")).to_contain_text("会响在这里", timeout=15_000)
    admin.window.screenshot(shots / "county-checklist-ready.png")


def is_answered(clerk: Clerk, specialist: Specialist) -> None:
    """The second call rings, is answered, and pictures and sound arrive."""
    call(clerk)
    specialist.accept()
    clerk.is_connected()
    for window in (clerk.window, specialist.window):
        window.until_hears_and_sees(videos=1, seconds=30.0)
    clerk.window.by("bar-end").click()
    expect(specialist.window.by("wrapup-form")).to_be_visible(timeout=15_000)
    specialist.window.by("wrapup-outcome-answered").click()
    specialist.window.by("wrapup-submit").click()
    expect(specialist.window.by("wrapup-form")).to_be_hidden(timeout=15_000)
