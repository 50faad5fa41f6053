"""Media through a real coturn that `bangban turn` runs, with the credentials clients are given."""

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser import product as products
from tests.browser.people import Clerk, Specialist
from tests.browser.product import ROOT, Product, free_port
from tests.browser.windows import Window, wait_for
from tests.support.until import until

HERE = "127.0.0.1"
PATHS = """
Promise.all(window.__connections.filter((one) => one.connectionState === "connected").map(async (one) => {
  const rows = await one.getStats();
  const transport = [...rows.values()].find((row) => row.type === "transport");
  const pair = rows.get(transport.selectedCandidatePairId);
  const ours = rows.get(pair.localCandidateId);
  return [ours.candidateType, ours.address, ours.url];
}))
"""

pytestmark = pytest.mark.system("chromium", "coturn")


@dataclass(frozen=True, slots=True)
class Relayed:
    """A product whose clients use its TURN server only."""

    product: Product
    turn: "subprocess.Popen[bytes]"
    url: str


@pytest.fixture
def relayed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Relayed]:
    folder = tmp_path_factory.mktemp("turn")
    port = free_port(socket.SOCK_STREAM)
    url = f"turn:{HERE}:{port}?transport=udp"
    settings = {
        "DATA_DIR": str(folder / "data"),
        "TURN_URLS": url,
        "TURN_PORT": str(port),
        "TURN_LISTEN_ADDRESSES": HERE,
        "ICE_TRANSPORT_POLICY": "relay",
    }
    with products.running(folder / "data", settings) as product, coturn(settings, folder, port) as process:
        yield Relayed(product, process, url)


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


def test_media_flows_through_the_relay_and_no_other_way(relayed: Relayed, headless: Browser) -> None:
    specialist = Specialist.arrive(headless, relayed.product)
    specialist.go_online()
    clerk = Clerk.arrive(headless, relayed.product)
    clerk.test_devices()
    clerk.find()
    clerk.start()
    specialist.accept()
    clerk.is_connected()
    specialist.window.until_hears_and_sees(videos=2, seconds=30)
    clerk.window.until_hears_and_sees(videos=1, seconds=30)
    for window in (clerk.window, specialist.window):
        paths = window.probe(PATHS)
        assert len(paths) == 2
        assert all(path == ["relay", HERE, relayed.url] for path in paths)

    relayed.turn.kill()
    relayed.turn.wait(10)
    pictures_stop(specialist.window)
    clerk.window.by("bar-end").click()
    expect(specialist.window.by("wrapup-form")).to_be_visible(timeout=15_000)


def pictures_stop(window: Window) -> None:
    """Wait until a whole second brings no picture any more."""

    def none_more() -> bool:
        before = window.inbound()["framesDecoded"]
        window.page.wait_for_timeout(1_000)  # what is measured: a second of silence
        return window.inbound()["framesDecoded"] == before

    wait_for(none_more, window.page, what="pictures stop without the relay", seconds=15)
