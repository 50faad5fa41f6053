"""Helper, page and server killed while a key is down at the counter: how long it stays down."""

import contextlib
import os
import signal
import time
from collections.abc import Callable
from typing import Any, Final

from tests.browser.controlled import Controlled
from tests.helper.x_screen import is_down
from tests.support.until import until
from tests.support.x_witness import witness
from web_client.helper.effects import Key
from web_client.helper.x11.display import Display

TIMES: Final = 20
HELD: Final = Key("KeyD")


def killed(scene: Controlled, name: str, times: int = TIMES) -> dict[str, Any]:
    """Kill one of `KILLS` so often; return how long the key stayed down at most, in seconds."""
    kill, mend = KILLS[name]
    worst = 0.0
    with contextlib.closing(Display(scene.screen)) as x:
        for _ in range(times):
            box = scene.grant("pointer", "keyboard")
            page = scene.specialist.window.page
            with witness(scene.screen, (300, 200, 600, 400)):
                page.mouse.click(*scene.seen_at(box, 500, 400))
                page.keyboard.down("d")
                until(lambda: is_down(x, HELD), what="the key", patience_s=10)
                started = time.monotonic()
                kill(scene)
                until(lambda: not is_down(x, HELD), what="the key let go", patience_s=10)
                worst = max(worst, time.monotonic() - started)
            mend(scene)
    return {"kills": times, "worst_s": round(worst, 3)}


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
