"""A window in a browser that Playwright cannot drive as people have it, through puppeteer in Node.js.

Playwright has no Debian Firefox, and its Chromium pages always count as visible.
"""

import contextlib
import json
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.browser.windows import INBOUND
from tests.support import npm
from tests.support.until import until

FOLDER = Path(__file__).parent
CLOSE_SECONDS = 20


class Puppet:
    """One person's window; the page gets no user activation but from `click` and `press`."""

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

    def until(self, expression: str, *, seconds: float = 30.0) -> Any:
        """Poll until the expression is truthy and return its value."""
        until(lambda: bool(self.probe(expression)), what=expression, patience_s=seconds)
        return self.probe(expression)

    def allow_notifications(self, origin: str) -> None:
        """Let the pages of an origin show desktop notifications; Chromium only."""
        self.act("allow_notifications", origin)

    def cover(self) -> None:
        """Put another tab in front."""
        self.act("cover")

    def uncover(self) -> None:
        """Come back to the page."""
        self.act("uncover")

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

        until(arriving, what=f"sound and {videos} pictures")
        before = self.inbound()

        def going_on() -> bool:
            now = self.inbound()
            more = now["framesDecoded"] > before["framesDecoded"] + 5
            return more and now["audioEnergy"] > before["audioEnergy"]

        until(going_on, what="pictures and sound going on")


@contextlib.contextmanager
def puppet(options: Mapping[str, object], script: str) -> Iterator[Puppet]:
    """Run a browser with one window.

    Args:
        options: puppeteer's launch options.
        script: runs in every page before its own.
    """
    npm.install(FOLDER)
    process = subprocess.Popen(
        [npm.program("node"), "drive.mjs", json.dumps(options), script],
        cwd=FOLDER,
        env=npm.environ(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    window = Puppet(process)
    try:
        yield window
        window.act("close")
    finally:
        assert process.stdin is not None
        process.stdin.close()
        try:
            process.wait(CLOSE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        assert process.stdout is not None
        process.stdout.close()
