"""A whole counter under control: a desktop with a window manager, the real helper, both pages, one server."""

import asyncio
import contextlib
import os
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, TypeAlias

from playwright.sync_api import Playwright, expect

from signaling.compose.certificates import ensure_certificate
from tests.browser import product as products
from tests.browser.people import Clerk, Specialist
from tests.browser.product import Product
from tests.browser.windows import decoded_frames, launch, yielding
from tests.helper.x_screen import desktop_screen, resize, split_in_two
from tests.support.chromium import CHROMIUM
from tests.support.tcp_relay import relaying
from tests.support.threads import in_thread
from tests.support.until import until
from tests.support.x_witness import BUTTON_PRESS, BUTTON_RELEASE, witness
from web_client.helper import build
from web_client.helper.log import NAME
from web_client.helper.words import say
from web_client.helper.x11.display import Display

SIZE: Final = (1920, 1080)
Rectangle: TypeAlias = tuple[int, int, int, int]
"""x, y, width, height in the screen's pixels."""
RIGHT_HALF: Final[Rectangle] = (SIZE[0] // 2, 0, SIZE[0] // 2, SIZE[1])
EVERYTHING: Final = ("pointer", "keyboard", "text", "clipboard")


@dataclass(slots=True)
class Controlled:
    """What there is.

    Attributes:
        screen: the counter's X display.
        helper: the running helper's process.
        folder: where the helper keeps its settings and log.
        shared: what of the screen is shared.
    """

    product: Product
    screen: str
    folder: Path
    clerk: Clerk
    specialist: Specialist
    helper: subprocess.Popen[bytes]
    shared: Rectangle = (0, 0, *SIZE)

    def start_helper(self) -> None:
        """Run the paired helper once more."""
        self.helper = start(self.folder, self.screen, "run")

    def understand(self) -> None:
        """The specialist has read how it ended."""
        self.specialist.window.by("control-understood").click(timeout=90_000)

    def renderers(self) -> list[int]:
        """Return the processes that the specialist's page runs in."""
        browser = self.specialist.window.page.context.browser
        assert browser is not None
        processes = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
        return [one["id"] for one in processes if one["type"] == "renderer"]

    def come_back(self) -> None:
        """The specialist opens another window and finds the session they are in."""
        page = self.specialist.window.page
        browser = page.context.browser
        assert browser is not None
        self.specialist = Specialist.arrive(browser, self.product)
        expect(self.specialist.window.by("media-bar")).to_be_visible(timeout=30_000)
        self.specialist.window.until(f"{decoded_frames('stage-main-video')} > 3")

    def ask(self, *scopes: str) -> None:
        """The specialist asks for scopes, besides the pointing that is always in."""
        window = self.specialist.window
        expect(window.by("control-button")).to_have_attribute("data-why", "", timeout=20_000)
        window.by("control-button").click()
        for scope in scopes or EVERYTHING:
            window.by(f"control-scope-{scope}").check()
        window.by("control-phrase-fill").click()
        window.by("control-request-send").click()
        expect(window.by("control-bar")).to_have_attribute("data-standing", "asked")

    def grant(self, *scopes: str) -> dict[str, float]:
        """The clerk says yes on their own screen; return where the specialist sees the desktop."""
        self.ask(*scopes)
        yes = self.clerk.window.by("control-yes")
        expect(yes).to_be_enabled(timeout=15_000)
        yes.click()
        window = self.specialist.window
        expect(window.by("control-bar")).to_have_attribute("data-standing", "granted", timeout=15_000)
        return self.surface()

    def seen_at(self, box: Mapping[str, float], x: float, y: float) -> tuple[float, float]:
        """Return where in the specialist's window a pixel of the counter's screen is seen."""
        left, top, width, height = self.shared
        return (
            box["x"] + (x - left + 0.5) / width * box["width"],
            box["y"] + (y - top + 0.5) / height * box["height"],
        )

    def surface(self) -> dict[str, float]:
        """Return where the specialist sees the desktop now."""
        box = self.specialist.window.by("control-surface").bounding_box()
        assert box is not None
        return dict(box)

    def click(self, x: int, y: int) -> None:
        """Click a pixel of the counter's screen; an application there has to get the click at that pixel."""
        box = self.surface()
        with witness(self.screen, (x - 100, y - 100, 110, 110)) as application:
            self.specialist.window.page.mouse.click(*self.seen_at(box, x, y))
            until(lambda: bool(application.of(BUTTON_RELEASE)), what=f"a click at {x}, {y}")
            (pressed,) = application.of(BUTTON_PRESS)
        assert abs(pressed.x - x) <= self.shared[2] / box["width"]
        assert abs(pressed.y - y) <= self.shared[3] / box["height"]

    @contextlib.contextmanager
    def resolution(self, width: int, height: int) -> Iterator[None]:
        """Give the screen another resolution, and the one of before at the end, each until it is seen."""
        with contextlib.closing(Display(self.screen)) as x:
            self._resize(x, width, height)
            try:
                yield
            finally:
                self._resize(x, *SIZE)

    def _resize(self, x: Display, width: int, height: int) -> None:
        resize(x, width, height)
        self.shared = (0, 0, width, height)
        picture = "document.querySelector('[data-testid=\"stage-main-video\"]')"
        self.specialist.window.until(f"{picture}.videoWidth * {height} === {picture}.videoHeight * {width}")


Line: TypeAlias = Callable[[int], contextlib.AbstractContextManager[int]]
"""From the server's port to one that leads there."""


def no_line(port: int) -> contextlib.AbstractContextManager[int]:
    """The server itself."""
    return contextlib.nullcontext(port)


@contextlib.contextmanager
def controlled(
    playwright: Playwright,
    folder: Path,
    *,
    line: Line = no_line,
    settings: Mapping[str, str] | None = None,
    script: str = "",
    two_monitors: bool = False,
    counter_yields: bool = False,
) -> Iterator[Controlled]:
    """Two people in a session, the counter's whole screen shared, its helper paired and connected.

    Args:
        folder: an empty one; made if it is not there.
        line: leads the specialist's page to the server.
        settings: further ones of the server.
        script: runs in the specialist's page before its own.
        two_monitors: the screen is two of the same size side by side, and the right one is shared.
        counter_yields: the counter's browser leaves the processor to the others.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (
        desktop_screen(*SIZE) as screen,
        products.running(folder / "data", settings) as product,
        in_front_of(product, folder / "tls") as front,
        contextlib.ExitStack() as browsers,
    ):
        program = yielding(folder) if counter_yields else CHROMIUM
        more = _split(screen) if two_monitors else ()
        there = launch(playwright, screen=screen, program=program, more=more)
        here = launch(playwright)
        for browser in (there, here):
            browsers.callback(browser.close)
        far_port = browsers.enter_context(line(port_of(product)))
        far = replace(product, url=f"http://localhost:{far_port}")
        specialist = Specialist.arrive(here, far, devices=script)
        specialist.go_online()
        clerk = Clerk.arrive(there, product)
        clerk.test_devices()
        clerk.find()
        clerk.start()
        specialist.accept()
        clerk.is_connected()
        clerk.turn_on("bar-share")
        specialist.window.until(f"{decoded_frames('stage-main-video')} > 3")
        helper = pair(clerk, front, folder / "helper", screen)
        shared = RIGHT_HALF if two_monitors else (0, 0, *SIZE)
        scene = Controlled(product, screen, folder / "helper", clerk, specialist, helper, shared)
        try:
            yield scene
        finally:
            scene.helper.terminate()
            scene.helper.wait(10)


def _split(screen: str) -> tuple[str, ...]:
    """Make two monitors of the screen; return what has a browser share the right one."""
    with contextlib.closing(Display(screen)) as x:
        split_in_two(x, *SIZE)
    return ("--auto-select-desktop-capture-source=Screen 2",)


@dataclass(frozen=True, slots=True)
class Front:
    """Where the helper reaches the server, which itself speaks plainly on this machine: as behind a proxy."""

    url: str
    authority: Path


@contextlib.contextmanager
def in_front_of(product: Product, folder: Path) -> Iterator[Front]:
    """Speak TLS for the product on a port of loopback."""
    files = ensure_certificate(folder, ["127.0.0.1"], ["localhost"])
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(files.certificate, files.key)
    behind = port_of(product)
    with in_thread(
        lambda: relaying(lambda: asyncio.open_connection("127.0.0.1", behind), secure=context)
    ) as relay:
        yield Front(f"https://127.0.0.1:{relay.port}", files.authority)


def port_of(product: Product) -> int:
    """Return where the server listens on this machine."""
    return int(product.url.rpartition(":")[2])


def pair(clerk: Clerk, front: Front, folder: Path, screen: str) -> "subprocess.Popen[bytes]":
    """Do what the clerk's page says: a code, `pair`, `run`."""
    window = clerk.window
    window.by("bar-helper").click()
    window.by("helper-code-ask").click()
    code = window.by("helper-code").inner_text().strip()
    build.write(folder)
    told = ("--server", front.url, "--ca", str(front.authority), "--proxy", "")
    pairing = start(folder, screen, "pair", code, *told)
    assert pairing.wait(30) == 0
    helper = start(folder, screen, "run")
    connected = say("told.connected", "zh-CN")  # the page says `ready` of the connection that paired it, too
    until(lambda: (folder / NAME).exists() and connected in (folder / NAME).read_text(), what="the helper")
    expect(window.by("helper-state")).to_have_attribute("data-state", "ready", timeout=20_000)
    window.by("helper-close").click()
    return helper


def start(folder: Path, screen: str, command: str, *words: str) -> "subprocess.Popen[bytes]":
    """Start the packed helper at a display."""
    environ = {
        "DISPLAY": screen,
        "HOME": str(folder),
        "PATH": os.environ["PATH"],
        "XDG_SESSION_TYPE": "x11",
        "LANG": "zh_CN.UTF-8",
        "PYTHONIOENCODING": "utf-8",
    }
    program = [sys.executable, str(folder / build.NAME), command, "--folder", str(folder)]
    return subprocess.Popen(
        [*program, *words], env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
