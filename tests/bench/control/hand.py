"""A specialist's hand: keys, clicks, a moving pointer, timed from the page's event to the application's."""

import time
from typing import Any, Final, TypeAlias

from tests.bench._statistics import percentile
from tests.browser.controlled import SIZE, Controlled
from tests.browser.windows import Window
from tests.support.until import until
from tests.support.x_witness import (
    BUTTON_PRESS,
    BUTTON_RELEASE,
    KEY_PRESS,
    KEY_RELEASE,
    MOTION,
    Seen,
    Witness,
    witness,
)

Times: TypeAlias = dict[str, Any]
Told: TypeAlias = tuple[str, float, float, float]
"""One event of the page: its type, where across the picture it was (0–1), when the browser had it, in seconds
of the system's monotonic clock, and how many ms later the page got it."""

AREA: Final = (300, 200, 1200, 700)
"""Where the application's window lies on the counter's screen."""
KEYS, CLICKS, MOVES = 200, 100, 240
PACE_MS = 25
SAME_PX = 2.0
"""Places of the counter's screen that are one: less than half of what lies between two movements."""
SLOWEST = 16
"""So many of the slowest are told one by one: whether one stall or many made them."""
NOTE: Final = """
window.__noted ??= false;
window.__hand = [];
if (!__noted) for (const type of ["keydown", "keyup", "pointerdown", "pointerup", "pointermove"])
  addEventListener(type, (event) => {
  const now = performance.now();
  const picture = document.querySelector('[data-testid="control-surface"]').getBoundingClientRect();
  __hand.push([type, ((event.clientX ?? 0) - picture.left) / picture.width, now, now - event.timeStamp]);
}, true);
__noted = true;
"""
KINDS: Final = {
    "keydown": KEY_PRESS,
    "keyup": KEY_RELEASE,
    "pointerdown": BUTTON_PRESS,
    "pointerup": BUTTON_RELEASE,
}


def at_work(scene: Controlled) -> tuple[list[Told], list[Seen]]:
    """Work for a while; return what the page told and what the application saw."""
    box = scene.grant()
    window = scene.specialist.window
    with witness(scene.screen, AREA) as application:
        middle = scene.seen_at(box, AREA[0] + AREA[2] / 2, AREA[1] + AREA[3] / 2)
        window.page.mouse.click(*middle)
        _settled(application, BUTTON_RELEASE, 1)
        application.seen.clear()
        window.page.evaluate(NOTE)
        for _ in range(KEYS):
            window.page.keyboard.down("a")
            window.page.keyboard.up("a")
            window.page.wait_for_timeout(PACE_MS)
        for _ in range(CLICKS):
            window.page.mouse.down()
            window.page.mouse.up()
            window.page.wait_for_timeout(PACE_MS)
        left, right = (scene.seen_at(box, AREA[0] + x, AREA[1] + 300)[0] for x in (20, AREA[2] - 20))
        for step in range(MOVES):
            window.page.mouse.move(left + (right - left) * step / MOVES, middle[1])
            window.page.wait_for_timeout(PACE_MS)
        _settled(application, KEY_RELEASE, KEYS)
        _settled(application, BUTTON_RELEASE, CLICKS)
        until(lambda: _is_still(application), what="a pointer at rest", patience_s=10)
        told = _told(window)
        seen = list(application.seen)
    window.by("control-give-back").click()
    window.by("control-understood").click()
    return told, seen


def figures_of(worked: tuple[list[Told], list[Seen]]) -> Times:
    """Return the figures of one piece of work: delays in ms, and what was lost, swapped or left down."""
    told, seen = worked
    delays: dict[str, list[float]] = {"keys": [], "buttons": [], "moves": _moves(told, seen)}
    lost = 0
    for name, kind in KINDS.items():
        sent = [at for what, _, at, _ in told if what == name]
        came = [one.at for one in seen if one.kind == kind]
        lost += abs(len(sent) - len(came))
        into = delays["keys" if name.startswith("key") else "buttons"]
        into += [(there - here) * 1000 for here, there in zip(sent, came, strict=False)]
    order = [one.kind for one in seen if one.kind in KINDS.values()]
    swapped = sum(
        kind not in (KEY_RELEASE, BUTTON_RELEASE) for kind in order[1::2]
    )  # each is pressed and let go before the next
    every = [delay for row in delays.values() for delay in row]
    waits = [waited for *_, waited in told]
    return {
        "events": len(every),
        **_spread(every),
        "slowest_ms": _slowest(every),
        "before_the_page": {**_spread(waits), "slowest_ms": _slowest(waits)},
        "lost": lost,
        "out_of_order": swapped,
        "left_down": len([kind for kind in order if kind in (KEY_PRESS, BUTTON_PRESS)]) * 2 - len(order),
        "kinds": {name: _spread(row) for name, row in delays.items()},
    }


def _moves(told: list[Told], seen: list[Seen]) -> list[float]:
    """Movements are merged: each that the application saw was told at the place it came to."""
    places = [(x * SIZE[0], at) for name, x, at, _ in told if name == "pointermove"]
    found = []
    for one in (one for one in seen if one.kind == MOTION):
        x, at = min(places, key=lambda place: abs(place[0] - one.x - 0.5))
        if abs(x - one.x - 0.5) < SAME_PX and one.at > at:
            found.append((one.at - at) * 1000)
    return found


def _spread(delays: list[float]) -> Times:
    return {"p50_ms": round(percentile(delays, 0.5), 1), "p99_ms": round(percentile(delays, 0.99), 1)}


def _slowest(delays: list[float]) -> list[int]:
    return [round(delay) for delay in sorted(delays)[-SLOWEST:]]


def _told(window: Window) -> list[Told]:
    """Read the page's events, its clock mapped to ours by the shortest of some looks."""
    looks = []
    for _ in range(30):
        before = time.monotonic()
        now = float(window.probe("performance.now()")) / 1000
        after = time.monotonic()
        looks.append((after - before, (before + after) / 2 - now))
    ahead = min(looks)[1]
    return [
        (name, float(x), (float(at) - float(waited)) / 1000 + ahead, float(waited))
        for name, x, at, waited in window.probe("__hand")
    ]


def _settled(application: Witness, kind: int, count: int) -> None:
    until(lambda: len(application.of(kind)) >= count, what=f"{count} events {kind}", patience_s=20)


def _is_still(application: Witness) -> bool:
    return bool(application.seen) and time.monotonic() - application.seen[-1].at > 1.0
