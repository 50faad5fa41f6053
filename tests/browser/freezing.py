"""A signalling process that stands still at one command of one window, while every socket stays up."""

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from threading import Timer

from tests.browser.product import Product
from tests.browser.windows import Window

AT = """
const send = WebSocket.prototype.send;
WebSocket.prototype.send = function (data) {
  const here = window.__freezeAt;
  if (!here || typeof data !== "string" || !data.includes(`"${here}"`)) return send.call(this, data);
  window.__freezeAt = null;
  window.__frozen = true;
  void window.__freeze().then(() => send.call(this, data));
};
"""
"""Test-only hook: the frame of the awaited command leaves once the server stands still."""


class Freezer:
    """Stop signalling (SIGSTOP) when a window gives a certain command, and let it go on after a while."""

    def __init__(self, product: Product) -> None:
        self._product = product

    def hook(self, window: Window) -> None:
        """Have a window call us; before its page makes its channel, so it is loaded anew."""
        window.page.expose_binding("__freeze", lambda _source: self._stop())
        window.page.add_init_script(AT)
        window.page.reload()

    def freeze_at(self, window: Window, command: str, seconds: float) -> Callable[[], bool]:
        """Arm it; return what tells whether it happened."""
        self._seconds = seconds
        window.probe(f"void (window.__frozen = false, window.__freezeAt = {command!r})")
        return lambda: bool(window.probe("window.__frozen"))

    def _stop(self) -> None:
        pid = self._product.pid_of("signaling")
        os.kill(pid, signal.SIGSTOP)
        self.stopped_at = time.monotonic()
        Timer(self._seconds, _thaw, (pid,)).start()


def _thaw(pid: int) -> None:
    with suppress(ProcessLookupError):  # the product was stopped meanwhile
        os.kill(pid, signal.SIGCONT)
