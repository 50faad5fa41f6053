"""The other end of the control channel, used by whoever owns the media plane."""

import asyncio
import contextlib
import itertools
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

from rtc_server.config import ControlTls, MediaLimits
from rtc_server.errors import MalformedError, MediaError, error_from_code
from rtc_server.owner_events import OWNER_EVENTS, OwnerEvent
from rtc_server.server.control_tls import client_context, require_private
from rtc_server.server.frames import encode_frame, read_frame

logger = logging.getLogger(__name__)

REQUEST_TIMEOUT: Final = 10.0
"""Seconds; every request is answered from memory, so more means a process that hangs."""
CONNECT_TIMEOUT: Final = 5.0
MAX_EVENTS: Final = 10_000
"""Events nobody fetched; an owner further behind than this is cut off and must start over."""
MAX_FRAME_BYTES: Final = MediaLimits().max_control_frame_bytes

UNREACHABLE: Final = "media_unreachable"
"""Code of the error raised when the media process is gone."""


class MediaClient:
    """One controller's connection to a media process; made by `connect`."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._ids = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._events: asyncio.Queue[OwnerEvent | None] = asyncio.Queue(MAX_EVENTS + 1)
        self._closed = False
        self.epoch = ""
        self.hello: Mapping[str, Any] = {}

    @classmethod
    @asynccontextmanager
    async def connect(
        cls,
        path: str | None = None,
        *,
        host: str | None = None,
        port: int = 0,
        secret: str = "",
        controller: str = "",
        tls: ControlTls | None = None,
    ) -> AsyncIterator["MediaClient"]:
        """Connect over a Unix socket, or over TCP with a shared secret, and say hello.

        Args:
            controller: a name for this owner of calls, at most 64 characters; another connection of the same
                name replaces this one, those of other names stand beside it.

        Raises:
            MediaError: `media_unreachable`, or the process refused the secret.
        """
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT):
                if path is not None:
                    reader, writer = await asyncio.open_unix_connection(path)
                else:
                    require_private(host or "", tls)
                    reader, writer = await asyncio.open_connection(
                        host, port, ssl=client_context(tls) if tls is not None else None
                    )
        except (OSError, TimeoutError) as error:
            raise _unreachable() from error
        client = cls(reader, writer)
        pump = asyncio.create_task(client._read())
        try:
            client.hello = await client.request("hello", {"secret": secret, "controller": controller})
            client.epoch = str(client.hello["epoch"])
            yield client
        finally:
            pump.cancel()
            await asyncio.wait([pump])
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def request(self, method: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Ask and return the result.

        Raises:
            MediaError: refused (its `code` says why), or `media_unreachable`.
        """
        if self._closed:
            raise _unreachable()
        number = next(self._ids)
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        try:
            self._writer.write(encode_frame({"id": number, "method": method, "params": dict(params or {})}))
            async with asyncio.timeout(REQUEST_TIMEOUT):
                return await answer
        except TimeoutError as error:
            raise _unreachable() from error
        finally:
            del self._waiting[number]

    async def events(self) -> AsyncIterator[OwnerEvent]:
        """Yield each event until the connection ends; one consumer at a time."""
        while (event := await self._events.get()) is not None:
            yield event

    async def _read(self) -> None:
        try:
            while (message := await read_frame(self._reader, max_bytes=MAX_FRAME_BYTES)) is not None:
                if not self._take(message):
                    break
        except MediaError:
            pass
        finally:
            self._end()

    def _take(self, message: dict[str, Any]) -> bool:
        """Hand a message to whom it concerns; return False when the owner is too far behind."""
        if "event" in message:
            return self._hear(message["event"])
        answer = self._waiting.get(message.get("id", 0))
        if answer is None or answer.done():
            return True
        if message.get("ok"):
            answer.set_result(message["result"])
        else:
            error = message["error"]
            answer.set_exception(error_from_code(error["code"], error["message"]))
        return True

    def _hear(self, message: object) -> bool:
        try:
            event = OWNER_EVENTS.read(message)
        except MalformedError as error:
            logger.error("an event of the media process is not understood: %s", error.sentence)
            return True
        if self._events.qsize() >= MAX_EVENTS:
            return False
        self._events.put_nowait(event)
        return True

    def _end(self) -> None:
        if self._closed:
            return
        self._closed = True
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(_unreachable())
        self._events.put_nowait(None)


def _unreachable() -> MediaError:
    return MediaError("The media process does not answer; try again in a moment.", code=UNREACHABLE)
