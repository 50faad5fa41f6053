"""One end of the control channel: frames out with their numbers, frames in held against theirs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Final

from aiohttp import WSCloseCode, WSMsgType, web

from web_client.helper.envelope import Frame, WireError, parse, write
from web_client.helper.vocabulary import MAX_MESSAGE_BYTES, Refusal
from web_client.helper.wire import Message, Table

SILENCE_S: Final = 15.0
"""A peer that is pinged and answers nothing for so long is gone."""


class Line:
    """A WebSocket that carries frames of the control channel.

    Args:
        socket: as `open_socket` makes it, not yet prepared.
        table: the messages that may come.
    """

    def __init__(self, socket: web.WebSocketResponse, table: Table) -> None:
        self._socket = socket
        self._table = table
        self._heard_at = asyncio.get_running_loop().time()
        self._said: dict[str, int] = {}
        self._heard: dict[str, int] = {}

    async def say(self, message: Message, grant: str = "") -> None:
        """Send a message with its next number; to a peer that is gone it goes nowhere."""
        number = self._said[grant] = self._said.get(grant, 0) + 1
        try:
            await self._socket.send_str(write(Frame(grant, number, message)))
        except ConnectionError:
            await self._socket.close()

    async def hear(self) -> AsyncIterator[Frame]:
        """Yield what comes until the peer goes.

        Raises:
            WireError: for what is no message of the table, or not the next one of its count.
        """
        async for came in self._socket:
            self._heard_at = asyncio.get_running_loop().time()
            if came.type is WSMsgType.PING:
                await self._socket.pong(came.data)
            if came.type in (WSMsgType.PING, WSMsgType.PONG):
                continue
            if came.type is not WSMsgType.TEXT:
                raise WireError(Refusal.MALFORMED)
            frame = parse(came.data, self._table)
            if frame.number != self._heard.get(frame.grant, 0) + 1:
                raise WireError(Refusal.OUT_OF_ORDER, frame.number)
            if frame.grant not in self._heard and frame.grant:
                self._heard = {"": self._heard.get("", 0)}  # one grant at a time: the one before is over
            self._heard[frame.grant] = frame.number
            yield frame

    async def ask_for_life(self) -> None:
        """Ping the peer; cut one that did not answer for `SILENCE_S`."""
        if asyncio.get_running_loop().time() - self._heard_at >= SILENCE_S:
            await self.cut()
            return
        with suppress(ConnectionError):
            await self._socket.ping()

    async def cut(self, why: Refusal | None = None) -> None:
        """End it; the peer reads why in the closing frame (1008, RFC 6455 §7.4.1)."""
        if why is None:
            await self._socket.close()
        else:
            await self._socket.close(code=WSCloseCode.POLICY_VIOLATION, message=why.value.encode())


def open_socket() -> web.WebSocketResponse:
    """Return a WebSocket with the channel's bounds."""
    return web.WebSocketResponse(max_msg_size=MAX_MESSAGE_BYTES, autoping=False, compress=False)
