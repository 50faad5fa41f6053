"""Pages of specialists who control a counter PC: one connection a grant, for as long as everything holds."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web

from signaling.domain.actor import Actor
from signaling.domain.call_model import RecordingState
from signaling.domain.control.grant import Control, ControlEnd
from signaling.domain.errors import DomainError, NotFoundError, SignInError, StateError
from signaling.domain.events import DomainEvent, SessionRevoked
from signaling.web.context import WebContext
from signaling.web.control.controlling import Controlling
from signaling.web.control.keeper import Keeper
from signaling.web.control.line import Line, open_line
from signaling.web.control.page_wire import FROM_PAGE, Enter
from signaling.web.control.relay import Relay
from signaling.web.control.reports import ReportDesk
from signaling.web.control.strangers import Strangers
from signaling.web.problems import Refused as Unknown
from signaling.web.sio.engine import SameOrigin
from web_client.helper.envelope import Frame, WireError
from web_client.helper.vocabulary import Refusal
from web_client.helper.wire import Refused

PATH: Final = "/control"
LOOK_S: Final = 0.25
"""Between two looks at what has fallen silent."""
ATTEND_S: Final = 1.0
"""How often the home of the grant is told that the page is there, and asked how the grant is."""
HOME_SILENCE_S: Final = 4.0
"""Who cannot hear for so long that a grant was taken lets go."""
RECHECK_S: Final = 5.0
"""How long a page may outlive its sign-in."""
REFUSALS: Final = {
    "not_yours": Refusal.NOT_YOURS,
    "not_in_call": Refusal.NOT_YOURS,
    "part_may_not": Refusal.NOT_YOURS,
    "control_taken": Refusal.SECOND_PAGE,
    "not_signed_in": Refusal.NOT_SIGNED_IN,
    "session_ended": Refusal.NOT_SIGNED_IN,
}
"""What a page is told of why it is not let in; of anything else, that there is no such grant."""

_log = logging.getLogger(__name__)


class ControlSockets:
    """Serves the WebSockets of pages that control."""

    def __init__(self, context: WebContext, relay: Relay, strangers: Strangers, desk: ReportDesk) -> None:
        self._context = context
        self._relay = relay
        self._strangers = strangers
        self._desk = desk
        self._may_come = SameOrigin(context.settings.public_url)
        self._lines: set[Line] = set()
        self._here: dict[Controlling, Actor] = {}

    async def run(self) -> None:
        """Ping every page again and again, until cancelled."""
        while True:
            await asyncio.sleep(RECHECK_S)
            for line in tuple(self._lines):
                await line.ask_for_life()

    def close(self) -> None:
        """Cut every page: this process stops, and what it relays ends with it."""
        for line in tuple(self._lines):
            line.end()

    async def on_event(self, event: DomainEvent) -> None:
        """End what is controlled from a sign-in that is over."""
        if isinstance(event, SessionRevoked):
            for page, actor in list(self._here.items()):
                if actor.person == event.staff_id and event.session_id in (None, actor.session_id):
                    page.end(ControlEnd.CONTROLLER_LOST)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Serve one connection to its end."""
        if not self._may_come(request.headers.get("Origin"), {"HTTP_HOST": request.host}):
            return web.Response(status=403)
        peer = self._context.peer_of(request)
        async with open_line(request, FROM_PAGE) as line:
            self._lines.add(line)
            try:
                await self._attend(line, peer.address, peer.group)
            except WireError as error:
                _log.warning("a page that controls is cut: %s", error.code.value)
                line.end(error.code)
            finally:
                self._lines.discard(line)
        return line.socket

    async def _attend(self, line: Line, address: str, group: str) -> None:
        frames = line.hear()
        first = await self._strangers.first(line, frames, group)
        if first is None:
            return
        if not isinstance(first.message, Enter):
            raise WireError(Refusal.MALFORMED, first.number)
        try:
            await self._let_in(line, first.message, address, frames)
        except (DomainError, Unknown) as error:
            _log.info("a page is not let in to control: %s", error.code)
            line.say(Refused(_why(error)))
            line.end(_why(error))

    async def _let_in(self, line: Line, enter: Enter, address: str, frames: AsyncIterator[Frame]) -> None:
        service = self._context.services.control
        actor = await self._context.actor_of_token(enter.token, address)
        control = await service.may_take_up(actor, enter.call, enter.control)
        if control.control_id in self._relay.pages:
            raise StateError("control_taken")
        with self._desk.open() as reports:
            keeper = Keeper(self._context.doings_secret, self._context.clock, self._is_off_record(control))
            page = Controlling(self._relay, line, reports, control, keeper)
            self._relay.pages[control.control_id] = page  # before the helper's end may have something to say
            self._here[page] = actor
            try:
                async with _beside(self._follow(page, actor), self._look(page), self._recheck(page, actor)):
                    async for frame in frames:
                        page.heard(frame)
            except WireError as error:
                page.end(ControlEnd.VIOLATION, error)
                raise
            finally:
                page.close()
                del self._relay.pages[control.control_id], self._here[page]

    def _is_off_record(self, control: Control) -> Callable[[], bool]:
        session = self._context.services.session

        def is_off_record() -> bool:
            call = session.call(control.call_id)
            return call is not None and call.recording is RecordingState.PAUSED

        return is_off_record

    async def _follow(self, page: Controlling, actor: Actor) -> None:
        """Take the grant up, then tell its home that the page is there, for as long as the home is."""
        service, control = self._context.services.control, page.control
        try:
            await service.take_up(actor, control.call_id, control.control_id, self._relay.process)
        except DomainError as error:
            page.refuse(_why(error))
            return
        heard_at = _now()
        while True:
            await asyncio.sleep(ATTEND_S)
            try:
                async with asyncio.timeout(HOME_SILENCE_S):
                    page.changed(await service.attend(control.call_id, control.control_id))
                heard_at = _now()
            except NotFoundError:
                page.gone()
                return
            except (DomainError, TimeoutError):
                if _now() - heard_at >= HOME_SILENCE_S:
                    page.end(ControlEnd.CONTROLLER_LOST)
                    return

    async def _look(self, page: Controlling) -> None:
        while not page.is_over:
            page.look()
            await asyncio.sleep(LOOK_S)

    async def _recheck(self, page: Controlling, actor: Actor) -> None:
        """End with the sign-in, though nobody told of its end."""
        while True:
            await asyncio.sleep(RECHECK_S)
            try:
                await self._context.services.accounts.actor_of(
                    actor.person, actor.session_id or "", actor.address
                )
            except SignInError:
                page.end(ControlEnd.CONTROLLER_LOST)
                return
            except DomainError as error:  # the store is away, and the sockets' own check goes on
                _log.debug("a sign-in could not be looked at: %s", error.code)


def _why(error: DomainError | Unknown) -> Refusal:
    return REFUSALS.get(error.code, Refusal.CONTROL_GONE)


@asynccontextmanager
async def _beside(*works: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """Do these for as long as the context lasts; one that fails is written down."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for outcome in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(outcome, Exception):
                _log.error("work beside a page that controls failed", exc_info=outcome)


def _now() -> float:
    return asyncio.get_running_loop().time()
