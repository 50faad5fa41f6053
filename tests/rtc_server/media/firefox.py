"""Firefox pages that look like Playwright's to `Stage`, driven by a Node script over WebDriver BiDi."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from tests.rtc_server.media.stage import PAGE

FIREFOX = "/usr/bin/firefox-esr"
Signal = Callable[[str, dict[str, Any]], Awaitable[Any]]


class FirefoxPage:
    """The few methods of a Playwright page that the stage uses."""

    def __init__(self, firefox: "Firefox", name: str) -> None:
        self._firefox = firefox
        self._name = name

    def on(self, event: str, listener: object) -> None:
        """Ignore: the script writes the page's console to its own standard error."""

    async def expose_function(self, name: str, function: Signal) -> None:
        self._firefox.signals[self._name] = function

    async def goto(self, url: str) -> None:
        await self._firefox.request("open", page=self._name, url=url)

    async def evaluate(self, _: str, call: tuple[str, tuple[Any, ...]]) -> Any:
        return await self._firefox.request("call", page=self._name, function=call[0], arguments=list(call[1]))


class Firefox:
    """One running Firefox; also its own context, as pages need no isolation here."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._ids = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.signals: dict[str, Signal] = {}

    async def new_context(self, **_: object) -> "Firefox":
        return self

    async def new_page(self) -> FirefoxPage:
        return FirefoxPage(self, f"page-{next(self._ids)}")

    async def request(self, act: str, **message: Any) -> Any:
        number = next(self._ids)
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        self._write({"id": number, "do": act, **message})
        async with asyncio.timeout(40):
            return await answer

    async def pump(self) -> None:
        """Hand out what the script says, until it ends."""
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            message = json.loads(line)
            if "ask" in message:
                task = asyncio.create_task(self._answer(message))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            elif message["ok"]:
                self._waiting.pop(message["id"]).set_result(message["value"])
            else:
                self._waiting.pop(message["id"]).set_exception(AssertionError(message["error"]))

    async def _answer(self, question: dict[str, Any]) -> None:
        try:
            value = await self.signals[question["page"]](question["method"], question["parameters"])
        except Exception as error:
            self._write({"answer": question["ask"], "ok": False, "value": str(error)})
        else:
            self._write({"answer": question["ask"], "ok": True, "value": value})

    def _write(self, message: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(message).encode() + b"\n")


@asynccontextmanager
async def firefox(*, loopback: bool = True) -> AsyncIterator[Firefox]:
    """Run headless Firefox with fake devices.

    Args:
        loopback: let ICE use loopback candidates, which Firefox does not do by itself.
    """
    process = await asyncio.create_subprocess_exec(
        "node",
        "firefox.mjs",
        FIREFOX,
        "loopback" if loopback else "-",
        cwd=PAGE,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=1 << 22,
    )
    running = Firefox(process)
    pump = asyncio.create_task(running.pump())
    try:
        yield running
    finally:
        await running.request("close")
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()
        pump.cancel()
