"""The helper as it is delivered, at work on a virtual desktop and connected to a stand-in for the server."""

import asyncio
import os
import sys
import time
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.helper.server import Double, Link
from web_client.helper import build, settings, wire
from web_client.helper.settings import Settings
from web_client.helper.vocabulary import Scope, State

KEY = "key-of-this-counter-pc-0123456789"


class Specialist:
    """The other side: has a grant, keeps it with heartbeats, and speaks of one monitor in [0, 1]."""

    def __init__(self, link: Link, process: Process, geometry: wire.Geometry) -> None:
        self.link, self.process, self.geometry = link, process, geometry
        self.monitor = geometry.monitors[0]
        self.name = "g1"
        self._lock = asyncio.Lock()

    async def say(self, *messages: wire.Message) -> None:
        async with self._lock:
            for message in messages:
                await self.link.say(message, self.name)

    async def be_granted(self, *scopes: Scope, monitor: int = 0, name: str = "g1") -> None:
        """Get a grant and wait until the helper says so."""
        self.monitor = self.geometry.monitors[monitor]
        wanted = scopes or tuple(Scope)
        grant = wire.Grant(name, "王专员", wanted, self.monitor.id, self.geometry.rev, 600_000)
        told = len(self.link.all(wire.Status))
        async with self._lock:  # no heartbeat may come between, under either name
            await self.link.say(grant)
            assert (await self.link.hear(wire.Status, past=told)).state is State.GRANTED
            self.name = name

    async def done(self) -> wire.Acknowledge:
        """Return when the helper has done all that was said before."""
        heard = len(self.link.all(wire.Acknowledge))
        async with self._lock:
            await self.link.say(wire.Heartbeat(), self.name)
        return await self.link.hear(wire.Acknowledge, past=heard)

    def at(self, x: int, y: int) -> tuple[float, float, int]:
        """Return a pixel of the desktop as pointer messages say it."""
        one = self.monitor
        return (x - one.x + 0.5) / one.w, (y - one.y + 0.5) / one.h, self.geometry.rev

    async def click(self, x: int, y: int, button: int = 0) -> None:
        where = self.at(x, y)
        await self.say(wire.PointerDown(button, *where), wire.PointerUp(button, *where))

    async def press(self, *codes: str) -> None:
        """Press keys in their order and let them go in the opposite one."""
        await self.say(*(wire.KeyDown(code, "") for code in codes))
        await self.say(*(wire.KeyUp(code, "") for code in reversed(codes)))

    async def beat_for_ever(self) -> None:
        while True:
            await asyncio.sleep(1)
            await self.say(wire.Heartbeat())


async def helper_command(program: Path, screen: str, folder: Path, *words: str) -> Process:
    """Start the packed helper at a display, with its settings in a folder."""
    environ = {
        "DISPLAY": screen,
        "HOME": str(folder),
        "PATH": os.environ["PATH"],
        "XDG_SESSION_TYPE": "x11",
        "LANG": "zh_CN.UTF-8",
        "PYTHONIOENCODING": "utf-8",
    }
    command = (sys.executable, str(program), words[0], "--folder", str(folder), *words[1:])
    return await asyncio.create_subprocess_exec(*command, env=environ, stdout=DEVNULL, stderr=DEVNULL)


@asynccontextmanager
async def helper_process(server: Double, screen: str, folder: Path) -> AsyncIterator[Process]:
    """Run the packed helper at a display."""
    program, _ = build.write(folder)
    settings.save(folder, Settings(server.url, str(server.authority), "", KEY, "zh-CN"))
    process = await helper_command(program, screen, folder, "run")
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


@asynccontextmanager
async def specialist(server: Double, screen: str, folder: Path) -> AsyncIterator[Specialist]:
    """Run the helper and be the one who is connected to it; no grant yet."""
    async with helper_process(server, screen, folder) as process:
        link = await server.link()
        assert (await link.hear(wire.Hello)).key == KEY
        await link.say(wire.Welcome("1.0"))
        yield Specialist(link, process, await link.hear(wire.Geometry))


async def holds_within(seconds: float, holds: object) -> float:
    """Return after how many seconds something of the desktop held; TimeoutError if it took longer."""
    started = time.monotonic()
    assert callable(holds)
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110 - a server's state sets no event
            await asyncio.sleep(0.002)
    return time.monotonic() - started
