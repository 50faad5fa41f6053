"""English: the switch in the top bar changes every word of the interface; data stays as it was entered."""

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.product import Product
from tests.browser.windows import Window

CHINESE = re.compile(r"[\u4e00-\u9fff]")
SWITCH_ITSELF = "中文"


@pytest.mark.parametrize("path", ["/login", "/insecure", "/missing"])
def test_pages_without_data_hold_no_chinese(product: Product, headless: Browser, path: str) -> None:
    window = Window.open(headless, product.url + path)
    window.by("language-switch").click()
    expect(window.page.locator("html")).to_have_attribute("lang", "en")
    words = window.page.locator("body").inner_text().replace(SWITCH_ITSELF, "")
    assert CHINESE.search(words) is None, words
    assert window.errors == []
    window.page.context.close()


@pytest.mark.parametrize(
    ("role", "words"),
    [
        ("clerk", "Say it in plain words"),
        ("specialist", "Available"),
        ("reviewer", "Review"),
        ("supervisor", "Longest wait"),
    ],
)
def test_consoles_speak_english(product: Product, headless: Browser, role: str, words: str) -> None:
    window = Window.open(headless, f"{product.url}/enter?role={role}")
    window.by("language-switch").click(timeout=20_000)
    expect(window.page.locator("html")).to_have_attribute("lang", "en")
    expect(window.page.locator(f":text({words!r}), [placeholder*={words!r}]").first).to_be_visible(
        timeout=20_000
    )
    window.page.reload()
    expect(window.page.locator("html")).to_have_attribute("lang", "en", timeout=20_000)
    assert window.errors == []
    window.page.context.close()
