"""A real media process and real browser pages around it, with signalling through Python.

async with media_process() as client, browser() as chromium:
    stage = Stage(client)
    alice = await stage.enter(chromium, "alice")
"""

import asyncio
import itertools
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from aiohttp import web
from playwright.async_api import Browser, Page, async_playwright

from rtc_server.owner_events import OwnerEvent
from rtc_server.server.client import MediaClient
from tests.support.chromium import CHROMIUM
from tests.support.udp_relay import UdpRelay

E = TypeVar("E", bound=OwnerEvent)

PAGE = Path(__file__).parent / "page"
CHROMIUM_ARGUMENTS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--allow-loopback-in-peer-connection",
    "--autoplay-policy=no-user-gesture-required",
]
PROCESS = """
import json, logging, sys
from rtc_server.config import MediaConfig
from rtc_server.server.process import run_media
logging.basicConfig(level=logging.INFO)
run_media(MediaConfig(**json.loads(sys.argv[1])), None)
"""


@asynccontextmanager
async def media_process(**options: Any) -> AsyncIterator[MediaClient]:
    """Run a media process on loopback with a port of its own and connect to it."""
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "control")
        config = {"listen_addresses": ["127.0.0.1"], "port": 0, "control_path": path} | options
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", PROCESS, json.dumps(config), env=os.environ | {"PYTHONPATH": os.getcwd()}
        )
        try:
            async with asyncio.timeout(20):
                while not _is_socket(path):
                    assert process.returncode is None, "the media process ended"
                    await asyncio.sleep(0.02)
            async with MediaClient.connect(path) as client:
                yield client
        finally:
            if process.returncode is None:
                process.terminate()
                await process.wait()
        assert process.returncode == 0


def _is_socket(path: str) -> bool:
    return Path(path).is_socket()


@asynccontextmanager
async def spoiled_line(seed: int = 1) -> AsyncIterator[tuple[MediaClient, UdpRelay]]:
    """Run a media process whose only candidate is a relay that can lose, delay and cut."""
    async with UdpRelay(("127.0.0.1", 0), seed=seed) as relay:
        options = {"announced": [["127.0.0.1", relay.port]], "enable_tcp": False}
        async with media_process(**options) as client:
            stats = await client.request("stats")
            relay.server = ("127.0.0.1", stats["sockets"][0]["port"])
            yield client, relay


def build_page() -> None:
    """Bundle the test page; needs npm and its registry once."""
    if not (PAGE / "node_modules").exists():
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=PAGE, check=True, capture_output=True)
    subprocess.run(["npm", "run", "build"], cwd=PAGE, check=True, capture_output=True)


@asynccontextmanager
async def page_origin() -> AsyncIterator[str]:
    """Serve the test page from localhost, a secure context."""

    async def index(_: web.Request) -> web.Response:
        return web.Response(
            text="<!doctype html><title>test</title><body><script src=/page.js></script>",
            content_type="text/html",
        )

    async def script(_: web.Request) -> web.FileResponse:
        return web.FileResponse(PAGE / "dist" / "page.js")

    app = web.Application()
    app.router.add_get("/", index)
    app.router.add_get("/page.js", script)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert site._server is not None
    port = site._server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
    try:
        yield f"http://localhost:{port}/"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Run headless Chromium with fake devices."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS, headless=True
        )
        try:
            yield browser
        finally:
            await browser.close()


