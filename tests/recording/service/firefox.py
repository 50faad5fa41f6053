"""Headless Firefox driven over WebDriver BiDi (W3C), as little of it as a page with a `<video>` needs."""

import asyncio
import itertools
import json
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, ClientWebSocketResponse

FIREFOX = "/usr/bin/firefox-esr"
PREFERENCES = """
user_pref("media.autoplay.default", 0);
user_pref("app.update.enabled", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("media.gmp-manager.updateEnabled", false);
"""


class FirefoxPage:
    """One tab."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._context = ""

    async def begin(self) -> None:
        """Start the session and find the tab."""
        await self._call("session.new", {"capabilities": {}})
        tree = await self._call("browsingContext.getTree", {})
        self._context = tree["contexts"][0]["context"]

    async def goto(self, url: str) -> None:
        """Open an address and wait until it is loaded."""
        await self._call(
            "browsingContext.navigate", {"context": self._context, "url": url, "wait": "complete"}
        )

    async def evaluate(self, function: str, argument: str | float) -> Any:
        """Call an async function whose result JSON can tell; return the result."""
        kind = "string" if isinstance(argument, str) else "number"
        answer = await self._call(
            "script.callFunction",
            {
                "functionDeclaration": f"async value => JSON.stringify(await ({function})(value))",
                "arguments": [{"type": kind, "value": argument}],
                "target": {"context": self._context},
                "awaitPromise": True,
            },
        )
        assert answer["type"] == "success", answer["exceptionDetails"]["text"]
        return json.loads(answer["result"]["value"])

    async def _call(self, method: str, parameters: dict[str, Any]) -> dict[str, Any]:
        number = next(self._numbers)
        await self._socket.send_json({"id": number, "method": method, "params": parameters})
        async with asyncio.timeout(40):
            while (answer := await self._socket.receive_json()).get("id") != number:
                continue
        assert answer["type"] == "success", answer
        result: dict[str, Any] = answer["result"]
        return result


@asynccontextmanager
async def firefox_page() -> AsyncIterator[FirefoxPage]:
    """Run Firefox with a fresh profile and yield its tab."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        (Path(profile) / "user.js").write_text(PREFERENCES)
        process = await asyncio.create_subprocess_exec(
            FIREFOX,
            "--headless",
            "--no-remote",
            "--profile",
            profile,
            "--remote-debugging-port",
            "0",
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            address = await _listening(process)
            async with ClientSession() as session, session.ws_connect(f"{address}/session") as socket:
                page = FirefoxPage(socket)
                await page.begin()
                yield page
        finally:
            process.terminate()
            await process.communicate()


async def _listening(process: asyncio.subprocess.Process) -> str:
    assert process.stderr is not None
    async with asyncio.timeout(60):
        async for line in process.stderr:
            _, found, address = line.decode("utf-8", "replace").partition("WebDriver BiDi listening on ")
            if found:
                return address.strip()
    raise AssertionError("Firefox ended before it listened")
