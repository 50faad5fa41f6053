"""A call through the product: each person's page, signalling and media behind a line of their own."""

import contextlib
import socket
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, expect

from tests.bench.network.watching import witness
from tests.browser import product as products
from tests.browser.people import Clerk, Specialist
from tests.browser.product import Product, free_port
from tests.browser.windows import Window
from tests.support.bad_line import BadLine, bad_line
from tests.support.impairment import CLEAN

HERE: Final = "127.0.0.1"
BOTH_SEE_SECONDS: Final = 30.0


class Blocked(Enum):
    """What a firewall does not let pass."""

    NOTHING = "nothing"
    UDP = "UDP"
    MEDIA = "everything to the media port: the product tells clients to use TURN only"


@dataclass(frozen=True, slots=True)
class Met:
    """Two people in a session."""

    clerk: Window
    specialist: Window
    lines: Mapping[str, BadLine]


@dataclass(frozen=True, slots=True)
class House:
    """A running product, and the two people's lines to it."""

    product: Product
    browser: Browser
    lines: Mapping[str, BadLine]

    @contextlib.contextmanager
    def call(self, *, blocked: Blocked = Blocked.NOTHING) -> Iterator[Met]:
        """Have two people meet, see and hear each other, and part again.

        Args:
            blocked: what the clerk's firewall does not let pass, from the beginning.
        """
        scripts = {name: witness(line) for name, line in self.lines.items()}
        match blocked:
            case Blocked.UDP:
                self.lines["clerk"].block_udp()
            case Blocked.MEDIA:
                scripts = dict.fromkeys(scripts, witness(None))
        specialist = Specialist.arrive(
            self.browser, self._through("specialist"), devices=scripts["specialist"]
        )
        specialist.go_online()
        clerk = Clerk.arrive(self.browser, self._through("clerk"), devices=scripts["clerk"])
        try:
            clerk.find()
            clerk.start(agreed=False)
            specialist.accept()
            clerk.is_connected()
            clerk.turn_on("bar-share")
            specialist.window.until_hears_and_sees(videos=2, seconds=BOTH_SEE_SECONDS)
            clerk.window.until_hears_and_sees(videos=1, seconds=BOTH_SEE_SECONDS)
            yield Met(clerk.window, specialist.window, self.lines)
        finally:
            for line in self.lines.values():
                line.be(uplink=CLEAN, downlink=CLEAN)
                line.block_udp(False)
            with contextlib.suppress(Exception):  # whatever happened, the next call begins anew
                clerk.window.by("bar-end").click(timeout=10_000)
                expect(specialist.window.by("wrapup-form")).to_be_visible(timeout=15_000)
                specialist.wrap_up("")
            for person in (clerk, specialist):
                person.window.page.context.close()

    def _through(self, person: str) -> Product:
        port = self.lines[person].tcp[port_of(self.product)]
        return replace(self.product, url=f"http://localhost:{port}")


@contextlib.contextmanager
def house(browser: Browser, settings: Mapping[str, str] | None = None) -> Iterator[House]:
    """Start a product whose media is on loopback only, and two lines to it."""
    media_port = free_port(socket.SOCK_DGRAM)
    base = {"MEDIA_PORT": str(media_port), "MEDIA_LISTEN_ADDRESSES": HERE, "LOG_LEVEL": "warning"}
    with (
        tempfile.TemporaryDirectory(prefix="bangban-bench-") as folder,
        products.running(Path(folder) / "data", base | dict(settings or {})) as product,
    ):
        ports = [port_of(product), media_port]
        with (
            bad_line(udp=[media_port], tcp=ports, seed=11) as clerk,
            bad_line(udp=[media_port], tcp=ports, seed=12) as specialist,
        ):
            lines = {"clerk": clerk, "specialist": specialist}
            yield House(product, browser, lines)


def port_of(product: Product) -> int:
    """Return where the server listens on this machine."""
    return int(product.url.rpartition(":")[2])
