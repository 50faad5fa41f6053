"""The counter is another machine: HTTPS from the local authority, media over a real interface."""

import base64
import hashlib
import re
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.sync_api import Browser, Playwright, expect

from tests.browser import product as products
from tests.browser.people import Clerk, Specialist
from tests.browser.product import Product, free_port
from tests.browser.rest import Rest
from tests.browser.windows import Window, launch
from tests.browser.wires import Wire, wire
from tests.support.chromium import CHROMIUM

SELECTED = """
Promise.all(window.__connections.filter((one) => one.connectionState === "connected").map(async (one) => {
  const rows = await one.getStats();
  const transport = [...rows.values()].find((row) => row.type === "transport");
  const pair = rows.get(transport.selectedCandidatePairId);
  return [rows.get(pair.localCandidateId).address, rows.get(pair.remoteCandidateId).address];
}))
"""

pytestmark = pytest.mark.system("chromium", "iproute2")


@dataclass(frozen=True, slots=True)
class Counter:
    """The product, and a browser on the other machine that trusts its authority."""

    product: Product
    wire: Wire
    browser: Browser
    secure_url: str
    insecure_url: str
    authority: Path


@pytest.fixture(scope="module")
def counter(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    """`bangban run --lan --host 0.0.0.0` here, Chromium there."""
    folder = tmp_path_factory.mktemp("lan")
    lan_port = free_port(socket.SOCK_STREAM)
    with wire() as cable:
        settings = {"LAN": "true", "LAN_PORT": str(lan_port), "HOST": "0.0.0.0"}
        with products.running(folder / "data", settings) as product:
            authority = product.data_dir / "tls" / "authority.crt"
            browser = launch(playwright, program=chromium_there(cable, folder), more=(trust(authority),))
            yield Counter(
                product,
                cable,
                browser,
                f"https://{cable.here}:{lan_port}",
                product.url.replace("localhost", cable.here),
                authority,
            )
            browser.close()


def chromium_there(cable: Wire, folder: Path) -> Path:
    """Write a program that starts Chromium at the other end of the cable."""
    program = folder / "chromium-there"
    program.write_text(f'#!/bin/sh\nexec {" ".join(cable.command(CHROMIUM))} "$@"\n')
    program.chmod(0o755)
    return program


def sign_in(counter: Counter) -> Clerk:
    """Type the name and the password that the terminal shows: one click is for the machine itself."""
    shown = re.search(r"password of the demo accounts\): (\S+)", counter.product.log.read_text())
    assert shown
    window = Window.open(counter.browser, f"{counter.secure_url}/login")
    window.by("login-username").fill("wangxiuying")
    window.by("login-password").fill(shown[1])
    window.by("login-submit").click()
    expect(window.by("item-search-input")).to_be_enabled(timeout=20_000)
    return Clerk(window)


def addresses_used(window: Window) -> set[tuple[str, str]]:
    """Return our and the server's address of every connection's path in use."""
    return {tuple(pair) for pair in window.probe(SELECTED)}


def trust(authority: Path) -> str:
    """Return the flag that has Chromium accept what this authority signed, and no other stranger."""
    key = x509.load_pem_x509_certificate(authority.read_bytes()).public_key()
    digest = hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()
    return f"--ignore-certificate-errors-spki-list={base64.b64encode(digest).decode()}"


def test_certificate_is_good_for_the_address_people_use(counter: Counter) -> None:
    trusting = ssl.create_default_context(cafile=counter.authority)
    health = Rest(counter.secure_url, trust=trusting).get("/healthz")
    assert health
    with pytest.raises(OSError, match="CERTIFICATE_VERIFY_FAILED"):
        Rest(counter.secure_url, trust=ssl.create_default_context()).get("/healthz")


def test_insecure_page_says_so_and_shows_the_way(counter: Counter) -> None:
    window = Window.open(counter.browser, f"{counter.insecure_url}/clerk")
    expect(window.page.get_by_text("此地址不能用摄像头")).to_be_visible(timeout=20_000)
    link = window.by("insecure-link")
    expect(link).to_contain_text(counter.secure_url)
    link.click()
    window.page.wait_for_url(f"{counter.secure_url}/**")
    assert window.probe("isSecureContext") is True
    window.page.context.close()


def test_session_across_machines(counter: Counter, headless: Browser) -> None:
    specialist = Specialist.arrive(headless, counter.product)
    specialist.go_online()
    clerk = sign_in(counter)
    clerk.test_devices()
    clerk.find()
    clerk.start()
    specialist.accept()
    clerk.is_connected()
    specialist.window.until_hears_and_sees(videos=2, seconds=30)
    clerk.window.until_hears_and_sees(videos=1, seconds=30)
    assert addresses_used(clerk.window) == {(counter.wire.there, counter.wire.here)}
    clerk.window.by("bar-still").click()
    expect(specialist.window.by("still-thumb").first).to_be_visible(timeout=20_000)
    clerk.window.by("bar-end").click()
    expect(specialist.window.by("wrapup-form")).to_be_visible(timeout=15_000)
    assert clerk.window.errors == specialist.window.errors == []
    assert clerk.window.strangers(counter.secure_url) == []
