"""A stand-in for the server's side of the control channel: a real WebSocket over TLS, an own authority."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from aiohttp import WSMsgType, web

from signaling.compose.certificates import ensure_certificate
from web_client.helper import wire
from web_client.helper.connection import PATH
from web_client.helper.envelope import Frame, parse, write

PATIENCE_S = 20.0
M = TypeVar("M", bound=wire.Message)


class Link:
    """One helper's connection, as the server sees it: numbers what it says, holds what it hears."""

    def __init__(self, socket: web.WebSocketResponse, transport: asyncio.Transport) -> None:
        self.socket = socket
        self._transport = transport
        self.heard: list[Frame] = []
        self._numbers: dict[str, int] = {}
        self._news = asyncio.Condition()
        self.is_over = False

    async def say(self, message: wire.Message, name: str = "g1") -> None:
        """Send a message with its next number."""
        of = name if message.in_grant else ""
        self._numbers[of] = self._numbers.get(of, 0) + 1
        await self.socket.send_str(write(Frame(of, self._numbers[of], message)))

    async def hear(self, kind: type[M], *, past: int = 0) -> M:
        """Return the next message of a kind after the first `past` ones of that kind."""
        async with asyncio.timeout(PATIENCE_S), self._news:
            while len(found := self.all(kind)) <= past and not self.is_over:
                await self._news.wait()
        return found[past]

    async def over(self) -> None:
        """Return when the helper has gone."""
        async with asyncio.timeout(PATIENCE_S), self._news:
            while not self.is_over:
                await self._news.wait()

    def all(self, kind: type[M]) -> list[M]:
        """Return all messages of a kind heard so far."""
        return [frame.message for frame in self.heard if isinstance(frame.message, kind)]

    def cut(self) -> None:
        """Lose the connection without a word."""
        self._transport.abort()

    async def listen(self) -> None:
        """Take what the helper says until it goes; asserts that it is numbered without a gap."""
        last: dict[str, int] = {}
        async for message in self.socket:
            assert message.type is WSMsgType.TEXT
            frame = parse(message.data, wire.UP)
            assert frame.number == last.get(frame.grant, 0) + 1
            last[frame.grant] = frame.number
            async with self._news:
                self.heard.append(frame)
                self._news.notify_all()
        async with self._news:
            self.is_over = True
            self._news.notify_all()


class Double:
    """The server: `url`, the file of its authority, and the helpers that connect."""

    def __init__(self, url: str, authority: Path) -> None:
        self.url, self.authority = url, authority
        self._links: asyncio.Queue[Link] = asyncio.Queue()

    async def link(self) -> Link:
        """Return the next helper that connects."""
        async with asyncio.timeout(PATIENCE_S):
            return await self._links.get()

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """Serve one helper."""
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        assert request.transport is not None
        link = Link(socket, request.transport)
        await self._links.put(link)
        await link.listen()
        return socket


@asynccontextmanager
async def helper_server(folder: Path, *, certified: str = "127.0.0.1") -> AsyncIterator[Double]:
    """Run the stand-in on a free port of this machine; `certified` is the address its certificate names."""
    files = await asyncio.to_thread(ensure_certificate, folder, [certified], ["localhost"])
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(files.certificate, files.key)
    application = web.Application()
    runner = web.AppRunner(application, shutdown_timeout=1)
    double = Double("", files.authority)
    application.router.add_get(PATH, double.serve)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
    await site.start()
    double.url = f"https://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield double
    finally:
        await runner.cleanup()
