"""What the people of the story do in their windows, in their own words."""

from dataclasses import dataclass

from playwright.sync_api import Browser, expect

from tests.browser.product import Product
from tests.browser.windows import DESK_CAMERA, EVERYTHING, Window

COMPLAINT = "爹在昆明住院,钱是自己垫的"
ITEM = "YB-003"


@dataclass(slots=True)
class Clerk:
    """导办员 at the counter."""

    window: Window

    @classmethod
    def arrive(
        cls,
        browser: Browser,
        product: Product,
        *,
        devices: str = "",
        permissions: tuple[str, ...] = EVERYTHING,
    ) -> "Clerk":
        """Sign in through 体验 and wait for the console.

        Args:
            devices: a script that replaces cameras and microphones.
            permissions: what the browser grants; the rest is refused.
        """
        url = f"{product.url}/enter?role=clerk"
        window = Window.open(browser, url, script=devices, permissions=permissions)
        expect(window.by("item-search-input")).to_be_enabled(timeout=20_000)
        return cls(window)

    def test_devices(self) -> None:
        """Go to the device test and come back with all three chosen."""
        self.window.by("device-test").click()
        self.choose_devices()

    def choose_devices(self) -> None:
        """Say it on the page of the device test, hear oneself, and go back to the console."""
        tiles = self.window.by("camera-tile")
        expect(tiles.nth(DESK_CAMERA)).to_be_visible(timeout=15_000)
        tiles.nth(0).get_by_test_id("camera-face").click()
        tiles.nth(DESK_CAMERA).get_by_test_id("camera-desk").click()
        self.window.until("Number(document.querySelector('[data-testid=level-meter]').ariaValueNow) > 0")
        self.window.by("devices-done").click()
        expect(self.window.by("item-search-input")).to_be_enabled(timeout=20_000)

    def find(self, words: str = COMPLAINT, code: str = ITEM) -> None:
        """Type the citizen's words and choose the item among the first three."""
        self.window.by("item-search-input").fill(words)
        hit = self.window.by(f"item-hit-{code}")
        expect(hit).to_be_visible()
        assert self.window.page.locator('[data-testid^="item-hit-"]').count() <= 3
        hit.click()
        expect(self.window.by("item-detail")).to_be_visible()

    def start(self, *, agreed: bool = True) -> None:
        """Read the notice to the citizen, store the answer, and ask for a specialist."""
        self.window.by("start-call").click()
        expect(self.window.by("consent-sheet")).to_be_visible()
        self.window.by("consent-by-self").click()
        self.window.by("consent-agree" if agreed else "consent-refuse").click()

    def is_connected(self) -> None:
        """Wait until the session is on the screen."""
        expect(self.window.by("media-bar")).to_be_visible(timeout=20_000)

    def has_on(self, button: str) -> None:
        """Wait until a source that starts by itself is on."""
        expect(self.window.by(button)).to_have_attribute("aria-pressed", "true", timeout=15_000)

    def turn_on(self, button: str) -> None:
        """Switch a source on that waits for a click."""
        self.window.by(button).click()
        self.has_on(button)


@dataclass(slots=True)
class Specialist:
    """专家 of the county."""

    window: Window

    @classmethod
    def arrive(cls, browser: Browser, product: Product, *, devices: str = "") -> "Specialist":
        """Sign in through 体验; `devices` is a script that replaces cameras and microphones."""
        window = Window.open(browser, f"{product.url}/enter?role=specialist", script=devices)
        expect(window.by("specialist-online")).to_be_visible(timeout=20_000)
        return cls(window)

    def go_online(self) -> None:
        """Press 在线, which unlocks sound too."""
        self.window.by("specialist-online").click()
        expect(self.window.by("specialist-online")).to_have_attribute("aria-pressed", "true")

    def accept(self) -> None:
        """Take the ringing call with the Enter key."""
        expect(self.window.by("offer-card")).to_be_visible(timeout=20_000)
        self.window.page.keyboard.press("Enter")
        expect(self.window.by("media-bar")).to_be_visible(timeout=20_000)

    def wrap_up(self, case_number: str) -> None:
        """Store the result."""
        self.window.by("wrapup-outcome-materials_missing").click()
        self.window.by("wrapup-case-number").fill(case_number)
        self.window.by("wrapup-missing-2").click()
        self.window.by("wrapup-submit").click()
        expect(self.window.by("wrapup-form")).to_be_hidden(timeout=15_000)
