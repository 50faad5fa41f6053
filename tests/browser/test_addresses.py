"""The server's addresses as a counter on another machine meets them: several at once, and IPv6."""

import contextlib
import re
import secrets
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, expect

from tests.browser import product as products
from tests.browser.lines import part, routes, script
from tests.browser.people import Clerk, Specialist
from tests.browser.product import Product, free_port
from tests.browser.test_network import chromium_there, trust
from tests.browser.windows import Window, launch
from tests.browser.wires import Wire, wire
from tests.support.bad_line import bad_line

HERE = "127.0.0.1"
NOBODY = "192.0.2.7"
"""An address for documentation (RFC 5737): what is sent there is lost."""

pytestmark = pytest.mark.system("chromium", "iproute2")


@dataclass(frozen=True, slots=True)
class Village:
    """A product, and a browser at the other end of a cable."""

    product: Product
    cable: Wire
    browser: Browser
    lan_port: int

    def meet(self, other: Browser, address: str) -> tuple[Clerk, Specialist]:
        """Have a specialist here meet a clerk there, who opens the page at an address of the server."""
        specialist = Specialist.arrive(other, self.product, devices=script())
        specialist.go_online()
        host = f"[{address}]" if ":" in address else address
        clerk = Clerk(Window.open(self.browser, f"https://{host}:{self.lan_port}/login", script=script()))
        shown = re.search(r"password of the demo accounts\): (\S+)", self.product.log.read_text())
        assert shown
        clerk.window.by("login-username").fill("wangxiuying")
        clerk.window.by("login-password").fill(shown[1])
        clerk.window.by("login-submit").click()
        expect(clerk.window.by("item-search-input")).to_be_enabled(timeout=20_000)
        clerk.find()
        clerk.start(agreed=False)
        specialist.accept()
        clerk.is_connected()
        see_and_hear(clerk, specialist, seconds=30)
        return clerk, specialist


@contextlib.contextmanager
def village(
    playwright: Playwright, folder: Path, cable: Wire, settings: Mapping[str, str]
) -> Iterator[Village]:
    """Start `bangban run --lan` here and Chromium there."""
    lan_port = free_port(socket.SOCK_STREAM)
    base = {"LAN": "true", "LAN_PORT": str(lan_port)}
    with products.running(folder / "data", base | dict(settings)) as product:
        authority = product.data_dir / "tls" / "authority.crt"
        browser = launch(playwright, program=chromium_there(cable, folder), more=(trust(authority),))
        yield Village(product, cable, browser, lan_port)
        browser.close()


def see_and_hear(clerk: Clerk, specialist: Specialist, *, seconds: float = 15.0) -> None:
    for person in (clerk, specialist):
        person.window.until_hears_and_sees(videos=1, seconds=seconds)


def servers(window: Window) -> set[str]:
    """Return the server's addresses that a window's media goes to."""
    return {way["theirs"] for way in routes(window)}


def test_a_call_over_ipv6(playwright: Playwright, headless: Browser, tmp_path: Path) -> None:
    """A county's network of unique local addresses (RFC 4193): pages, signalling and media."""
    with wire() as cable:
        tag = secrets.token_hex(5)
        here, there = (str(ip_address(f"fd{tag[:2]}:{tag[2:6]}:{tag[6:]}::{end}")) for end in "12")
        cable.lay(here, there)
        with village(playwright, tmp_path, cable, {"MEDIA_LISTEN_ADDRESSES": here}) as beyond:
            clerk, specialist = beyond.meet(headless, here)
            assert servers(clerk.window) == {here}
            part(clerk, specialist)


def test_a_public_address_and_the_local_ones_are_offered_at_once(
    playwright: Playwright, headless: Browser, tmp_path: Path
) -> None:
    """Media is behind a router: from outside its address leads in, from inside perhaps not; one is dead."""
    port = free_port(socket.SOCK_DGRAM)
    with wire() as cable, bad_line(udp=[port], at=cable.here) as router:
        public = f"{cable.here}:{router.udp[port]}"
        settings = {
            "MEDIA_PORT": str(port),
            "MEDIA_LISTEN_ADDRESSES": HERE,
            "MEDIA_ANNOUNCED_ADDRESSES": f"{NOBODY}:{port},{public},local",
        }
        with village(playwright, tmp_path, cable, settings) as there:
            clerk, specialist = there.meet(headless, cable.here)
            assert servers(clerk.window) == {cable.here}
            part(clerk, specialist)
            router.block_udp()  # from now on nothing leads in from outside
            inside = Specialist.arrive(headless, there.product, devices=script())
            inside.go_online()
            counter = Clerk.arrive(headless, there.product, devices=script())
            counter.find()
            counter.start(agreed=False)
            inside.accept()
            see_and_hear(counter, inside, seconds=30)
            assert servers(counter.window) == servers(inside.window) == {HERE}
            part(counter, inside)
