"""The same call through Debian's Janus: its videoroom over WebSocket, and a page of ours."""

import contextlib
import itertools
import signal
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser

from signaling.compose.addresses import lan_addresses
from tests.bench.network.product import BOTH_SEE_SECONDS, HERE, Met
from tests.bench.network.watching import witness
from tests.browser.product import free_port
from tests.browser.windows import KEEP_CONNECTIONS, Window
from tests.support.bad_line import BadLine, bad_line
from tests.support.impairment import CLEAN
from tests.support.until import until

PORTS: Final = range(20_000, 20_040)
"""Of media: one for each connection, four a call."""
_SCRIPT: Final = Path(__file__).parent / "janus.js"
_CONFIG: Final = """
general: {{ configs_folder = "{folder}" plugins_folder = "{libraries}/plugins"
 transports_folder = "{libraries}/transports" debug_level = 2 admin_secret = "x" }}
media: {{ rtp_port_range = "{first}-{last}" }}
nat: {{ ice_lite = true ice_enforce_list = "{address}" nice_debug = false ignore_mdns = true
 keep_private_host = true ignore_unreachable_ice_server = true }}
transports: {{ disable = "{unused}" }}
events: {{ broadcast = false }}
"""


@dataclass(frozen=True, slots=True)
class Videoroom:
    """A running Janus, and the two people's lines to it."""

    browser: Browser
    page: str
    port: int
    lines: Mapping[str, BadLine]
    rooms: "itertools.count[int]"

    @contextlib.contextmanager
    def call(self) -> Iterator[Met]:
        """Have two people meet, see and hear each other, and part again."""
        room = next(self.rooms)
        with contextlib.ExitStack() as windows:
            clerk = windows.enter_context(self._joined("clerk", room, opens=True))
            specialist = windows.enter_context(self._joined("specialist", room, opens=False))
            try:
                specialist.until_hears_and_sees(videos=2, seconds=BOTH_SEE_SECONDS)
                clerk.until_hears_and_sees(videos=1, seconds=BOTH_SEE_SECONDS)
                yield Met(clerk, specialist, self.lines)
            finally:
                for line in self.lines.values():
                    line.be(uplink=CLEAN, downlink=CLEAN)

    @contextlib.contextmanager
    def _joined(self, person: str, room: int, *, opens: bool) -> Iterator[Window]:
        line = self.lines[person]
        context = self.browser.new_context(permissions=["camera", "microphone"])
        page = context.new_page()
        page.add_init_script(KEEP_CONNECTIONS + witness(line))
        page.goto(self.page)
        window = Window(page)
        try:
            page.add_script_tag(content=_SCRIPT.read_text())
            told = {"url": f"ws://localhost:{line.tcp[self.port]}", "room": room, "opens": opens}
            page.evaluate("(told) => window.__meet(told)", told | {"shares": opens})
            yield window
        finally:
            context.close()


class _Blank(BaseHTTPRequestHandler):
    """Serves a page without anything: scripts are added to it."""

    def do_GET(self) -> None:
        body = b"<!doctype html><title>videoroom</title><link rel=icon href=data:,><body>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def _page() -> Iterator[str]:
    """Serve the page from a secure context, which may speak to loopback."""
    with ThreadingHTTPServer((HERE, 0), _Blank) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://localhost:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


@contextlib.contextmanager
def videoroom(browser: Browser) -> Iterator[Videoroom]:
    """Start Janus with a configuration of its own, and two lines to it."""
    port = free_port(socket.SOCK_STREAM)
    address = lan_addresses()[0]  # Janus does not offer loopback
    with (
        _running(port, address),
        _page() as page,
        bad_line(udp=PORTS, tcp=[port], seed=11, host=address) as clerk,
        bad_line(udp=PORTS, tcp=[port], seed=12, host=address) as specialist,
    ):
        lines = {"clerk": clerk, "specialist": specialist}
        yield Videoroom(browser, page, port, lines, itertools.count(100))


@contextlib.contextmanager
def _running(port: int, address: str) -> Iterator[None]:
    with tempfile.TemporaryDirectory() as kept:
        folder = Path(kept)
        libraries = next(Path("/usr/lib").glob("*/janus"))
        first, last = PORTS[0], PORTS[-1]
        unused = ",".join(f"libjanus_{name}.so" for name in ("http", "pfunix", "rabbitmq", "mqtt", "nanomsg"))
        config = _CONFIG.format(
            folder=folder, libraries=libraries, first=first, last=last, unused=unused, address=address
        )
        (folder / "janus.jcfg").write_text(config)
        (folder / "janus.transport.websockets.jcfg").write_text(
            f'general: {{ ws = true ws_port = {port} ws_ip = "{address}" wss = false json = "compact" }}\n'
        )
        with (folder / "janus.log").open("wb") as log:
            process = subprocess.Popen(["janus", "-F", str(folder)], stdout=log, stderr=log)
        try:
            until(lambda: _accepts(address, port) or process.poll() is not None, what="Janus")
            if process.poll() is not None:
                raise RuntimeError((folder / "janus.log").read_text(errors="replace")[-2000:])
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _accepts(address: str, port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((address, port)) == 0
