"""`./dev bench replay`: seeks in a replay of seven lanes of two hours, and what else the page asks then.

The replay page in Chromium over HTTP/1.1, so with six connections. The peer is the same page in front of the
same server, but for the recorded files, which come from a plain static handler of aiohttp: no signature, and
an answer is as long as the browser asks.
"""

import asyncio
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import aiohttp
from aiohttp import web
from playwright.sync_api import Browser, Error, sync_playwright

from tests.bench._holds import Hold, finish
from tests.browser.product import Product, running
from tests.browser.windows import Window, launch
from tests.support.films import MadeUpLane, make_recording

HOURS: Final = 2
SECONDS: Final = HOURS * 3600.0
LANES: Final = [
    MadeUpLane("clerk", "clerk", files=[(0, SECONDS)]),
    MadeUpLane("clerk-paper", "clerk", "document_camera", files=[(0, SECONDS)], has_sound=False),
    MadeUpLane("clerk-desktop", "clerk", "desktop", files=[(0, SECONDS)], has_sound=False),
    MadeUpLane("specialist", "specialist", files=[(0, SECONDS)]),
    MadeUpLane("specialist-desktop", "specialist", "desktop", files=[(0, SECONDS)], has_sound=False),
    MadeUpLane("consultant", "consultant", files=[(0, SECONDS)]),
    MadeUpLane("monitor", "monitor", files=[(0, SECONDS)]),
]
SHARES: Final = [0.5, 0.1, 0.9, 0.3, 0.77, 0.2, 0.01, 0.64, 0.42, 0.97]
GIVEN_UP_S: Final = 5.0
"""So long a person waits for a seek."""
REST_GIVEN_UP_S: Final = 2.0
MAX_SEEK_P95_S: Final = 1.5
MAX_REST_P95_MS: Final = 200.0
SEEK = """async ([share, seconds, patience]) => {
  const videos = [...document.querySelectorAll('.tile video:not([hidden])')];
  const box = document.querySelector('[data-testid=replay-slider]').getBoundingClientRect();
  const place = { clientX: box.left + box.width * share, clientY: box.top + 8 };
  const at = { ...place, button: 0, pointerId: 1, bubbles: true };
  const track = document.querySelector('[data-testid=replay-slider]');
  track.setPointerCapture = () => {};
  const began = performance.now();
  track.dispatchEvent(new PointerEvent('pointerdown', at));
  track.dispatchEvent(new PointerEvent('pointerup', at));
  const landed = (video) =>
    !video.seeking && video.readyState >= 3 && Math.abs(video.currentTime - share * seconds) < 30;
  while (performance.now() - began < patience * 1000) {
    await new Promise((done) => setTimeout(done, 10));
    if (videos.length === 7 && videos.every(landed)) return (performance.now() - began) / 1000;
  }
  return null;
}"""
REST = """async (patience) => {
  const began = performance.now();
  const signal = AbortSignal.timeout(patience * 1000);
  const asked = fetch('/api/config', { cache: 'no-store', signal });
  const answered = await asked.then((one) => one.json()).catch(() => null);
  return answered === null ? null : performance.now() - began;
}"""


def run(*, json: bool) -> int:
    """Run the benchmark; prints one JSON object when asked, else a table."""
    with (
        tempfile.TemporaryDirectory(prefix="bangban-bench-") as folder,
        running(Path(folder) / "data", {"LOG_LEVEL": "warning"}) as product,
        sync_playwright() as playwright,
    ):
        print(f"making {len(LANES)} lanes of {HOURS} h", file=sys.stderr)
        began = time.monotonic()
        call_id = make_recording(product, LANES)
        figures: dict[str, Any] = {
            "lanes": len(LANES),
            "hours": HOURS,
            "making_s": round(time.monotonic() - began, 1),
        }
        with uncapped(product) as peer:
            for name, url in (("bangban", product.url), ("static_files", peer)):
                print(f"{len(SHARES)} seeks: {name}", file=sys.stderr)
                browser = launch(playwright)
                figures[name] = _measure(browser, url, call_id)
                browser.close()
    return finish(figures, holds_of(figures), table, json=json)


