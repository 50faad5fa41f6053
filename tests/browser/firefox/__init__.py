"""A person's window in Firefox, driven over WebDriver BiDi by a Node script."""

import contextlib
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.browser.windows import INBOUND, KEEP_CONNECTIONS
from tests.support import npm
from tests.support.until import until

FIREFOX = "/usr/bin/firefox-esr"
FOLDER = Path(__file__).parent
PREFERENCES = {
    "media.navigator.streams.fake": True,
    "media.navigator.permission.disabled": True,
    "permissions.default.camera": 1,
    "permissions.default.microphone": 1,
    "permissions.default.desktop-notification": 2,
    "media.gmp-manager.updateEnabled": False,  # would download OpenH264
    "intl.accept_languages": "zh-CN",
}

SOUND_CARD = """
AudioContext.prototype.resume = async () => {};
Object.defineProperty(AudioContext.prototype, "state", { get: () => "running" });
"""
"""Stands for the sound card that test machines lack: without one Firefox's `resume` waits for ever."""


class FirefoxWindow:
    """One person's window; the page's scripts get no user activation but from `click` and `press`."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def act(self, act: str, what: str = "") -> Any:
        """Have the script do something and return its answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"do": act, "what": what}) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        assert answer["ok"], f"{act} {what}: {answer['error']}"
        return answer["value"]

    def open(self, url: str) -> None:
        """Go to an address."""
        self.act("open", url)

    def click(self, test_id: str) -> None:
        """Click what has a test id, as soon as it can be seen."""
        self.act("click", test_id)

    def sees(self, test_id: str) -> None:
        """Wait until it can be seen."""
        self.act("visible", test_id)

    def press(self, key: str) -> None:
        """Press a key."""
        self.act("press", key)

    def probe(self, expression: str) -> Any:
        """Evaluate an expression or promise in the page."""
        return self.act("probe", expression)

    def errors(self) -> list[str]:
        """Return the errors the page let escape."""
        return list(self.act("errors"))

    def inbound(self) -> dict[str, float]:
        """Return what arrives, as `Window.inbound` does."""
        return dict(self.probe(INBOUND))

    def until_hears_and_sees(self, *, videos: int) -> None:
        """Wait until sound has energy and pictures are decoded, and both go on."""

        def arriving() -> bool:
            now = self.inbound()
            return now["audioEnergy"] > 0 and now["videos"] >= videos

        until(arriving, what=f"sound and {videos} pictures in Firefox")
        before = self.inbound()

        def going_on() -> bool:
            now = self.inbound()
            more = now["framesDecoded"] > before["framesDecoded"] + 5
            return more and now["audioEnergy"] > before["audioEnergy"]

        until(going_on, what="pictures and sound going on in Firefox")


@contextlib.contextmanager
def firefox(*, loopback: bool) -> Iterator[FirefoxWindow]:
    """Run headless Firefox with fake devices.

    Args:
        loopback: let ICE use loopback addresses, which Firefox does not do by itself.
    """
    npm.install(FOLDER)
    preferences = PREFERENCES | {"media.peerconnection.ice.loopback": loopback}
    process = subprocess.Popen(
        [npm.program("node"), "drive.mjs", FIREFOX, json.dumps(preferences), KEEP_CONNECTIONS + SOUND_CARD],
        cwd=FOLDER,
        env=npm.environ(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    window = FirefoxWindow(process)
    try:
        yield window
        window.act("close")
    finally:
        assert process.stdin is not None
        process.stdin.close()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
