"""Calls through a real coturn that `bangban turn` runs, with the credentials clients get, in each way."""

import contextlib
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, expect

from tests.browser import product as products
from tests.browser.firefox import firefox
from tests.browser.lines import ROUTES, part, routes, script
from tests.browser.people import Clerk, Specialist
from tests.browser.product import ROOT, Product, free_port
from tests.browser.rest import Rest
from tests.browser.test_firefox import session_with_a_chromium_clerk
from tests.browser.test_network import trust
from tests.browser.windows import Window, launch, wait_for
from tests.support.until import until

HERE = "127.0.0.1"
POINT = "/api/points/point-dulongjiang"
URLS = {
    "udp": "turn:{host}:{port}?transport=udp",
    "tcp": "turn:{host}:{port}?transport=tcp",
    "tls": "turns:{host}:{port}?transport=tcp",
}
pytestmark = pytest.mark.system("chromium", "firefox-esr", "coturn")


@dataclass(slots=True)
class Relayed:
    """A product with a TURN server that is reached in one way.

    Attributes:
        way: `udp`, `tcp` or `tls`.
        authority: who signed the certificate of both.
    """

    way: str
    product: Product
    turn: "subprocess.Popen[bytes]"
    authority: Path


@contextlib.contextmanager
def relaying(folder: Path, way: str, more: Mapping[str, str]) -> Iterator[Relayed]:
    """Run `bangban run --lan` and `bangban turn` with equal settings: TLS is the local authority's."""
    port = free_port(socket.SOCK_STREAM)
    settings = {
        "DATA_DIR": str(folder / "data"),
        "LAN": "true",
        "LAN_PORT": str(free_port(socket.SOCK_STREAM)),
        "MEDIA_LISTEN_ADDRESSES": HERE,
        "TURN_URLS": URLS[way].format(host=HERE, port=port),
        "TURN_PORT": str(port),
        "TURN_LISTEN_ADDRESSES": HERE,
        **more,
    }
    with products.running(folder / "data", settings) as product, coturn(settings, folder, port) as process:
        yield Relayed(way, product, process, product.data_dir / "tls" / "authority.crt")


@contextlib.contextmanager
def coturn(settings: Mapping[str, str], folder: Path, port: int) -> "Iterator[subprocess.Popen[bytes]]":
    """Run `bangban turn` with the product's settings; it becomes coturn."""
    environ = os.environ | {f"BANGBAN_{name}": value for name, value in settings.items()}
    with (folder / "turn.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "signaling", "turn"], cwd=ROOT, env=environ, stdout=log, stderr=log
        )
    try:
        until(lambda: accepts(port) or process.poll() is not None, what="coturn")
        assert process.poll() is None, (folder / "turn.log").read_text()[-3000:]
        yield process
    finally:
        process.terminate()
        process.wait(10)


def accepts(port: int) -> bool:
    """Return whether somebody listens on a TCP port."""
    with socket.socket() as probe:
        return probe.connect_ex((HERE, port)) == 0


@pytest.fixture(scope="module", params=URLS)
def relayed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Relayed]:
    """A product whose clients use its TURN server only."""
    folder = tmp_path_factory.mktemp("turn")
    with relaying(folder, request.param, {"ICE_TRANSPORT_POLICY": "relay"}) as running:
        yield running


def meet(browser: Browser, product: Product) -> tuple[Clerk, Specialist]:
    """Return two people in a session who see and hear each other."""
    specialist = Specialist.arrive(browser, product, devices=script())
    specialist.go_online()
    clerk = Clerk.arrive(browser, product, devices=script())
    clerk.find()
    clerk.start(agreed=False)
    specialist.accept()
    clerk.is_connected()
    for person in (clerk, specialist):
        person.window.until_hears_and_sees(videos=1, seconds=30)
    return clerk, specialist


def ways(window: Window) -> set[tuple[str, str]]:
    """Return the kind of each connection's candidate in use, and what it goes over."""
    return {(way["type"], way["over"]) for way in routes(window)}


def test_a_call_takes_the_relay_and_no_other_way(relayed: Relayed, playwright: Playwright) -> None:
    browser = launch(playwright, more=(trust(relayed.authority),))
    clerk, specialist = meet(browser, relayed.product)
    for person in (clerk, specialist):
        assert ways(person.window) == {("relay", relayed.way)}
    part(clerk, specialist)
    browser.close()


def test_firefox_takes_the_relay_and_no_other_way(tmp_path: Path, headless: Browser) -> None:
    with (
        relaying(tmp_path, "tcp", {"ICE_TRANSPORT_POLICY": "relay"}) as one,
        firefox(loopback=True) as specialist,
    ):
        session_with_a_chromium_clerk(
            one.product, headless, specialist, lambda: only_relayed(specialist.probe(ROUTES))
        )


def only_relayed(found: list[dict[str, str]]) -> None:
    assert [way["type"] for way in found] == ["relay", "relay"]


def test_only_the_people_of_a_relayed_point_take_the_relay(
    tmp_path: Path, headless: Browser, shots: Path
) -> None:
    """And when it is gone the list of what is missing says so, with what to do."""
    with relaying(tmp_path, "udp", {}) as one:
        shown = re.search(r"password of the demo accounts\): (\S+)", one.product.log.read_text())
        assert shown
        admin = Rest.login(one.product.url, "admin", shown[1])
        admin.send("PATCH", POINT, {"relay_only": True})
        clerk, specialist = meet(headless, one.product)
        assert ways(clerk.window) == {("relay", "udp")}
        assert ways(specialist.window) == {("host", "udp")}
        part(clerk, specialist)
        window = Window.open(headless, f"{one.product.url}/login")
        window.by("login-username").fill("admin")
        window.by("login-password").fill(shown[1])
        window.by("login-submit").click()
        expect(window.by("staff-new")).to_be_visible(timeout=20_000)
        window.page.goto(f"{one.product.url}/admin?tab=checklist")
        expect(window.by("check-relay_only")).to_have_attribute("data-grade", "done", timeout=15_000)
        one.turn.kill()
        one.turn.wait(10)
        window.by("checklist-again").click()
        row = window.by("check-relay_only")
        expect(row).to_have_attribute("data-grade", "needed", timeout=15_000)
        expect(row).to_contain_text("独龙江乡便民服务中心")
        expect(row).to_contain_text("bangban doctor")
        for size in ((1366, 768), (390, 844)):
            window.page.set_viewport_size({"width": size[0], "height": size[1]})
            row.scroll_into_view_if_needed()
            window.screenshot(shots / f"check-relay-only-{size[0]}.png")


def test_a_relay_that_dies_stops_the_pictures_and_the_call_can_still_be_ended(
    tmp_path: Path, headless: Browser
) -> None:
    with relaying(tmp_path, "udp", {"ICE_TRANSPORT_POLICY": "relay"}) as one:
        clerk, specialist = meet(headless, one.product)
        one.turn.kill()
        one.turn.wait(10)
        pictures_stop(specialist.window)
        part(clerk, specialist)


def pictures_stop(window: Window) -> None:
    """Wait until a whole second brings no picture any more."""

    def none_more() -> bool:
        before = window.inbound()["framesDecoded"]
        window.page.wait_for_timeout(1_000)  # what is measured: a second of silence
        return window.inbound()["framesDecoded"] == before

    wait_for(none_more, window.page, what="pictures stop without the relay", seconds=15)
