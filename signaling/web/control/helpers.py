"""Helpers of counter PCs: let in by their key or a pairing code, told to every process, cut when let go."""

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Final

from aiohttp import web

from signaling.domain.control.grant import Control
from signaling.domain.counters import CounterHelper, CounterMonitor
from signaling.domain.errors import DomainError
from signaling.domain.events import DomainEvent, HelperHere, HelpersRevoked, HelperTooOld, MonitorsMarked
from signaling.services.counter_pcs import practised_call
from signaling.services.ports import EventBus
from signaling.web.context import WebContext
from signaling.web.control.lease import Effect, Lease, Report, ToHelper, ToPage
from signaling.web.control.line import Line, open_line
from signaling.web.control.relay import Relay
from signaling.web.control.reports import ReportDesk, Reports
from signaling.web.control.strangers import Strangers
from signaling.web.text import line_of
from web_client.helper.envelope import Frame, WireError
from web_client.helper.versions import is_at_least
from web_client.helper.vocabulary import Refusal
from web_client.helper.wire import UP, Geometry, Hello, MarkMonitors, Paired, Refused, Welcome

MINIMUM: Final = "1.0"
"""The least version of a helper that is spoken with; an older one is told so and says it to its user."""
ANNOUNCE_S: Final = 5.0
"""How often each is asked whether it lives, and told of again: a process that just started has not heard."""
PATH: Final = "/helper"

_log = logging.getLogger(__name__)


