"""Helper, page and server killed while a key is down at the counter: how long it stays down."""

import contextlib
import os
import signal
import time
from collections.abc import Callable
from typing import Any, Final

from playwright.sync_api import expect

from tests.browser.controlled import Controlled
from tests.helper.x_screen import is_down
from tests.support.until import until
from tests.support.x_witness import witness
from web_client.helper.effects import Key
from web_client.helper.x11.display import Display

TIMES: Final = 20
HELD: Final = Key("KeyD")
WITHIN: Final = (300, 200, 600, 400)
"""Where the application's window lies on the shared part of the counter's screen."""


def killed(scene: Controlled, times: int = TIMES) -> dict[str, Any]:
    """Kill each of `KILLS` so often; return how long the key stayed down at most, in seconds.

    They take turns, so that each has lived for a while when it is killed, as where nobody kills on purpose.
    """
    worst = dict.fromkeys(KILLS, 0.0)
    with contextlib.closing(Display(scene.screen)) as x:
        for _ in range(times):
            for name, (kill, mend) in KILLS.items():
                left, top, *size = WITHIN
                with witness(scene.screen, (left + scene.shared[0], top + scene.shared[1], *size)):
                    _press(scene, x)
                    started = time.monotonic()
                    kill(scene)
                    until(lambda: not is_down(x, HELD), what="the key let go", patience_s=10)
                    worst[name] = max(worst[name], time.monotonic() - started)
                mend(scene)
    return {name: {"kills": times, "worst_s": round(one, 3)} for name, one in worst.items()}


def _press(scene: Controlled, x: Display) -> None:
    """Press a key under a new grant, and leave it down."""
    box = scene.grant("pointer", "keyboard")
    window = scene.specialist.window
    window.page.mouse.click(*scene.seen_at(box, scene.shared[0] + 500, scene.shared[1] + 400))
    expect(window.by("control-surface")).to_have_attribute("data-keyboard", "true")
    window.page.keyboard.down("d")
    until(lambda: is_down(x, HELD), what="the key", patience_s=10)


def _kill_helper(scene: Controlled) -> None:
    scene.helper.kill()


def _mend_helper(scene: Controlled) -> None:
    scene.helper.wait(10)
    scene.specialist.window.page.keyboard.up("d")
    scene.understand()
    scene.start_helper()


def _kill_page(scene: Controlled) -> None:
    """Kill what the page runs in: it says nothing to anybody."""
    for pid in scene.renderers():
        os.kill(pid, signal.SIGKILL)


def _mend_page(scene: Controlled) -> None:
    scene.come_back()


def _kill_server(scene: Controlled) -> None:
    scene.product.kill("signaling")


def _mend_server(scene: Controlled) -> None:
    scene.specialist.window.page.keyboard.up("d")
    scene.understand()


Act = Callable[[Controlled], None]
KILLS: Final[dict[str, tuple[Act, Act]]] = {
    "helper": (_kill_helper, _mend_helper),
    "page": (_kill_page, _mend_page),
    "server": (_kill_server, _mend_server),
}
"""What is killed, and how work goes on afterwards."""
