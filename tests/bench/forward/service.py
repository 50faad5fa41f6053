"""Added latency in the whole service: undisturbed, then beside logins, ten calls set up at once and a mux.

Five calls carry the load in both directions, through a product started by its own command. The whole product
has one processor, as on a server of its own; the load and the people who disturb, who would sit at other
computers, share the other one, the people behind the load.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from contextlib import AsyncExitStack
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from tests.bench._calls import join_both
from tests.bench._peer import Certificate
from tests.bench._people import Meeting, meet, recruit
from tests.bench.forward import processors
from tests.bench.forward.bangban import NUMBER_ID
from tests.bench.forward.load import WARM_UP_SECONDS, Load, LoadResult, Pair, Window
from tests.bench.forward.stream import StreamPlan
from tests.browser.product import Product, running
from tests.browser.rest import Rest
from tests.recording.played import record
from tests.recording.synthetic import camera, microphone

RATE = 10_000
CALLS = 5
UNDISTURBED_SECONDS = 4.0
DISTURBED_SECONDS = 8.0
MUXED_MINUTES = 20
"""Of a camera and its microphone: more than the worker can mux while it is measured."""
TRACKS_REPEAT = MUXED_MINUTES * 6
DISTURBANCES = "logins without a pause, ten calls set up at once, a mux job of 20 minutes"


def measure(host: str) -> dict[str, Any]:
    """Return the figures of both parts, and what disturbed the second.

    Args:
        host: local address for media.
    """
    with tempfile.TemporaryDirectory() as folder:
        settings = {"MEDIA_LISTEN_ADDRESSES": host, "LOG_LEVEL": "warning"}
        os.sched_setaffinity(0, processors.SERVER)  # the product inherits it
        with running(Path(folder) / "data", settings) as product:
            os.sched_setaffinity(0, processors.OTHERS)
            return asyncio.run(_measure(product, host))


async def _measure(product: Product, host: str) -> dict[str, Any]:
    async with AsyncExitStack() as stack:
        team = await recruit(product.url, CALLS + 1, stack)
        *meetings, to_mux = await meet(team)
        await asyncio.to_thread(_journal, product, to_mux)
        pairs = await _pairs(meetings, host, stack)
        disturber = _disturber(product.url, host)
        stack.callback(disturber.kill)
        await asyncio.to_thread(disturber.stdout.readline)  # type: ignore[union-attr]
        begin = asyncio.Event()
        loop = asyncio.get_running_loop()

        async def hang_up() -> None:
            await begin.wait()
            await to_mux.end()
            await to_mux.specialist.do("presence.set", state="away")  # nobody else's call rings here

        def disturb() -> None:
            _tell(disturber)
            loop.call_soon_threadsafe(begin.set)

        async with asyncio.TaskGroup() as group:
            group.create_task(hang_up())
            quiet, busy = await asyncio.to_thread(_load, pairs, disturb, lambda: _tell(disturber))
        done = json.loads(await asyncio.to_thread(disturber.stdout.readline))  # type: ignore[union-attr]
        muxed = await asyncio.to_thread(_mux_state, product, to_mux.call_id)
        return {
            "packets_per_s": RATE,
            "undisturbed": _shown(quiet),
            "disturbed": _shown(busy),
            "disturbed_by": DISTURBANCES,
            "meanwhile": done | {"mux_job_after": muxed},
        }


async def _pairs(meetings: list[Meeting], host: str, stack: AsyncExitStack) -> list[Pair]:
    certificate = Certificate.generate()
    count = int(RATE / (2 * CALLS) * (WARM_UP_SECONDS + UNDISTURBED_SECONDS + DISTURBED_SECONDS))
    pairs = []
    for meeting in meetings:
        sides = await join_both(meeting, certificate, host)
        for speaker, listener in (sides, sides[::-1]):
            stack.callback(speaker.close)
            plan = StreamPlan(1000 + len(pairs), count)
            await listener.consume(await speaker.produce("camera", "video", plan.ssrc))
            pairs.append(Pair(speaker.sending, listener.receiving, plan))
    return pairs


def _load(pairs: list[Pair], disturb: Any, calm: Any) -> list[LoadResult]:
    windows = [Window(UNDISTURBED_SECONDS), Window(DISTURBED_SECONDS, start=disturb, stop=calm)]
    return Load(pairs, RATE, number_id=NUMBER_ID).run(windows)


def _disturber(url: str, host: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        ["nice", "-n", "10", sys.executable, "-m", "tests.bench.forward.disturbance", url, host],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
    )


def _tell(disturber: subprocess.Popen[str]) -> None:
    assert disturber.stdin is not None
    disturber.stdin.write("\n")
    disturber.stdin.flush()


def _journal(product: Product, meeting: Meeting) -> None:
    """Lay a long recording into a call's journal folder, as the tap would have written it."""
    sound, picture = microphone(10, 101), camera(10, 101, size=(640, 360))
    tracks = {
        "microphone": [replace(sound, frames=sound.frames * TRACKS_REPEAT)],
        "camera": [replace(picture, frames=picture.frames * TRACKS_REPEAT)],
    }
    record(product.data_dir / "journals" / meeting.call_id, {"clerk": tracks})


def _mux_state(product: Product, call_id: str) -> str:
    row = Rest.as_role(product.url, "reviewer").get(f"/api/recordings/{call_id}")["row"]
    return str(row["recording"])


def _shown(result: LoadResult) -> dict[str, float]:
    return {name: round(value, 4) for name, value in asdict(result).items()}
