"""One end of the control channel: frames out with their numbers, frames in held against theirs."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final

from aiohttp import WSCloseCode, WSMsgType, web

from web_client.helper.envelope import Frame, WireError, parse, write
from web_client.helper.vocabulary import MAX_MESSAGE_BYTES, Refusal
from web_client.helper.wire import Message, Table

SILENCE_S: Final = 15.0
"""A peer that is pinged and answers nothing for so long is gone."""
MOST_WAITING: Final = 512
"""Messages for a peer that does not read; beyond, it is cut: what comes late would be done late."""
_AT_ONCE: Final = 8
"""Frames that are read before others have their turn, those who send them on above all."""
_FAREWELL_S: Final = 2.0
"""How long the last words and the closing of a peer may take."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Close:
    why: Refusal | None


class Line:
    """A WebSocket that carries frames of the control channel; made by `open_line`.

    Args:
        socket: prepared.
        transport: what it runs over.
        table: the messages that may come.
    """

    def __init__(
        self, socket: web.WebSocketResponse, transport: asyncio.Transport | None, table: Table
    ) -> None:
        self.socket = socket
        self._transport = transport
        self._table = table
        self._heard_at = asyncio.get_running_loop().time()
        self._said: dict[str, int] = {}
        self._heard: dict[str, int] = {}
        self._outbox: asyncio.Queue[str | _Close] = asyncio.Queue(MOST_WAITING)
        self._is_ending = False

    def say(self, message: Message, grant: str = "") -> None:
        """Send a message with its next number, without waiting; to a peer that is gone it goes nowhere."""
        if grant not in self._said and grant:
            self._said = {"": self._said.get("", 0)}  # one grant at a time: the one before is over
        number = self._said[grant] = self._said.get(grant, 0) + 1
        self._put(write(Frame(grant, number, message)))

    async def hear(self) -> AsyncIterator[Frame]:
        """Yield what comes until the peer goes.

        Raises:
            WireError: for what is no message of the table, or not the next one of its count.
        """
        async for came in self.socket:
            self._heard_at = asyncio.get_running_loop().time()
            if came.type is WSMsgType.PING:
                await self.socket.pong(came.data)
            if came.type in (WSMsgType.PING, WSMsgType.PONG):
                continue
            if came.type is not WSMsgType.TEXT:
                raise WireError(Refusal.MALFORMED)
            frame = parse(came.data, self._table)
            if frame.number != self._heard.get(frame.grant, 0) + 1:
                raise WireError(Refusal.OUT_OF_ORDER, frame.number)
            if frame.grant not in self._heard and frame.grant:
                self._heard = {"": self._heard.get("", 0)}
            self._heard[frame.grant] = frame.number
            yield frame
            if not frame.number % _AT_ONCE:  # what has come already is read without a pause of its own
                await asyncio.sleep(0)

    async def ask_for_life(self) -> None:
        """Ping the peer; cut one that did not answer for `SILENCE_S`."""
        if asyncio.get_running_loop().time() - self._heard_at >= SILENCE_S:
            self.abort()
            return
        with suppress(ConnectionError):
            await self.socket.ping()

    def end(self, why: Refusal | None = None) -> None:
        """End it once all is said; the peer reads why in the closing frame (1008, RFC 6455 §7.4.1)."""
        if not self._is_ending:
            self._put(_Close(why))
            self._is_ending = True

    def abort(self) -> None:
        """Drop the connection at once: its reader wakes up."""
        self._is_ending = True
        if self._transport is not None:
            self._transport.abort()

    def _put(self, thing: str | _Close) -> None:
        if self._is_ending:
            return
        try:
            self._outbox.put_nowait(thing)
        except asyncio.QueueFull:
            _log.warning("a peer of the control channel does not read: cut")
            self.abort()

    async def send(self) -> None:
        """Hand over what is said, in order, until it ends."""
        while True:
            match await self._outbox.get():
                case str() as text:
                    try:
                        await self.socket.send_str(text)
                    except ConnectionError:
                        self.abort()
                        return
                case _Close(why=None):
                    await self.socket.close()
                    return
                case _Close(why=Refusal() as why):
                    code = WSCloseCode.POLICY_VIOLATION
                    await self.socket.close(code=code, message=why.value.encode())
                    return


@asynccontextmanager
async def open_line(request: web.Request, table: Table) -> AsyncIterator[Line]:
    """Take a request as one end of the channel; it ends with the context, once all is said."""
    socket = web.WebSocketResponse(
        max_msg_size=MAX_MESSAGE_BYTES, autoping=False, compress=False, timeout=_FAREWELL_S
    )
    await socket.prepare(request)
    line = Line(socket, request.transport, table)
    sending = asyncio.create_task(line.send())
    try:
        yield line
    finally:
        line.end()
        try:
            async with asyncio.timeout(2 * _FAREWELL_S):
                await sending
        except TimeoutError:
            line.abort()
