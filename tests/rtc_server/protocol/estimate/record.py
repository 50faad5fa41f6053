"""Record traces from browsers: `python -m tests.rtc_server.protocol.estimate.record NAME…`, or all of them.

A media process notes what leaves and what feedback comes; a Chromium sends a camera through a line that is
spoiled on its way, and the browser of the trace's name receives it.
"""

import asyncio
import os
import sys
import tempfile
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from tests.rtc_server.media import stage as stages
from tests.rtc_server.media.firefox import firefox
from tests.rtc_server.protocol.estimate.trace import write
from tests.support.impairment import Impairment
from tests.support.udp_relay import UdpRelay

NOTED = "BANGBAN_TEST_NOTES"
_NOTING = f"""
import os, time
from rtc_server.protocol.estimate import history
from rtc_server.sfu import downlink
notes, begun = open(os.environ["{NOTED}"], "w", buffering=1), time.monotonic()
remember, receive = history.SentHistory.remember, downlink.Downlink.receive_feedback

def noting_remember(self, size, now):
    print(f"{{now - begun:.6f}} s {{size}}", file=notes)
    return remember(self, size, now)

def noting_receive(self, report, now):
    print(f"{{now - begun:.6f}} f {{report.body_bytes().hex()}}", file=notes)
    receive(self, report, now)

history.SentHistory.remember, downlink.Downlink.receive_feedback = noting_remember, noting_receive
"""


@dataclass(frozen=True, slots=True)
class Act:
    """What a line is for so many seconds."""

    seconds: float
    line: Impairment


CLEAN = Impairment(delay_ms=20)
SCRIPTS = {
    "clean": [Act(20, CLEAN)],
    "narrow": [
        Act(10, CLEAN),
        Act(8, Impairment(delay_ms=20, rate_bps=300_000, queue_ms=400)),
        Act(14, CLEAN),
    ],
    "lossy": [Act(25, Impairment(delay_ms=20, jitter_ms=30, loss=0.05))],
}
TRACES = [f"{browser}_{script}" for browser in ("chromium", "firefox") for script in SCRIPTS]


async def record(name: str) -> None:
    """Make one trace."""
    browser, script = name.split("_")
    stages.PROCESS = _NOTING + stages.PROCESS
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        notes = Path(folder) / "notes"
        os.environ[NOTED] = str(notes)
        client, relay = await stack.enter_async_context(stages.spoiled_line(seed=7))
        origin = await stack.enter_async_context(stages.page_origin())
        chromium = await stack.enter_async_context(stages.chromium())
        receiving = await stack.enter_async_context(firefox()) if browser == "firefox" else chromium
        stage = stages.Stage(client)
        await stage.open()
        alice = await stage.enter(chromium, origin, "alice")
        bob = await stage.enter(receiving, origin, "bob")  # type: ignore[arg-type]
        picture = await bob.consume(await alice.produce("video", width=1280, height=720))
        await bob.more_frames(picture)
        await play(relay, SCRIPTS[script])
        write(name, since_zero(notes.read_text().splitlines()))


async def play(relay: UdpRelay, acts: list[Act]) -> None:
    """Let the acts pass one after the other."""
    for act in acts:
        relay.downlink = act.line
        await asyncio.sleep(act.seconds)


def since_zero(lines: list[str]) -> list[str]:
    """Let the first line be at 0."""
    begun = float(lines[0].split()[0])
    moved = []
    for line in lines:
        at, rest = line.split(maxsplit=1)
        moved.append(f"{float(at) - begun:.6f} {rest}")
    return moved


if __name__ == "__main__":
    stages.build_page()
    for wanted in sys.argv[1:] or TRACES:
        asyncio.run(record(wanted))
