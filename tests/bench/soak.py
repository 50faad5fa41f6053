"""`./dev bench soak`: memory that a call leaves in each process, and what else it leaves, over many calls.

The real product with real signalling, ICE, DTLS and SRTP: calls of two people with a microphone and a camera
each, agreed to be recorded, a few at a time. All are closed and muxed before each look at the processes,
which count their own heaps (`tests.support.leaks.probed`). The growth is the slope of the least squares line
through the looks after the first calls, in which caches fill.
"""

import asyncio
import itertools
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import linear_regression
from typing import Any

from rtc_server.server.client import MediaClient
from signaling.web.sio.repeats import KEPT_S
from tests.bench._calls import Side, join_both
from tests.bench._holds import Hold, finish
from tests.bench._peer import Certificate
from tests.bench._people import Meeting, Team, meet, recruit
from tests.bench._talk import SHAPES, Stream, Talk
from tests.browser.product import Product, running
from tests.support.leaks.probed import Held, ask, environ
from tests.support.until import until_async

CALLS = 500
AT_ONCE = 4
FIRST_CALLS = 100
SECONDS_A_CALL = KEPT_S / FIRST_CALLS
"""Not faster: signalling remembers answers for a minute, which are not more then after the first calls."""
LOOKS = 20
TALK_SECONDS = 0.3
PATIENCE_S = 120.0
HOST = "127.0.0.1"
TRACKS = ("microphone", "camera")
ROLES = ("supervisor", "signaling", "media", "worker")
NOUNS = ("routers", "transports", "producers", "consumers", "dataProducers", "dataConsumers")
HOLD_BYTES = 2000.0
"""Of the heap without SQLite's page caches: those have a bound of their own, and reach it late."""
MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Look:
    """All processes after so many calls, none of which is open."""

    calls: int
    held: dict[str, Held]
    rss: dict[str, int]
    media: dict[str, int]


def run(*, json: bool, calls: int = CALLS) -> int:
    """Run the benchmark; prints one JSON object when asked, else a table."""
    with tempfile.TemporaryDirectory(prefix="bangban-bench-") as folder:
        probe = Path(folder) / "probe"
        probe.mkdir()
        data = Path(folder) / "data"
        with running(data, {"LOG_LEVEL": "warning"}, around=environ(probe)) as product:
            figures = asyncio.run(Soak(product, probe).run(calls))
    return finish(figures, holds_of(figures), table, json=json)


