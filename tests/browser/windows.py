"""Browser windows of the people in the story, and what can be seen in them.

Probes run through CDP with `userGesture` off: Playwright's own `evaluate` would lend every page a user
activation that no person gave (sound would start, sharing would be allowed, by themselves).
"""

import contextlib
import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

from playwright.sync_api import Browser, BrowserContext, Error, Page, Playwright, expect

from tests.support.chromium import CHROMIUM
from tests.support.processes import YIELDING

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--allow-loopback-in-peer-connection",
    "--use-fake-device-for-media-stream=device-count=3",
)
DESK_CAMERA = 2
"""Which fake camera is the document camera: the second one delivers depth pictures nobody can encode."""
UNATTENDED = "--use-fake-ui-for-media-stream"
WHOLE_SCREEN = "--auto-select-desktop-capture-source=Entire screen"
EVERYTHING = ("camera", "microphone", "notifications")
"""What people usually allow the page."""
POLL_MS = 100
PATIENCE_S = 30.0
"""For what a page shows sooner or later, on a machine full of browsers; what has to come in time says so."""
expect.set_options(timeout=PATIENCE_S * 1000)
NAMES = {"LC_ALL": "C.UTF-8"}
"""Without it Chromium saves a file with a Chinese name as `download`; every desktop has such a locale."""

KEEP_CONNECTIONS = """
window.__connections = [];
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...given) { super(...given); window.__connections.push(this); }
};
"""
"""Test-only hook: the media library keeps its connections to itself; their statistics are the evidence."""

INBOUND = """
(async () => {
  const found = { audioEnergy: 0, framesDecoded: 0, videos: 0, audios: 0 };
  for (const connection of window.__connections) {
    if (connection.connectionState === "closed") continue;
    for (const row of (await connection.getStats()).values()) {
      if (row.type !== "inbound-rtp") continue;
      if (row.kind === "audio") { found.audios += 1; found.audioEnergy += row.totalAudioEnergy ?? 0; }
      else { found.videos += row.framesDecoded > 0 ? 1 : 0; found.framesDecoded += row.framesDecoded ?? 0; }
    }
  }
  return found;
})()
"""


def launch(
    playwright: Playwright,
    *,
    screen: str | None = None,
    program: str | Path = CHROMIUM,
    asks: bool = False,
    more: tuple[str, ...] = (),
) -> Browser:
    """Start Chromium with fake devices.

    Args:
        screen: X display of a visible one that shares that screen; None for one nobody sees.
        program: what to start in place of Chromium itself.
        asks: devices and screens are given only to contexts that were permitted them.
        more: further flags, which win over the usual ones.
    """
    if screen is None:
        flags = ["--headless=new", *FLAGS, *(() if asks else (UNATTENDED,)), *more]
        return playwright.chromium.launch(executable_path=program, args=flags, env=os.environ | NAMES)
    flags = [*FLAGS, WHOLE_SCREEN, *more]
    return playwright.chromium.launch(
        executable_path=program, headless=False, args=flags, env={"DISPLAY": screen} | NAMES
    )


def yielding(folder: Path) -> Path:
    """Return a program that is Chromium as on another machine: it leaves the processor to everybody else."""
    program = folder / "chromium-yielding"
    program.write_text(f'#!/bin/sh\nset -- {CHROMIUM} "$@"\n{YIELDING}\n')
    program.chmod(0o755)
    return program


class Window:
    """One person's window."""

    opened: ClassVar[list["Window"]] = []
    """All of a test that are not closed yet; see `closing`."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.cdp = page.context.new_cdp_session(page)
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        self._strays: list[str] = []
        page.on("request", lambda request: self._strays.append(request.url))

    @classmethod
    def open(
        cls,
        browser: Browser,
        url: str,
        *,
        viewport: tuple[int, int] = (1366, 768),
        script: str = "",
        permissions: tuple[str, ...] = EVERYTHING,
    ) -> "Window":
        """Open `url` in a context of its own, `permissions` granted; `script` runs before the page's own."""
        context: BrowserContext = browser.new_context(
            viewport={"width": viewport[0], "height": viewport[1]},
            locale="zh-CN",
            permissions=list(permissions),
        )
        context.add_init_script(KEEP_CONNECTIONS + script)
        window = cls(context.new_page())
        cls.opened.append(window)
        window.page.goto(url)
        return window

    @classmethod
    @contextlib.contextmanager
    def closing(cls) -> Iterator[None]:
        """Close what was opened inside: a forgotten call goes on beside the next test."""
        before = len(cls.opened)
        yield
        for window in cls.opened[before:]:
            with contextlib.suppress(Error):  # its browser is gone
                window.page.context.close()
        del cls.opened[before:]

    def probe(self, expression: str) -> Any:
        """Evaluate an expression (or promise) without lending user activation."""
        answer = self.cdp.send(
            "Runtime.evaluate",
            {"expression": expression, "returnByValue": True, "awaitPromise": True, "userGesture": False},
        )
        if "exceptionDetails" in answer:
            raise AssertionError(json.dumps(answer["exceptionDetails"])[:2000])
        return answer["result"].get("value")

    def until(self, expression: str, *, seconds: float = PATIENCE_S) -> Any:
        """Poll until the expression is truthy and return its value."""
        return wait_for(lambda: self.probe(expression), self.page, what=expression, seconds=seconds)

    def by(self, test_id: str) -> Any:
        """Locate by test id."""
        return self.page.get_by_test_id(test_id)

    def inbound(self) -> dict[str, float]:
        """Return what arrives: audioEnergy, framesDecoded, and how many audios and (decoded) videos."""
        return dict(self.probe(INBOUND))

    def until_hears_and_sees(self, *, videos: int, seconds: float = PATIENCE_S) -> None:
        """Wait until sound has energy and `videos` pictures are decoded, and go on being decoded."""

        def arriving() -> bool:
            now = self.inbound()
            return now["audioEnergy"] > 0 and now["videos"] >= videos

        wait_for(arriving, self.page, what=f"sound and {videos} pictures", seconds=seconds)
        before = self.inbound()
        wait_for(
            lambda: (
                self.inbound()["framesDecoded"] > before["framesDecoded"] + 5
                and self.inbound()["audioEnergy"] > before["audioEnergy"]
            ),
            self.page,
            what="pictures and sound going on",
            seconds=seconds,
        )

    def strangers(self, origin: str) -> list[str]:
        """Requests that left our origin."""
        allowed = (origin, origin.replace("http", "ws", 1), "blob:", "data:")
        return [url for url in self._strays if not url.startswith(allowed)]

    def screenshot(self, path: Path) -> None:
        """Keep a picture of the window."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self.page.screenshot())  # with a path, Playwright writes in a thread that it leaves


def wait_for(ready: Callable[[], Any], page: Page, *, what: str, seconds: float = PATIENCE_S) -> Any:
    """Poll `ready` while the browser goes on working; fail with `what` after `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := ready():
            return value
        page.wait_for_timeout(POLL_MS)  # polling, the browser's own clock
    raise AssertionError(f"not within {seconds:g} s: {what}")


def decoded_frames(test_id: str) -> str:
    """Expression: frames the video below `test_id` has shown."""
    return (
        f"(document.querySelector('[data-testid=\"{test_id}\"]')?.getVideoPlaybackQuality?.()"
        "?.totalVideoFrames ?? 0)"
    )
