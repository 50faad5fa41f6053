"""What else the service does meanwhile: logins without a pause and ten calls set up at once, over and over.

Run as a program of its own beside the load: `python -m tests.bench.forward.disturbance URL HOST`. It prints
`ready` when its people are signed in, starts at the first line it reads, stops at the second, and prints one
JSON object.
"""

import asyncio
import contextlib
import itertools
import json
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

from tests.bench._calls import Side, join_both
from tests.bench._peer import Certificate
from tests.bench._people import Meeting, Person, Team, meet, recruit
from tests.browser.rest import DEMO_PASSWORD

CALLS = 10
TRACKS: tuple[tuple[str, Any], ...] = (("microphone", "audio"), ("camera", "video"))


@dataclass(slots=True)
class Done:
    """What was done between start and stop; times in seconds."""

    logins: int = 0
    calls_set_up: int = 0
    set_up_s: list[float] = field(default_factory=list)
    """Of each round of ten."""


class Disturbance:
    """The people of the disturbance.

    Args:
        host: local address their media uses.
    """

    def __init__(self, url: str, host: str, team: Team, stack: AsyncExitStack) -> None:
        self._url = url
        self._host = host
        self._team = team
        self._stack = stack
        self._certificate = Certificate.generate()
        self._ssrcs = itertools.count(50_000)
        self.done = Done()

    async def log_in(self) -> None:
        """Sign in by password, from another address each time, one login after the other."""
        while True:
            async with AsyncExitStack() as stack:
                await Person(self._url, stack).login("admin", DEMO_PASSWORD)
            self.done.logins += 1

    async def call(self) -> None:
        """Set up ten calls at once, hang up, and begin again."""
        while True:
            began = time.monotonic()
            meetings = await meet(self._team)
            await asyncio.gather(*map(self._set_up, meetings))
            self.done.set_up_s.append(round(time.monotonic() - began, 2))
            await asyncio.gather(*(meeting.end() for meeting in meetings))

    async def _set_up(self, meeting: Meeting) -> None:
        sides = await join_both(meeting, self._certificate, self._host)
        for side in sides:
            self._stack.callback(side.close)
        await asyncio.gather(self._talk(*sides), self._talk(*sides[::-1]))
        self.done.calls_set_up += 1

    async def _talk(self, speaker: Side, listener: Side) -> None:
        for track, kind in TRACKS:
            await listener.consume(await speaker.produce(track, kind, next(self._ssrcs)))


@contextlib.asynccontextmanager
async def beside(*endless: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """Run endless work until the end of the block; its failure is the block's."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one()) for one in endless]  # type: ignore[arg-type]
        yield
        for task in tasks:
            task.cancel()


async def _main(url: str, host: str) -> None:
    async with AsyncExitStack() as stack:
        disturbance = Disturbance(url, host, await recruit(url, CALLS, stack), stack)
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        async with beside(disturbance.log_in, disturbance.call):
            await asyncio.to_thread(sys.stdin.readline)
            done = disturbance.done
            print(
                json.dumps(
                    {
                        "logins": done.logins,
                        "calls_set_up": done.calls_set_up,
                        "rounds_of_ten_s": done.set_up_s,
                    }
                ),
                flush=True,
            )


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:]))
