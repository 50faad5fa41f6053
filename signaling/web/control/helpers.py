"""Helpers of counter PCs: let in by their key or a pairing code, told to every process, cut when let go."""

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from signaling.domain.counters import CounterHelper, CounterMonitor
from signaling.domain.errors import DomainError
from signaling.domain.events import DomainEvent, HelperHere, HelpersRevoked, MonitorsMarked
from signaling.services.counter_pcs import practised_call
from signaling.services.ports import EventBus
from signaling.web.context import WebContext
from signaling.web.control.line import Line, open_socket
from web_client.helper.envelope import Frame, WireError
from web_client.helper.versions import is_at_least
from web_client.helper.vocabulary import Refusal
from web_client.helper.wire import UP, Geometry, Hello, MarkMonitors, Paired, Refused, Welcome

MINIMUM: Final = "1.0"
"""The least version of a helper that is spoken with; an older one is told so and says it to its user."""
HELLO_S: Final = 10.0
"""How long a connection may stay open without saying who it is."""
ANNOUNCE_S: Final = 5.0
"""How often each is asked whether it lives, and told of again: a process that just started has not heard."""
PATH: Final = "/helper"

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Connected:
    """A helper that is connected to this process, and its monitors as it told last."""

    helper: CounterHelper
    line: Line
    geometry: Geometry | None = None


class HelperSockets:
    """Serves the helpers' WebSockets; a helper that connects again takes the place of its old connection."""

    def __init__(self, context: WebContext, bus: EventBus) -> None:
        self._context = context
        self._bus = bus
        self._here: dict[str, Connected] = {}

    async def run(self) -> None:
        """Tell again and again who is connected, until cancelled; then cut everybody."""
        try:
            while True:
                await asyncio.sleep(ANNOUNCE_S)
                await self._bus.publish(*map(_here, self._here.values()))
                for connected in list(self._here.values()):
                    await connected.line.ask_for_life()
        finally:
            self._here.clear()

    async def close(self) -> None:
        """Cut every helper: they connect again by themselves, to whoever listens next."""
        for connected in list(self._here.values()):
            await connected.line.cut()

    async def on_event(self, event: DomainEvent) -> None:
        """Cut those that are let go; show or hide the colours of one's monitors."""
        if isinstance(event, MonitorsMarked) and event.helper_id in self._here:
            await self._here[event.helper_id].line.say(MarkMonitors(event.shown))
        if isinstance(event, HelpersRevoked):
            for helper_id in event.helper_ids:
                connected = self._here.get(helper_id)
                if connected is not None:
                    await connected.line.say(Refused(Refusal.UNKNOWN_DEVICE))
                    await connected.line.cut()

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """Serve one connection to its end."""
        socket = open_socket()
        await socket.prepare(request)
        line = Line(socket, UP)
        try:
            await self._attend(line, self._context.peer_of(request).address)
        except WireError as error:
            _log.warning("a helper is cut: %s", error.code.value)
            await line.cut(error.code)
        except TimeoutError:
            _log.info("a helper did not say who it is within %.0f s", HELLO_S)
        finally:
            await line.cut()
        return socket

    async def _attend(self, line: Line, address: str) -> None:
        frames = line.hear()
        async with asyncio.timeout(HELLO_S):
            first = await anext(frames, None)
        if first is None:
            return
        if not isinstance(first.message, Hello):
            raise WireError(Refusal.MALFORMED, first.number)
        helper = await self._admit(line, first.message, address)
        if helper is not None:
            await self._keep(Connected(helper, line), frames)

    async def _admit(self, line: Line, hello: Hello, address: str) -> CounterHelper | None:
        """Return whose connection it is, greeted; None for one that was refused."""
        if not is_at_least(hello.version, MINIMUM):
            await line.say(Refused(Refusal.TOO_OLD))
            return None
        helpers = self._context.services.helpers
        try:
            if hello.code:
                paired = await helpers.pair(hello.code, name=hello.name, system=hello.system, address=address)
                await line.say(Paired(paired.key))
                helper = paired.helper
            elif (call_id := practised_call(hello.key)) is not None:
                control = self._context.services.control
                helper = await control.admit_practice(call_id, hello.key, hello.name, hello.system)
            else:
                _, helper = await helpers.actor_of(hello.key, address)
        except DomainError as error:
            _log.info("a helper is refused: %s", error.code)
            await line.say(Refused(Refusal.BAD_CODE if hello.code else Refusal.UNKNOWN_DEVICE))
            return None
        await line.say(Welcome(MINIMUM))
        return helper

    async def _keep(self, connected: Connected, frames: AsyncIterator[Frame]) -> None:
        helper_id = connected.helper.helper_id
        before = self._here.get(helper_id)
        self._here[helper_id] = connected
        if before is not None:
            await before.line.cut()
        await self._bus.publish(_here(connected))
        try:
            async for frame in frames:
                if isinstance(frame.message, Geometry):
                    connected.geometry = frame.message
                    await self._bus.publish(_here(connected))
        finally:
            if self._here.get(helper_id) is connected:
                del self._here[helper_id]
                await self._bus.publish(HelperHere(helper_id, here=False, is_current=True))


def _here(connected: Connected) -> HelperHere:
    geometry = connected.geometry
    return HelperHere(
        connected.helper.helper_id,
        here=True,
        is_current=True,
        rev=geometry.rev if geometry is not None else 0,
        monitors=tuple(
            CounterMonitor(one.id, one.x, one.y, one.w, one.h, one.colour)
            for one in (geometry.monitors if geometry is not None else ())
        ),
    )