@dataclass
class Actor:
    """One page with its transports."""

    name: str
    page: Page
    stage: "Stage"
    capabilities: dict[str, Any] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)

    async def call(self, function: str, *arguments: Any) -> Any:
        """Call a function of the page and wait for its result."""
        async with asyncio.timeout(20):
            return await self.page.evaluate(
                "([name, args]) => window.media[name](...args)", [function, arguments]
            )

    def transport_id(self, direction: str) -> str:
        return f"{self.name}-{direction}"

    async def produce(self, kind: str, **options: Any) -> str:
        """Send a fake microphone or camera; return the producer's id."""
        result: str = await self.call("produce", kind, options)
        return result

    async def consume(self, producer_id: str) -> str:
        """Receive a producer as a client should: created paused, then resumed."""
        consumer_id = f"consumer-{next(self.stage.numbers)}"
        options = await self.stage.client.request(
            "consumer.create",
            {
                "transportId": self.transport_id("recv"),
                "consumerId": consumer_id,
                "producerId": producer_id,
                "rtpCapabilities": self.capabilities,
                "paused": True,
            },
        )
        await self.call("consume", options)
        await self.stage.client.request("consumer.resume", {"consumerId": consumer_id})
        return consumer_id

    async def produce_data(self, **options: Any) -> str:
        result: str = await self.call("produceData", options)
        return result

    async def consume_data(self, data_producer_id: str) -> str:
        data_consumer_id = f"data-consumer-{next(self.stage.numbers)}"
        options = await self.stage.client.request(
            "dataConsumer.create",
            {
                "transportId": self.transport_id("recv"),
                "dataConsumerId": data_consumer_id,
                "dataProducerId": data_producer_id,
            },
        )
        await self.call("consumeData", options)
        return data_consumer_id

    async def restart_ice(self, direction: str) -> None:
        """Restart ICE of one transport, as a page does when its network changed."""
        answer = await self.stage.client.request(
            "transport.restartIce", {"transportId": self.transport_id(direction)}
        )
        await self.call("restartIce", direction, answer["iceParameters"])

    async def frames(self, consumer_id: str) -> int:
        """Return how many frames were decoded."""
        stats = await self.call("consumerStats", consumer_id)
        return int(stats.get("framesDecoded", 0))

    async def more_frames(self, consumer_id: str, count: int = 15, *, seconds: float = 15) -> None:
        """Wait until `count` more frames are decoded."""
        wanted = await self.frames(consumer_id) + count
        await self.until(
            "consumerStats",
            consumer_id,
            lambda stats: stats.get("framesDecoded", 0) >= wanted,
            seconds=seconds,
        )

    async def stats(self, direction: str) -> dict[str, Any]:
        """Return the media process's statistics of a transport."""
        return await self.stage.client.request(
            "transport.stats", {"transportId": self.transport_id(direction)}
        )

    async def until(
        self,
        function: str,
        argument: str,
        condition: Callable[[dict[str, Any]], bool],
        *,
        seconds: float = 15,
    ) -> dict[str, Any]:
        """Ask the page every 100 ms until its answer satisfies `condition`."""
        answer: dict[str, Any] = {}
        try:
            async with asyncio.timeout(seconds):
                while not condition(answer := await self.call(function, argument)):  # noqa: ASYNC110
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise AssertionError(f"{function}({argument}) stayed {answer}") from None
        return answer


class Stage:
    """One call: a router, and signalling between pages and the media process."""

    def __init__(self, client: MediaClient, router_id: str = "call") -> None:
        self.client = client
        self.router_id = router_id
        self.numbers = itertools.count(1)
        self.capabilities: dict[str, Any] = {}

    async def open(self) -> None:
        result = await self.client.request("router.create", {"routerId": self.router_id})
        self.capabilities = result["rtpCapabilities"]

    async def until_event(
        self,
        kind: type[E],
        condition: Callable[[E], bool] = lambda event: True,
        *,
        seconds: float = 15,
    ) -> E:
        """Wait for an event of the media process and return it; earlier events are skipped."""
        async with asyncio.timeout(seconds):
            async for event in self.client.events():
                if isinstance(event, kind) and condition(event):
                    return event
        raise AssertionError("the media process is gone")

    async def enter(
        self, browser: Browser, origin: str, name: str, *, sctp: bool = False, protocol: str | None = None
    ) -> Actor:
        """Open a page, load its device and make its two transports.

        Args:
            protocol: leave only the candidates of `udp` or `tcp`.
        """
        context = await browser.new_context(permissions=["camera", "microphone"])
        page = await context.new_page()
        actor = Actor(name, page, self)
        page.on("console", lambda message: actor.errors.append(message.text))
        page.on("pageerror", lambda error: actor.errors.append(str(error)))
        await page.expose_function("signal", self._signal)
        await page.goto(origin)
        loaded = await actor.call("load", self.capabilities)
        actor.capabilities = loaded["rtpCapabilities"]
        for direction in ("send", "recv"):
            options = await self.client.request(
                "transport.create",
                {
                    "routerId": self.router_id,
                    "transportId": actor.transport_id(direction),
                    "direction": direction,
                    "sctp": sctp,
                },
            )
            if protocol is not None:
                candidates = options["iceCandidates"]
                options["iceCandidates"] = [entry for entry in candidates if entry["protocol"] == protocol]
            await actor.call("makeTransport", direction, options)
        return actor

    async def _signal(self, method: str, parameters: dict[str, Any]) -> Any:
        """Answer the page's signalling."""
        match method:
            case "connect":
                return await self.client.request("transport.connect", parameters)
            case "produce":
                producer_id = f"producer-{next(self.numbers)}"
                request = parameters | {"producerId": producer_id}
                return (await self.client.request("producer.create", request))["id"]
            case "producedata":
                data_producer_id = f"data-producer-{next(self.numbers)}"
                request = parameters | {"dataProducerId": data_producer_id}
                return (await self.client.request("dataProducer.create", request))["id"]
        raise AssertionError(method)
