"""An administrator changes people, points and items; what everybody sees next follows."""

import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.people import ITEM, Clerk, Specialist
from tests.browser.product import Product
from tests.browser.rest import DEMO_PASSWORD
from tests.browser.windows import Window

COUNTY = "贡山独龙族怒族自治县"
PREFECTURE = "怒江傈僳族自治州"
ITEM_NAME = "医疗费用手工(零星)报销"
OWN_PASSWORD = "zhang-min-2026"


@dataclass(slots=True)
class Administrator:
    """系统管理员."""

    window: Window

    @classmethod
    def arrive(cls, browser: Browser, product: Product) -> "Administrator":
        """Sign in with the password."""
        window = sign_in(browser, product, "admin", DEMO_PASSWORD)
        expect(window.by("staff-new")).to_be_visible(timeout=20_000)
        return cls(window)

    def go(self, tab: str) -> None:
        """Open a tab of the page by its words."""
        self.window.page.get_by_role("tab", name=tab, exact=True).click()

    def choose(self, select: str, words: str) -> None:
        """Choose the option of a list that ends with these words."""
        self.window.by(select).click()
        option = self.window.page.get_by_role("option", name=re.compile(f"{re.escape(words)}$"))
        option.first.scroll_into_view_if_needed()
        option.first.click()

    def create(
        self, *, role: str, name: str, username: str, place: str, department: str | None = None
    ) -> str:
        """Create an account and return its first password."""
        self.window.by("staff-new").click()
        self.choose("staff-role", role)
        self.window.by("staff-name").fill(name)
        self.window.by("staff-username").fill(username)
        self.choose("staff-point" if role == "导办员" else "staff-region", place)
        if department is not None:
            self.choose("staff-departments", department)
            self.window.page.keyboard.press("Escape")
        self.window.by("staff-create").click()
        password = self.window.by("first-password")
        expect(password).to_be_visible(timeout=15_000)
        shown = str(password.inner_text()).strip()
        self.window.by("first-password-close").click()
        return shown

    def give_skill(self, username: str, item: str) -> None:
        """Give one item at the usual level."""
        self.window.by(f"staff-skills-{username}").click()
        self.choose("skills-add", item)
        expect(self.window.by(f"skill-level-{item}")).to_be_visible()
        self.window.by("skills-save").click()
        expect(self.window.by("skills-save")).to_be_hidden()

    def disable(self, username: str) -> None:
        """Disable an account, and say yes."""
        self.window.by(f"staff-toggle-{username}").click()
        self.window.page.get_by_role("button", name="确定", exact=True).click()


def sign_in(browser: Browser, product: Product, username: str, password: str) -> Window:
    """Type a name and a password."""
    window = Window.open(browser, f"{product.url}/login")
    window.by("login-username").fill(username)
    window.by("login-password").fill(password)
    window.by("login-submit").click()
    return window


def sign_in_first(browser: Browser, product: Product, username: str, first: str) -> Window:
    """Sign in for the first time: the password must be changed before anything else."""
    window = sign_in(browser, product, username, first)
    window.by("password-old").fill(first, timeout=20_000)
    window.by("password-new").fill(OWN_PASSWORD)
    window.by("password-repeat").fill(OWN_PASSWORD)
    window.by("password-submit").click()
    return window


@pytest.fixture
def administrator(headless: Browser, product: Product) -> Administrator:
    return Administrator.arrive(headless, product)


def test_next_call_is_offered_to_the_new_specialist_until_disabled(
    administrator: Administrator, product: Product, headless: Browser
) -> None:
    first = administrator.create(role="专家", name="张敏", username="zhangmin", place=COUNTY)
    specialist = Specialist(sign_in_first(headless, product, "zhangmin", first))
    expect(specialist.window.by("specialist-online")).to_be_visible(timeout=20_000)
    specialist.go_online()
    clerk = Clerk.arrive(headless, product)
    clerk.find()
    expect(clerk.window.by("available-count")).to_have_attribute("data-count", "0")

    administrator.give_skill("zhangmin", ITEM)
    expect(clerk.window.by("available-count")).to_have_attribute("data-count", "1", timeout=15_000)
    clerk.start()
    expect(specialist.window.by("offer-card")).to_be_visible(timeout=15_000)
    clerk.window.by("cancel-call").click()
    expect(specialist.window.by("offer-card")).to_be_hidden(timeout=15_000)

    administrator.disable("zhangmin")
    expect(specialist.window.by("login-username")).to_be_visible(timeout=15_000)
    again = sign_in(headless, product, "zhangmin", OWN_PASSWORD)
    expect(again.by("login-problem")).to_be_visible(timeout=15_000)


def test_clerk_of_a_new_point_works_there(
    administrator: Administrator, product: Product, headless: Browser
) -> None:
    name = "茨开镇便民服务中心"
    administrator.go("服务点")
    administrator.window.by("point-new").click()
    administrator.window.by("point-name").fill(name)
    administrator.choose("point-region", "茨开镇")
    administrator.window.by("point-phone").fill("0886-0000103")
    administrator.window.by("point-create").click()
    expect(administrator.window.by("point-table")).to_contain_text(name, timeout=15_000)
    administrator.go("人员")
    first = administrator.create(role="导办员", name="李梅", username="limei", place=name)
    clerk = Clerk(sign_in_first(headless, product, "limei", first))
    expect(clerk.window.by("item-search-input")).to_be_enabled(timeout=20_000)
    expect(clerk.window.page.get_by_role("heading", level=1)).to_contain_text(name)


def test_item_no_longer_offered_is_not_found(
    administrator: Administrator, product: Product, headless: Browser
) -> None:
    clerk = Clerk.arrive(headless, product)
    clerk.find()
    administrator.go("事项开通")
    administrator.window.by("items-query").fill(ITEM)
    administrator.choose("items-region", PREFECTURE)
    offered = administrator.window.by(f"item-offer-{ITEM}")
    offered.click()
    expect(administrator.window.by("items-table")).to_contain_text("—", timeout=15_000)
    clerk.window.by("item-search-input").fill(ITEM_NAME)
    expect(clerk.window.page.locator('[data-testid^="item-hit-"]').first).to_be_visible(timeout=15_000)
    expect(clerk.window.by(f"item-hit-{ITEM}")).to_have_count(0)

    offered.click()
    expect(administrator.window.by("items-table")).to_contain_text(PREFECTURE, timeout=15_000)
    clerk.window.by("item-search-input").fill("")
    clerk.find()
