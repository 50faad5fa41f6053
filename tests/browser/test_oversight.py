"""What administrators oversee: the audit log is read, and a rating pad loses its pairing."""

import re
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.browser.product import Product
from tests.browser.rest import DEMO_PASSWORD
from tests.browser.test_admin import Administrator, administrator, sign_in
from tests.browser.windows import Window

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1366, "height": 768}
_ = administrator  # the fixture of this name


def test_the_audit_administrator_reads_who_did_what_in_plain_words(
    headless: Browser, product: Product, shots: Path
) -> None:
    stranger = sign_in(headless, product, "nobody.here", "a-wrong-password")
    expect(stranger.by("login-problem")).to_be_visible(timeout=15_000)
    auditor = sign_in(headless, product, "audit", DEMO_PASSWORD)
    table = auditor.by("audit-table")
    expect(table).to_contain_text("用户名或密码不对", timeout=20_000)
    expect(table).to_contain_text("不存在的登录名")
    expect(table).not_to_contain_text("nobody.here")
    expect(auditor.by("staff-new")).to_have_count(0)
    auditor.page.set_viewport_size(DESK)
    auditor.screenshot(shots / "admin-audit.png")

    auditor.by("audit-result").click()
    auditor.page.get_by_role("option", name="被拒绝").click()
    expect(table).not_to_contain_text("查阅审计日志")
    auditor.by("audit-person").fill("余审计")
    auditor.by("audit-search").click()
    expect(auditor.page.get_by_text("没有符合的记录")).to_be_visible(timeout=15_000)
    auditor.by("audit-result").click()
    auditor.page.get_by_role("option", name="全部结果").click()
    expect(table).to_contain_text("查阅审计日志", timeout=15_000)
    auditor.page.set_viewport_size(PHONE)
    auditor.screenshot(shots / "admin-audit-phone.png")
    auditor.until("document.documentElement.scrollWidth <= innerWidth")  # only the table scrolls sideways


def test_other_administrators_are_not_to_be_changed(administrator: Administrator) -> None:
    window = administrator.window
    window.by("staff-query").fill("audit")
    expect(window.by("staff-table")).to_contain_text("由服务器终端管理", timeout=15_000)
    expect(window.by("staff-reset-audit")).to_have_count(0)
    window.by("staff-query").fill("liming")
    expect(window.by("staff-reset-liming")).to_be_visible()


def test_an_unpaired_pad_says_what_to_do(
    administrator: Administrator, product: Product, headless: Browser, shots: Path
) -> None:
    pad = Window.open(headless, f"{product.url}/enter?role=pad")
    expect(pad.by("pad-idle")).to_be_visible(timeout=20_000)
    window = administrator.window
    window.page.reload()
    administrator.go("服务点")
    unpair = window.page.locator('[data-testid^="point-unpair-"]').first
    expect(unpair).to_be_visible(timeout=15_000)
    window.page.set_viewport_size(DESK)
    window.screenshot(shots / "admin-points.png")
    unpair.click()
    window.page.get_by_role("button", name="确定", exact=True).click()
    expect(window.page.locator('[data-testid^="point-unpair-"]')).to_have_count(0, timeout=15_000)
    expect(pad.by("pad-code")).to_be_visible(timeout=15_000)
    expect(pad.page.get_by_role("alert")).to_contain_text(re.compile("请重新配对"))
    pad.screenshot(shots / "pad-unpaired.png")
