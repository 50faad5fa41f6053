"""The loop that keeps calls moving: presence that ran out, deadlines that are due, decisions to make."""

import asyncio
import logging

from signaling.domain.call import NEVER, next_deadline
from signaling.domain.call_inputs import MemberBack, MemberLost, TimePassed
from signaling.domain.call_model import Call, CallState
from signaling.domain.errors import AwayError, DomainError
from signaling.domain.events import (
    CallChanged,
    DirectoryChanged,
    DomainEvent,
    NewsMissed,
    PresenceChanged,
    SessionRevoked,
)
from signaling.domain.subject import Subject
from signaling.services.call_desk import CallDesk
from signaling.services.ports import Ports
from signaling.services.presence import PresenceService
from signaling.services.rooms import Rooms
from signaling.services.routing import RoutingService
from signaling.services.settings import ServiceSettings
from signaling.services.stores import ConflictError

_log = logging.getLogger(__name__)
_ROUNDS = 50
"""Each round can cause the next; so many in a row would be a fault of ours, not of the callers."""
_AGAIN_AFTER = 1.0
"""Seconds until a round that failed is tried again."""


class LifeLoop:
    """One loop for all calls: it sleeps until the next deadline or the next change."""

    def __init__(
        self,
        ports: Ports,
        settings: ServiceSettings,
        desk: CallDesk,
        presence: PresenceService,
        routing: RoutingService,
        rooms: Rooms,
    ) -> None:
        self._ports = ports
        self._rules = settings.call
        self._desk = desk
        self._presence = presence
        self._routing = routing
        self._rooms = rooms
        self._changed = asyncio.Event()

    async def run(self) -> None:
        """Live until cancelled; a failing round is logged and tried again a second later."""
        while True:
            try:
                await self.settle()
                deadline = self.next_deadline()
            except AwayError as error:
                _log.warning("a round of the call loop must wait: %r", error.__cause__)
                deadline = self._again()
            except Exception:
                _log.exception("a round of the call loop failed")
                deadline = self._again()
            await self._ports.clock.wait(deadline, self._changed.wait)

    def _again(self) -> float:
        self._changed.clear()
        return self._ports.clock.now() + _AGAIN_AFTER

    async def settle(self) -> None:
        """Do everything that is due now, until nothing changes any more."""
        for _ in range(_ROUNDS):
            self._changed.clear()
            if not self._desk.live() and self._presence.is_nobody_here:
                self._ports.clock.catch_up()
            await self._presence.handle_timeout()
            await self._presence.refresh()
            await self._watch_people()
            await self._expire()
            await self._routing.decide()
            await self._ports.bus.settled()
            if not self._changed.is_set():
                return
        _log.error("the call loop did not settle in %d rounds", _ROUNDS)

    def next_deadline(self) -> float:
        """Return when `settle` is due if nothing changes before."""
        calls = min((next_deadline(call, self._rules) for call in self._desk.live()), default=NEVER)
        return min(calls, self._presence.next_deadline(), self._routing.next_deadline())

    async def on_event(self, event: DomainEvent) -> None:
        """Wake up for what may change a decision or a deadline; who is disabled is not waited for."""
        if isinstance(event, SessionRevoked) and event.session_id is None and event.reason == "disabled":
            await self._give_up(Subject.of_staff(event.staff_id))
        if isinstance(event, CallChanged | PresenceChanged | DirectoryChanged | NewsMissed):
            self._changed.set()

    async def _give_up(self, who: Subject) -> None:
        """Take somebody who was disabled for gone: the others would see a broken line for a minute."""
        for call in self._desk.live():
            if call.is_joined and call.member_of(who) is not None:
                await self._step(call, MemberLost(who, for_good=True))
        self._changed.set()

    async def _watch_people(self) -> None:
        """A member of a live call whose sockets are gone is lost; who is there is back.

        In a call with a room that is who sits in it: others come back by joining it.
        """
        seen = self._presence.known()
        for call in self._desk.live():
            for member in call.present if call.state is not CallState.WRAP_UP else ():
                if member.who.staff_id is None:
                    continue
                online = member.who.id in seen and seen[member.who.id].online
                if not online and member.lost_at is None:
                    await self._step(call, MemberLost(member.who))
                elif online and member.lost_at is not None and self._is_back(call, member.who):
                    await self._step(call, MemberBack(member.who))

    def _is_back(self, call: Call, who: Subject) -> bool:
        return not call.is_joined or self._rooms.attends(call.call_id, who)

    async def _expire(self) -> None:
        now = self._ports.clock.now()
        for call in self._desk.live():
            if now >= next_deadline(call, self._rules):
                await self._step(call, TimePassed())

    async def _step(self, call: Call, given: MemberLost | MemberBack | TimePassed) -> None:
        try:
            await self._desk.step(call.call_id, given)
        except (ConflictError, DomainError) as error:
            _log.info("call %s changed before %s (%s)", call.call_id, type(given).__name__, error)
