"""A curator reads what sessions taught the search, takes a line back, and sees which items are confused."""

import sqlite3

import pytest
from playwright.sync_api import Browser, expect

from signaling.adapters.documents import dump
from signaling.domain.search.learned import LearnedLine
from tests.browser.product import Product
from tests.browser.test_every_page import LANGUAGES, look, window_in

LINES = (
    LearnedLine("learned-1", "YB-003", "没刷卡报销", "demo-01", 1_790_000_000.0, True, "YB-002"),
    LearnedLine("learned-2", "YB-003", "住院发票报销", "demo-01", 1_790_000_100.0, True, "YB-002"),
    LearnedLine("learned-3", "MZ-001", "看不起病", "demo-01", 1_790_000_200.0),
)


@pytest.fixture
def taught(product: Product) -> Product:
    """The product after three sessions whose wrap-ups taught something."""
    with sqlite3.connect(next(product.data_dir.glob("*.db*"))) as database:
        for line in LINES:
            database.execute(
                "INSERT OR REPLACE INTO learned_lines (call_id, learned_at, document) VALUES (?, ?, ?)",
                (line.call_id, line.learned_at, dump(line)),
            )
    database.close()
    return product


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_curator_takes_a_line_back(taught: Product, headless: Browser, language: str) -> None:
    window = window_in(headless, f"{taught.url}/login", language)
    window.by("login-username").fill("duanlian")
    window.by("login-password").fill("bangban-demo")
    window.by("login-submit").click()
    expect(window.by("person-menu")).to_be_visible(timeout=20_000)
    window.page.locator("#tab-learned").click()
    pairs, lines = window.by("confusion-table"), window.by("learned-table")
    expect(pairs.locator(".el-table__row")).to_have_count(1, timeout=15_000)
    expect(pairs).to_contain_text("2")
    expect(lines.locator(".el-table__row")).to_have_count(3)
    found = look(window, "learned lines")
    window.page.set_viewport_size({"width": 390, "height": 844})
    found += look(window, "learned lines on a phone")
    wide = window.probe("document.documentElement.scrollWidth - innerWidth")
    assert (found, wide) == ([], 0)

    window.by("confusion-lines-YB-003-YB-002").click()
    expect(lines.locator(".el-table__row")).to_have_count(2)
    window.by("line-withdraw-learned-1").click()
    window.page.locator(".el-message-box__btns .el-button--primary").click()
    expect(window.by("line-restore-learned-1")).to_be_visible(timeout=15_000)
    expect(pairs).to_contain_text("1")
    window.by("line-restore-learned-1").click()
    expect(window.by("line-withdraw-learned-1")).to_be_visible(timeout=15_000)
    window.page.context.close()