class Connected:
    """A helper that is connected to this process: its line, its monitors, and what it was granted."""

    def __init__(
        self, context: WebContext, relay: Relay, helper: CounterHelper, line: Line, reports: Reports
    ) -> None:
        self.helper = helper
        self.line = line
        self.geometry: Geometry | None = None
        self.since = context.clock()
        self._context = context
        self._relay = relay
        self._reports = reports
        self._lease = Lease(self._name_of)

    def _name_of(self, control: Control) -> str:
        staff_id = control.asked_by.staff_id
        return line_of(self._context.directory.staff(staff_id).name if staff_id is not None else "", 80)

    def changed(self, control: Control) -> None:
        """Follow the grant."""
        self._do(self._lease.changed(control, _now(), self._context.clock()))

    def obey(self, frame: Frame) -> None:
        """Hand a page's message on."""
        self._do(self._lease.obey(frame, _now()))

    def heard(self, frame: Frame) -> None:
        """Do what follows from what the helper says; raises `WireError` for one that lies."""
        if isinstance(frame.message, Geometry):
            self.geometry = frame.message
        self._do(self._lease.heard(frame, _now(), self._context.clock()))

    def lied(self) -> None:
        """End what it was granted: what it says cannot be."""
        self._do(self._lease.lied(_now()))

    def lost(self) -> None:
        """End what it was granted: it is gone."""
        self._do(self._lease.lost(_now()))

    def _do(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case ToHelper(message=message, grant=grant):
                    self.line.say(message, grant)
                case ToPage(control=control, message=message):
                    grant = control.grant_id if message.in_grant else ""
                    self._relay.to_page(control, Frame(grant, 1, message))
                case Report(control=control, given=given):
                    if not self._reports.of_helper(control, given):
                        _log.warning("a helper changes its state too often: cut")
                        self.line.abort()

    def here(self) -> HelperHere:
        """Return what every process is told of it."""
        geometry = self.geometry
        return HelperHere(
            self.helper.helper_id,
            here=True,
            process=self._relay.process,
            since=self.since,
            rev=geometry.rev if geometry is not None else 0,
            monitors=tuple(
                CounterMonitor(one.id, one.x, one.y, one.w, one.h, one.colour)
                for one in (geometry.monitors if geometry is not None else ())
            ),
        )


class HelperSockets:
    """Serves the helpers' WebSockets; a helper that connects again takes the place of its old connection."""

    def __init__(
        self, context: WebContext, bus: EventBus, relay: Relay, strangers: Strangers, desk: ReportDesk
    ) -> None:
        self._context = context
        self._bus = bus
        self._relay = relay
        self._strangers = strangers
        self._desk = desk
        self._here: dict[str, Connected] = {}

    async def run(self) -> None:
        """Tell again and again who is connected, until cancelled; then cut everybody."""
        try:
            while True:
                await asyncio.sleep(ANNOUNCE_S)
                await self._bus.publish(*[one.here() for one in self._here.values()])
                for connected in list(self._here.values()):
                    await connected.line.ask_for_life()
        finally:
            self._here.clear()

    def close(self) -> None:
        """Cut every helper: they connect again by themselves, to whoever listens next."""
        for connected in list(self._here.values()):
            connected.line.end()

    async def on_event(self, event: DomainEvent) -> None:
        """Cut those that are let go or came elsewhere; show or hide the colours of one's monitors."""
        if isinstance(event, HelperHere) and event.here and event.helper_id in self._here:
            connected = self._here[event.helper_id]
            if connected.since < event.since:
                connected.lost()
                connected.line.end()
        if isinstance(event, MonitorsMarked) and event.helper_id in self._here:
            self._here[event.helper_id].line.say(MarkMonitors(event.shown))
        if isinstance(event, HelpersRevoked):
            for helper_id in event.helper_ids:
                gone = self._here.get(helper_id)
                if gone is not None:
                    gone.lost()
                    gone.line.say(Refused(Refusal.UNKNOWN_DEVICE))
                    gone.line.end()

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """Serve one connection to its end."""
        peer = self._context.peer_of(request)
        async with open_line(request, UP) as line:
            try:
                await self._attend(line, peer.address, peer.group)
            except WireError as error:
                _log.warning("a helper is cut: %s", error.code.value)
                line.end(error.code)
        return line.socket

    async def _attend(self, line: Line, address: str, group: str) -> None:
        frames = line.hear()
        first = await self._strangers.first(line, frames, group)
        if first is None:
            return
        if not isinstance(first.message, Hello):
            raise WireError(Refusal.MALFORMED, first.number)
        helper = await self._admit(line, first.message, address)
        if helper is not None:
            with self._desk.open() as reports:
                await self._keep(Connected(self._context, self._relay, helper, line, reports), frames)

    async def _admit(self, line: Line, hello: Hello, address: str) -> CounterHelper | None:
        """Return whose connection it is, greeted; None for one that was refused."""
        if not is_at_least(hello.version, MINIMUM):
            line.say(Refused(Refusal.TOO_OLD))
            await self._tell_too_old(hello, address)
            return None
        helpers = self._context.services.helpers
        try:
            if hello.code:
                paired = await helpers.pair(hello.code, name=hello.name, system=hello.system, address=address)
                line.say(Paired(paired.key))
                helper = paired.helper
            elif (call_id := practised_call(hello.key)) is not None:
                control = self._context.services.control
                helper = await control.admit_practice(call_id, hello.key, hello.name, hello.system)
            else:
                _, helper = await helpers.actor_of(hello.key, address)
        except DomainError as error:
            _log.info("a helper is refused: %s", error.code)
            line.say(Refused(Refusal.BAD_CODE if hello.code else Refusal.UNKNOWN_DEVICE))
            return None
        line.say(Welcome(MINIMUM))
        return helper

    async def _tell_too_old(self, hello: Hello, address: str) -> None:
        """Tell of a paired one that is sent away, so that its clerk's page can say what to do."""
        if not hello.key or practised_call(hello.key) is not None:
            return
        try:
            _, helper = await self._context.services.helpers.actor_of(hello.key, address)
        except DomainError as error:
            _log.info("a helper too old is not known either: %s", error.code)
            return
        await self._bus.publish(HelperTooOld(helper.helper_id))

    async def _keep(self, connected: Connected, frames: AsyncIterator[Frame]) -> None:
        helper_id = connected.helper.helper_id
        before = self._here.get(helper_id)
        self._here[helper_id] = self._relay.helpers[helper_id] = connected
        if before is not None:
            before.lost()
            before.line.end()
        await self._bus.publish(connected.here())
        try:
            async for frame in frames:
                connected.heard(frame)
                if isinstance(frame.message, Geometry):
                    await self._bus.publish(connected.here())
        except WireError:
            connected.lied()
            raise
        finally:
            connected.lost()
            if self._here.get(helper_id) is connected:
                del self._here[helper_id]
                if self._relay.helpers.get(helper_id) is connected:
                    del self._relay.helpers[helper_id]
            await self._bus.publish(replace(connected.here(), here=False))


def _now() -> float:
    return asyncio.get_running_loop().time()
