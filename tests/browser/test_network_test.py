"""The network test of the device page: every way open, UDP blocked, and only TURN let through."""

import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, expect

from tests.browser import product as products
from tests.browser.product import Product, free_port
from tests.browser.test_network import Counter, chromium_there, sign_in, trust
from tests.browser.test_turn import coturn
from tests.browser.windows import Window, launch
from tests.browser.wires import wire

HERE = "127.0.0.1"
NO_UDP = ("--force-webrtc-ip-handling-policy", "--webrtc-ip-handling-policy=disable_non_proxied_udp")
"""What a managed browser in a strict office has; to WebRTC it is a firewall that drops UDP."""
TEST_SECONDS = 60

pytestmark = pytest.mark.system("chromium", "coturn", "iproute2")


@dataclass(frozen=True, slots=True)
class Office:
    """A product whose media other machines reach through its TURN server only."""

    product: Product
    beyond: Counter


@pytest.fixture(scope="module")
def office(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Media listens on loopback alone: for who is at the other end of the cable it is behind a firewall."""
    folder = tmp_path_factory.mktemp("office")
    port, lan_port = free_port(socket.SOCK_STREAM), free_port(socket.SOCK_STREAM)
    with wire() as cable:
        settings = {
            "DATA_DIR": str(folder / "data"),
            "LAN": "true",
            "LAN_PORT": str(lan_port),
            "HOST": "0.0.0.0",
            "MEDIA_LISTEN_ADDRESSES": HERE,
            "TURN_URLS": f"turn:{cable.here}:{port}?transport=udp",
            "TURN_PORT": str(port),
            "TURN_LISTEN_ADDRESSES": f"{HERE},{cable.here}",
        }
        with products.running(folder / "data", settings) as product, coturn(settings, folder, port):
            authority = product.data_dir / "tls" / "authority.crt"
            browser = launch(playwright, program=chromium_there(cable, folder), more=(trust(authority),))
            secure = f"https://{cable.here}:{lan_port}"
            yield Office(product, Counter(product, cable, browser, secure, product.url, authority))
            browser.close()


def run(window: Window) -> None:
    """Press the button on the device page and wait for the verdict."""
    window.by("device-test").click()
    window.by("network-start").click()
    expect(window.by("network-verdict")).to_be_visible(timeout=TEST_SECONDS * 1000)


def ways(window: Window) -> dict[str, str]:
    """Return what became of each way."""
    found = window.page.locator('[data-testid^="network-way-"]').all()
    return {
        str(way.get_attribute("data-testid")).removeprefix("network-way-"): str(
            way.get_attribute("data-state")
        )
        for way in found
    }


def level(window: Window) -> str:
    return str(window.by("network-verdict").get_attribute("data-level"))


def pictures(window: Window, shots: Path, name: str) -> None:
    """Keep the page at both sizes."""
    for size in ((1366, 768), (390, 844)):
        window.page.set_viewport_size({"width": size[0], "height": size[1]})
        window.by("network-verdict").scroll_into_view_if_needed()
        window.screenshot(shots / f"network-{name}-{size[0]}.png")


def arrive(
    browser: Browser, office: Office, username: str = "wangxiuying", lands_on: str = "item-search-input"
) -> Window:
    """Sign in at the server itself, with the password its terminal shows, and wait for the console."""
    shown = re.search(r"password of the demo accounts\): (\S+)", office.product.log.read_text())
    assert shown
    window = Window.open(browser, f"{office.product.url}/login")
    window.by("login-username").fill(username)
    window.by("login-password").fill(shown[1])
    window.by("login-submit").click()
    expect(window.by(lands_on).first).to_be_visible(timeout=20_000)
    return window


def test_every_way_open(office: Office, headless: Browser, shots: Path) -> None:
    window = arrive(headless, office)
    run(window)
    assert ways(window) == {"udp": "reached", "tcp": "reached", "turn": "reached"}
    assert level(window) in {"good", "weak"}, "the machine may be too busy for a fast picture"
    rates = re.findall(r"([\d.]+) Mbit/s", window.by("network-figures").inner_text())
    assert [float(rate) > 0.1 for rate in rates] == [True, True]
    assert window.by("network-ask").count() == 0
    pictures(window, shots, "open")
    window.page.context.close()


def test_udp_blocked(office: Office, playwright: Playwright, shots: Path) -> None:
    browser = launch(playwright, more=NO_UDP)
    window = arrive(browser, office)
    run(window)
    assert ways(window) == {"udp": "failed", "tcp": "reached", "turn": "failed"}
    assert level(window) in {"usable", "weak"}
    assert "UDP 被拦住" in window.by("network-verdict").inner_text()
    assert f"UDP {HERE}:" in window.by("network-ask").inner_text()
    pictures(window, shots, "no-udp")
    browser.close()


def test_turn_only(office: Office, shots: Path) -> None:
    window = sign_in(office.beyond).window
    run(window)
    assert ways(window) == {"udp": "failed", "tcp": "failed", "turn": "reached"}
    assert level(window) in {"usable", "weak"}
    assert "TURN" in window.by("network-verdict").inner_text()
    assert float(re.findall(r"([\d.]+) Mbit/s", window.by("network-figures").inner_text())[1]) > 0.1
    window.by("network-copy").click()
    pictures(window, shots, "turn")
    window.page.context.close()


def test_a_point_that_may_use_the_relay_only(office: Office, headless: Browser, shots: Path) -> None:
    admin = arrive(headless, office, "admin", "staff-new")
    admin.page.goto(f"{office.product.url}/admin?tab=points")
    admin.by("point-edit-point-dulongjiang").click()
    admin.by("point-relay-only").click()
    admin.by("point-relay-only").scroll_into_view_if_needed()
    admin.screenshot(shots / "point-relay-only-1366.png")
    admin.page.set_viewport_size({"width": 390, "height": 844})
    admin.by("point-relay-only").scroll_into_view_if_needed()
    admin.screenshot(shots / "point-relay-only-390.png")
    admin.by("point-create").click()
    expect(admin.by("point-create")).to_be_hidden(timeout=15_000)
    admin.page.context.close()
    window = arrive(headless, office)
    run(window)
    assert level(window) in {"good", "weak"}
    assert "只走 TURN 中继" in window.by("network-verdict").inner_text()
    window.page.context.close()
