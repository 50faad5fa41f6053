"""A person's line to a product: pages, signalling and media pass it, and it may break in mid-call."""

import contextlib
import json
import socket
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, expect

from tests.browser import product as products
from tests.browser.people import Clerk, Specialist
from tests.browser.product import Product, free_port
from tests.browser.windows import Window
from tests.support.bad_line import BadLine, bad_line
from tests.support.impairment import BLACKOUT, CLEAN, Step

HERE: Final = "127.0.0.1"
MADE: Final = "window.__connections.length"
RESTARTS: Final = "window.__connections.reduce((sum, one) => sum + (one.__fragments?.size ?? 1) - 1, 0)"
"""How often a connection of the page was given other ICE credentials."""
ROUTES: Final = """
Promise.all(window.__connections.filter((one) => one.connectionState === "connected").map(async (one) => {
  const rows = await one.getStats();
  const all = [...rows.values()];
  const used = all.find((row) => row.type === "transport")?.selectedCandidatePairId;
  const pair = used ? rows.get(used) : all.find((row) => row.type === "candidate-pair" && row.selected);
  const ours = rows.get(pair.localCandidateId);
  const theirs = rows.get(pair.remoteCandidateId);
  const over = ours.relayProtocol ?? ours.protocol;
  return { type: ours.candidateType, over, ours: ours.address, theirs: theirs.address };
}))
"""
"""Each connected connection's way: kind of our candidate, what it goes over, our address and the server's."""
_FOLDER: Final = Path(__file__).parent
_LEAD: Final = (_FOLDER / "lines.js").read_text()
_TOLD: Final = (_FOLDER / "told.js").read_text()


def leading(line: BadLine | None) -> str:
    """Return what has a page's media lead through `line`; None: to where it is told."""
    ports = {"udp": line.udp if line else {}, "tcp": line.tcp if line else {}}
    return alone(_LEAD.replace("__PORTS__", json.dumps(ports)))


def script(line: BadLine | None = None) -> str:
    """Return the same, and what keeps what the page tells."""
    return leading(line) + alone(_TOLD)


def alone(program: str) -> str:
    """Return a script whose names are its own."""
    return "\n(() => {" + program + "})();\n"


@dataclass(frozen=True, slots=True)
class Met:
    """Two people in a session; the clerk's line may break."""

    product: Product
    clerk: Clerk
    specialist: Specialist
    line: BadLine

    def silence(self, seconds: float) -> float:
        """Let nothing pass the clerk's line for so long; return when that will be over (`time.monotonic`)."""
        steps = [Step(0, BLACKOUT), Step(seconds, CLEAN)]
        self.line.plan(steps, steps)
        return time.monotonic() + seconds

    def see_and_hear(self, *, seconds: float = 15.0) -> None:
        """Wait until each sees and hears the other, and goes on doing so."""
        for person in (self.clerk, self.specialist):
            person.window.until_hears_and_sees(videos=1, seconds=seconds)


@dataclass(frozen=True, slots=True)
class Office:
    """A product whose media is on loopback, and the counter's line to it."""

    product: Product
    line: BadLine

    @property
    def beyond(self) -> Product:
        """The product as it is seen through the line."""
        port = int(self.product.url.rpartition(":")[2])
        return replace(self.product, url=f"http://localhost:{self.line.tcp[port]}")

    @contextlib.contextmanager
    def call(self, counter: Browser, other: Browser) -> Iterator[Met]:
        """Have two people meet, and part again."""
        with self.meeting(counter, other) as met:
            try:
                yield met
            except BaseException:
                self._mend()
                with contextlib.suppress(Exception):  # whatever happened, the next call begins anew
                    part(met.clerk, met.specialist)
                raise
            self._mend()
            part(met.clerk, met.specialist)

    @contextlib.contextmanager
    def meeting(self, counter: Browser, other: Browser) -> Iterator[Met]:
        """Have two people meet; how they part is the test's."""
        specialist = Specialist.arrive(other, self.product, devices=script())
        specialist.go_online()
        clerk = Clerk.arrive(counter, self.beyond, devices=script(self.line))
        clerk.find()
        clerk.start(agreed=False)
        specialist.accept()
        clerk.is_connected()
        met = Met(self.product, clerk, specialist, self.line)
        try:
            met.see_and_hear(seconds=30)
            yield met
        finally:
            self._mend()
            for person in (clerk, specialist):
                person.window.page.context.close()

    def _mend(self) -> None:
        self.line.be()
        self.line.block_udp(False)


def part(clerk: Clerk, specialist: Specialist) -> None:
    """End the session from the counter, and wrap it up."""
    clerk.window.by("bar-end").click()
    expect(specialist.window.by("wrapup-form")).to_be_visible(timeout=15_000)
    specialist.wrap_up("")
    assert clerk.window.errors == specialist.window.errors == []


@contextlib.contextmanager
def office(data_dir: Path, settings: Mapping[str, str] | None = None) -> Iterator[Office]:
    """Start a product and lay the line to it."""
    media_port = free_port(socket.SOCK_DGRAM)
    base = {"MEDIA_PORT": str(media_port), "MEDIA_LISTEN_ADDRESSES": HERE}
    with products.running(data_dir, base | dict(settings or {})) as product:
        ports = [int(product.url.rpartition(":")[2]), media_port]
        with bad_line(udp=[media_port], tcp=ports) as line:
            yield Office(product, line)


def routes(window: Window) -> list[dict[str, Any]]:
    """Return the ways of a window's connections, once both are connected."""
    return list(window.until(f"({ROUTES.strip()}).then((all) => all.length === 2 && all)"))


def told(window: Window) -> str:
    """Return everything the banners of a window have said, a line each."""
    return "\n".join(window.probe("window.__told"))