class Soak:
    """Opens and closes calls, and looks at the processes now and then."""

    def __init__(self, product: Product, probe: Path) -> None:
        self._product = product
        self._probe = probe
        self._pids = {role: product.pid_of(role) for role in ROLES[1:]} | {ROLES[0]: product.process.pid}
        self._certificate = Certificate.generate()
        self._ssrcs = itertools.count(1000)
        self._packets = [0, 0]

    async def run(self, calls: int) -> dict[str, Any]:
        """Return the figures of so many calls."""
        looks: list[Look] = []
        every = max(AT_ONCE, calls // LOOKS // AT_ONCE * AT_ONCE)
        async with AsyncExitStack() as stack:
            media = await stack.enter_async_context(
                MediaClient.connect(_control_of(self._product), controller="soak")
            )
            team = await recruit(self._product.url, AT_ONCE, stack)
            began = time.monotonic()
            for done in range(AT_ONCE, calls + AT_ONCE, AT_ONCE):
                await self._round(team)
                await asyncio.sleep(began + done * SECONDS_A_CALL - time.monotonic())
                if done % every == 0 or done >= calls:
                    looks.append(await self._look(done, media))
                    heaps = (
                        f"{role} {held.allocated_bytes / MB:.3f}" for role, held in looks[-1].held.items()
                    )
                    print(f"{done} calls: {', '.join(heaps)} MB", file=sys.stderr)
        return figures_of(looks, sent=self._packets[0], received=self._packets[1])

    async def _round(self, team: Team) -> None:
        """Open a call for each pair, let media flow, close them."""
        for clerk in team.clerks:
            clerk.forget()
        meetings = await meet(team)
        talk = Talk([], [])
        with ExitStack() as sockets:
            for meeting in meetings:
                await self._join(meeting, talk, sockets)
            talk.start()
            try:
                await asyncio.sleep(TALK_SECONDS)  # media flows in real time
            finally:
                await asyncio.to_thread(talk.stop)
        self._packets[0] += talk.sent
        self._packets[1] += talk.received
        await asyncio.gather(*(meeting.end() for meeting in meetings))

    async def _join(self, meeting: Meeting, talk: Talk, sockets: ExitStack) -> None:
        clerk, specialist = await join_both(meeting, self._certificate, HOST)
        for side in (clerk, specialist):
            sockets.callback(side.close)
            talk.listeners.append(side.receiving)
        for speaker, listener in ((clerk, specialist), (specialist, clerk)):
            talk.streams += [await self._stream(speaker, listener, track) for track in TRACKS]

    async def _stream(self, speaker: Side, listener: Side, track: str) -> Stream:
        shape, ssrc = SHAPES[track], next(self._ssrcs)
        await listener.consume(await speaker.produce(track, shape.kind, ssrc))
        return Stream(speaker.sending, shape, ssrc)

    async def _look(self, calls: int, media: MediaClient) -> Look:
        """Wait until every call is closed and muxed; look."""
        await until_async(lambda: _is_empty(media), what="the end of all media", patience_s=PATIENCE_S)
        journals = self._product.data_dir / "journals"

        async def is_muxed() -> bool:
            return not any(journals.iterdir())

        await until_async(is_muxed, what="the muxing of all journals", patience_s=PATIENCE_S)
        held = {role: await asyncio.to_thread(ask, self._pids[role], self._probe) for role in ROLES}
        return Look(calls, held, {role: _rss(self._pids[role]) for role in ROLES}, await _objects(media))


async def _objects(media: MediaClient) -> dict[str, int]:
    stats = await media.request("stats")
    return {noun: stats[noun] for noun in NOUNS}


async def _is_empty(media: MediaClient) -> bool:
    return not any((await _objects(media)).values())


def _control_of(product: Product) -> str:
    (path,) = product.data_dir.glob("**/media-*.sock")
    return str(path)


def _rss(pid: int) -> int:
    line = next(row for row in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines() if "Rss:" in row)
    return int(line.split()[1]) * 1024


def figures_of(looks: Sequence[Look], *, sent: int, received: int) -> dict[str, Any]:
    """Return the figures: the growth of each process over the looks after the first calls."""
    last = looks[-1]
    first_calls = min(FIRST_CALLS, last.calls // 2)
    settled = [look for look in looks if look.calls >= first_calls]
    return {
        "calls": last.calls,
        "packets": {"sent": sent, "received": received},
        "processes": {role: _process(role, settled) for role in ROLES},
        "media_objects": last.media,
    }


def holds_of(figures: dict[str, Any]) -> list[Hold]:
    """Return what is held of each process."""
    processes = figures["processes"].items()
    holds = [
        Hold(
            f"bytes a call in the {role} process",
            HOLD_BYTES,
            one["heap_bytes_a_call"] - one["sqlite_bytes_a_call"],
        )
        for role, one in processes
    ]
    holds += [
        Hold(f"{what} left in the {role} process", 1, one[f"{what}_left"])
        for role, one in processes
        for what in ("descriptors", "threads", "tasks")
    ]
    return [*holds, Hold("objects left in the media process", 1, sum(figures["media_objects"].values()))]


def _process(role: str, looks: Sequence[Look]) -> dict[str, Any]:
    first, last = looks[0].held[role], looks[-1].held[role]
    grown = {
        name: more
        for name, count in last.objects.items()
        if (more := count - first.objects.get(name, 0)) > (looks[-1].calls - looks[0].calls) // 10
    }
    return {
        "heap_bytes_a_call": round(_slope(looks, [look.held[role].allocated_bytes for look in looks])),
        "sqlite_bytes_a_call": round(_slope(looks, [look.held[role].sqlite_bytes for look in looks])),
        "rss_bytes_a_call": round(_slope(looks, [look.rss[role] for look in looks])),
        "heap_mb": round(last.allocated_bytes / MB, 3),
        "rss_mb": round(looks[-1].rss[role] / MB, 1),
        "descriptors_left": len(last.descriptors) - len(first.descriptors),
        "threads_left": len(last.threads) - len(first.threads),
        "tasks_left": len(last.tasks) - len(first.tasks),
        "grown_objects": dict(sorted(grown.items(), key=lambda item: -item[1])[:10]),
    }


def _slope(looks: Sequence[Look], values: Sequence[int]) -> float:
    return linear_regression([look.calls for look in looks], values).slope


def table(figures: dict[str, Any]) -> str:
    """Return the figures as lines for people."""
    lines = [
        f"{figures['calls']:>4} calls {'heap B/call':>12} {'RSS B/call':>12} {'heap MB':>9} {'RSS MB':>8}"
    ]
    for role, one in figures["processes"].items():
        numbers = f"{one['heap_bytes_a_call']:>12} {one['rss_bytes_a_call']:>12}"
        lines.append(f"{role:>10} {numbers} {one['heap_mb']:>9.3f} {one['rss_mb']:>8.1f}")
    lines.append(f"objects left in the media process: {sum(figures['media_objects'].values())}")
    return "\n".join(lines)
