"""`./dev bench memory`: memory of all processes idle, and per session of full media flowing for a minute.

The sentence process of the search is not among them: 35 MB more, let go after 15 minutes without a query.
Ten sessions set up through the real signalling, each of two microphones, two cameras and a desktop, recorded.
Libraries that several of our processes map count once; sums of PSS and RSS are reported beside that.
"""

import asyncio
import itertools
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from tests.bench._calls import Side, join_both
from tests.bench._holds import Hold, finish
from tests.bench._peer import Certificate
from tests.bench._people import Meeting, meet, recruit
from tests.bench._processes import MB, Memory, memory_of, together
from tests.bench._talk import SHAPES, Stream, Talk
from tests.browser.product import Product, running

SESSIONS = 10
SETTLE_SECONDS = 5.0
FLOW_SECONDS = 60.0
HOST = "127.0.0.1"
TRACKS = {"clerk": ("microphone", "camera", "desktop"), "specialist": ("microphone", "camera")}
HOLD_IDLE_MB = 250.0
HOLD_SESSION_MB = 3.0


def run(*, json: bool) -> int:
    """Run the benchmark; prints one JSON object when asked, else a table."""
    with (
        tempfile.TemporaryDirectory(prefix="bangban-bench-") as folder,
        running(Path(folder) / "data", {"LOG_LEVEL": "warning"}) as product,
    ):
        figures = asyncio.run(measure(product))
    return finish(figures, holds_of(figures), table, json=json)


async def measure(product: Product) -> dict[str, Any]:
    """Return the figures of a product that has just started."""
    pid = product.process.pid
    print(f"idle for {SETTLE_SECONDS:g} s", file=sys.stderr)
    await asyncio.sleep(SETTLE_SECONDS)
    idle = memory_of(pid)
    async with AsyncExitStack() as stack:
        print(f"signing in {2 * SESSIONS} people", file=sys.stderr)
        team = await recruit(product.url, SESSIONS, stack)
        signed_in = memory_of(pid)
        print(f"{SESSIONS} sessions flowing for {FLOW_SECONDS:g} s", file=sys.stderr)
        talk = await talk_of(await meet(team), stack)
        began = time.monotonic()
        talk.start()
        stack.callback(talk.stop)
        await asyncio.sleep(FLOW_SECONDS)
        flowing = memory_of(pid)
        packets = {"sent": talk.sent, "received": talk.received}
        seconds = time.monotonic() - began
    idle_mb = round(together(idle) / MB, 1)
    session_mb = round((together(flowing) - together(idle)) / SESSIONS / MB, 2)
    return {
        "sessions": SESSIONS,
        "tracks_of_a_session": [track for tracks in TRACKS.values() for track in tracks],
        "packets_per_s": round(packets["sent"] / seconds),
        "received_share": round(packets["received"] / max(1, packets["sent"]), 4),
        "idle": _shown(idle),
        "signed_in": _shown(signed_in),
        "flowing": _shown(flowing),
        "idle_mb": idle_mb,
        "session_mb": session_mb,
    }


def holds_of(figures: dict[str, Any]) -> list[Hold]:
    """Return what is held."""
    return [
        Hold("idle memory in MB", HOLD_IDLE_MB, figures["idle_mb"]),
        Hold("memory of a session in MB", HOLD_SESSION_MB, figures["session_mb"]),
    ]


async def talk_of(meetings: list[Meeting], stack: AsyncExitStack) -> Talk:
    """Return the streams of ordinary sessions, ready to be sent; `stack` closes what they need."""
    certificate = Certificate.generate()
    ssrcs = itertools.count(1000)
    talk = Talk([], [])
    for meeting in meetings:
        clerk, specialist = await join_both(meeting, certificate, HOST)
        for side in (clerk, specialist):
            stack.callback(side.close)
            talk.listeners.append(side.receiving)
        for speaker, listener, part in ((clerk, specialist, "clerk"), (specialist, clerk, "specialist")):
            talk.streams += [await _stream(speaker, listener, track, next(ssrcs)) for track in TRACKS[part]]
    return talk


async def _stream(speaker: Side, listener: Side, track: str, ssrc: int) -> Stream:
    shape = SHAPES[track]
    await listener.consume(await speaker.produce(track, shape.kind, ssrc))
    return Stream(speaker.sending, shape, ssrc)


def _shown(rows: list[Memory]) -> dict[str, Any]:
    return {
        "together_mb": round(together(rows) / MB, 1),
        "pss_mb": round(sum(row.pss for row in rows) / MB, 1),
        "rss_mb": round(sum(row.rss for row in rows) / MB, 1),
        "processes": [
            {
                "role": row.role,
                "anonymous_mb": round(row.anonymous / MB, 1),
                "pss_mb": round(row.pss / MB, 1),
                "rss_mb": round(row.rss / MB, 1),
            }
            for row in rows
        ],
    }


def table(figures: dict[str, Any]) -> str:
    """Return the figures as lines for people."""
    moments = [figures[name] for name in ("idle", "signed_in", "flowing")]
    lines = [f"{'resident MB':>14} {'idle':>8} {'people':>8} {'flowing':>8}"]
    for rows in zip(*(moment["processes"] for moment in moments), strict=False):
        lines.append(f"{rows[0]['role']:>14} " + " ".join(f"{row['rss_mb']:>8.1f}" for row in rows))
    for name, kind in (("sum", "rss_mb"), ("PSS", "pss_mb"), ("shared once", "together_mb")):
        lines.append(f"{name:>14} " + " ".join(f"{moment[kind]:>8.1f}" for moment in moments))
    lines.append(f"a session: {figures['session_mb']} MB")
    return "\n".join(lines)