def holds_of(figures: dict[str, Any]) -> list[Hold]:
    """Return what is held."""
    ours = figures["bangban"]
    return [
        Hold("p95 of a seek of all lanes in s", MAX_SEEK_P95_S, ours["seek_p95_s"]),
        Hold("seeks given up", 1, ours["seeks_given_up"]),
        Hold("p95 of a request beside them in ms", MAX_REST_P95_MS, ours["rest_p95_ms"]),
        Hold("requests beside them given up", 1, ours["rest_given_up"]),
    ]


def _measure(browser: Browser, url: str, call_id: str) -> dict[str, Any]:
    """Seek through a recording, first standing still, then while it plays."""
    reviewer = Window.open(browser, f"{url}/enter?role=reviewer")
    reviewer.by(f"review-row-{call_id}").click(timeout=20_000)
    reviewer.by("replay-toggle").wait_for(timeout=30_000)
    reviewer.page.wait_for_timeout(3000)  # what opening fetches, not a synchronisation
    seeks: list[float | None] = []
    rests: list[float | None] = []
    for number, share in enumerate(SHARES):
        seeks.append(reviewer.page.evaluate(SEEK, [share, SECONDS, GIVEN_UP_S]))
        try:
            rests += [reviewer.page.evaluate(REST, REST_GIVEN_UP_S) for _ in range(3)]
        except Error:
            rests.append(None)
        if number == len(SHARES) // 2:
            reviewer.page.keyboard.press("Space")
    reviewer.page.context.close()
    return {
        "seek_median_s": _quantile(seeks, 0.5),
        "seek_p95_s": _quantile(seeks, 0.95),
        "seeks_given_up": seeks.count(None),
        "rest_median_ms": _quantile(rests, 0.5),
        "rest_p95_ms": _quantile(rests, 0.95),
        "rest_given_up": rests.count(None),
    }


def _quantile(values: list[float | None], share: float) -> float | None:
    """Return the value below which that share lies; None when that is one given up."""
    ordered = sorted(float("inf") if value is None else value for value in values)
    found = ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]
    return None if found == float("inf") else round(found, 3)


@contextmanager
def uncapped(product: Product) -> Iterator[str]:
    """Serve the product at another origin, its recordings by a static handler; yield the origin."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def start() -> tuple[web.AppRunner, aiohttp.ClientSession, int]:
        session = aiohttp.ClientSession(auto_decompress=False)

        async def forward(request: web.Request) -> web.Response:
            headers = {name: value for name, value in request.headers.items() if name != "Host"}
            url = product.url + request.raw_path
            async with session.request(
                request.method, url, headers=headers, data=await request.read(), allow_redirects=False
            ) as answer:
                kept = {name: value for name, value in answer.headers.items() if name not in _HOP_BY_HOP}
                return web.Response(status=answer.status, headers=kept, body=await answer.read())

        application = web.Application()
        application.router.add_static("/api/media", product.data_dir / "recordings")
        application.router.add_route("*", "/{path:.*}", forward)
        runner = web.AppRunner(application)
        await runner.setup()
        site = web.TCPSite(runner, "localhost", 0)
        await site.start()
        return runner, session, int(runner.addresses[0][1])

    runner, session, port = asyncio.run_coroutine_threadsafe(start(), loop).result()
    try:
        yield f"http://localhost:{port}"
    finally:
        asyncio.run_coroutine_threadsafe(session.close(), loop).result()
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


_HOP_BY_HOP: Final = frozenset({"Content-Length", "Transfer-Encoding", "Connection", "Date", "Server"})


def table(figures: dict[str, Any]) -> str:
    """Return the figures as lines for people."""
    lines = [f"{figures['lanes']} lanes of {figures['hours']} h, made in {figures['making_s']} s"]
    lines += [
        f"{'':>14} {'seek p50':>9} {'p95 s':>7} {'given up':>9} {'rest p50':>9} {'p95 ms':>7} {'given up':>9}"
    ]
    for name in ("bangban", "static_files"):
        row = figures[name]
        cells = zip(row.values(), (9, 7, 9, 9, 7, 9), strict=True)
        lines.append(
            f"{name:>14} " + " ".join(f"{'-' if value is None else value:>{width}}" for value, width in cells)
        )
    return "\n".join(lines)
