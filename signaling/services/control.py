"""Control of counter PCs: questions, grants and their ends, for the calls whose rooms are in this process.

A grant lives in the memory of the call's home alone, and with its process: whoever takes the room over knows
of none, so a new consent is needed. What is kept is the call's log.
"""

import asyncio
import logging
from dataclasses import dataclass
from typing import Final

from signaling.domain.actor import Actor
from signaling.domain.call_model import Call
from signaling.domain.control.grant import NEVER, Control, ControlEnd, ControlScope, ControlState, OnceKind
from signaling.domain.control.inputs import (
    ControlInput,
    Extended,
    GivenUp,
    Granted,
    Narrowed,
    OnceAnswered,
    OnceAsked,
    Paused,
    Refused,
    Resumed,
    Stopped,
    TimePassed,
)
from signaling.domain.control.policy import ControlObstacle, ControlPolicy, Situation, obstacle
from signaling.domain.control.table import ControlRules, Given, Hand, apply
from signaling.domain.counters import CounterHelper
from signaling.domain.errors import ForbiddenError, InvalidError, NotFoundError, StateError
from signaling.domain.events import (
    CallChanged,
    ControlChanged,
    DomainEvent,
    HelperHere,
    HelpersRevoked,
    ProducerRemoved,
)
from signaling.domain.ids import JsonObject
from signaling.domain.log_kinds import LogKind
from signaling.domain.members import Member, Part
from signaling.domain.roles import Permission
from signaling.domain.session import DisplaySurface, Track
from signaling.domain.steps.step import Logged
from signaling.domain.subject import Subject, SubjectKind
from signaling.services.call_desk import CallDesk
from signaling.services.directory import DirectoryService
from signaling.services.helpers import HelperService
from signaling.services.homes import at_home
from signaling.services.ports import Ports
from signaling.services.rooms import Rooms
from signaling.services.scope import require_member, require_view
from signaling.services.settings import ServiceSettings

_log = logging.getLogger(__name__)

_LOGGED: Final[dict[type, LogKind]] = {
    Granted: LogKind.CONTROL_GRANTED,
    Extended: LogKind.CONTROL_EXTENDED,
    Narrowed: LogKind.CONTROL_NARROWED,
    Paused: LogKind.CONTROL_PAUSED,
    Resumed: LogKind.CONTROL_RESUMED,
    OnceAsked: LogKind.CONTROL_ONCE_ASKED,
    OnceAnswered: LogKind.CONTROL_ONCE_ANSWERED,
}
"""What an input that leaves the grant alive is in the call's log."""


@dataclass(frozen=True, slots=True)
class CounterPc:
    """The PC a call's clerk sits at, and its helper where one is paired."""

    counter: str
    helper: CounterHelper | None


class ControlService:
    """One grant a call at most; every change goes through the table, is logged, and is told."""

    def __init__(
        self,
        ports: Ports,
        settings: ServiceSettings,
        directory: DirectoryService,
        desk: CallDesk,
        rooms: Rooms,
        helpers: HelperService,
    ) -> None:
        self._ports = ports
        self._settings = settings.control
        self._directory = directory
        self._desk = desk
        self._rooms = rooms
        self._helpers = helpers
        self._live: dict[str, Control] = {}
        """By call."""
        self._counters: dict[str, CounterPc] = {}
        """By call."""
        self._here: dict[str, HelperHere] = {}
        """By helper: those that are connected to some process."""
        self._changed = asyncio.Event()

    # --- what people ask

    @at_home
    async def at_counter(self, actor: Actor, call_id: str, counter: str) -> None:
        """The clerk's page says which PC it is on; raises `not_in_call`."""
        await self._require(actor, call_id, Part.CLERK)
        call = await self._desk.load(call_id)
        helper = await self._helpers.of_counter(call.point_id, counter)
        self._counters[call_id] = CounterPc(counter, helper)

    @at_home
    async def why_not(self, actor: Actor, call_id: str) -> ControlObstacle | None:
        """Return why control cannot be asked for now, None when it can; raises `not_in_call`."""
        require_member(await self._desk.load(call_id), actor)
        return obstacle(await self._situation(call_id), self._policy())

    @at_home
    async def ask(self, actor: Actor, call_id: str, scopes: frozenset[ControlScope], purpose: str) -> Control:
        """The specialist asks for control; the clerk's screen asks.

        Raises:
            ForbiddenError: `not_in_call`, `part_may_not`.
            StateError: `control_impossible`, with the obstacle.
            InvalidError: `scope`, nothing asked for or more than is allowed here.
        """
        actor.require(Permission.CONTROL_ASK)
        member = await self._require(actor, call_id, Part.SPECIALIST)
        found = obstacle(await self._situation(call_id), self._policy())
        if found is not None:
            raise StateError("control_impossible", obstacle=found.value)
        if not scopes or not scopes <= self._policy().scopes:
            raise InvalidError("scope", field="scopes")
        now = self._ports.clock.now()
        control = Control(
            self._ports.secrets.new_id(),
            call_id,
            ControlState.ASKED,
            actor.who,
            member.participant_id,
            scopes,
            purpose,
            now,
            now + self._settings.answer_within,
        )
        asked = {"control_id": control.control_id, "scopes": sorted(scopes), "purpose": purpose}
        await self._keep(control, Logged(LogKind.CONTROL_ASKED, actor.who.log_name, asked))
        return control

    @at_home
    async def grant(
        self,
        actor: Actor,
        call_id: str,
        control_id: str,
        scopes: frozenset[ControlScope],
        lasts_s: float,
    ) -> Control:
        """The clerk says yes; raises as `table.apply` does."""
        return await self._by_clerk(actor, call_id, control_id, Granted(scopes, lasts_s))

    @at_home
    async def refuse(self, actor: Actor, call_id: str, control_id: str) -> Control:
        """The clerk says no."""
        return await self._by_clerk(actor, call_id, control_id, Refused())

    @at_home
    async def extend(self, actor: Actor, call_id: str, control_id: str, lasts_s: float) -> Control:
        """The clerk lets it go on, for so long from now."""
        return await self._by_clerk(actor, call_id, control_id, Extended(lasts_s))

    @at_home
    async def narrow(
        self, actor: Actor, call_id: str, control_id: str, scopes: frozenset[ControlScope]
    ) -> Control:
        """The clerk takes scopes away."""
        return await self._by_clerk(actor, call_id, control_id, Narrowed(scopes))

    @at_home
    async def revoke(self, actor: Actor, call_id: str, control_id: str) -> Control:
        """The clerk ends it."""
        return await self._by_clerk(actor, call_id, control_id, Stopped(ControlEnd.REVOKED))

    @at_home
    async def answer_once(
        self, actor: Actor, call_id: str, control_id: str, once_id: str, *, agreed: bool
    ) -> Control:
        """The clerk answers a second question."""
        return await self._by_clerk(actor, call_id, control_id, OnceAnswered(once_id, agreed))

    @at_home
    async def ask_once(
        self, actor: Actor, call_id: str, control_id: str, kind: OnceKind, about: str
    ) -> Control:
        """The specialist asks what needs a yes of its own."""
        given = OnceAsked(self._ports.secrets.new_id(), kind, about)
        return await self._by_controller(actor, call_id, control_id, given)

    @at_home
    async def give_up(self, actor: Actor, call_id: str, control_id: str) -> Control:
        """The specialist takes the question back, or gives the grant back."""
        return await self._by_controller(actor, call_id, control_id, GivenUp())

    @at_home
    async def fuse(self, actor: Actor, call_id: str) -> Control:
        """监督熔断: a supervisor over the call ends it at once, whoever granted it."""
        actor.require(Permission.CONTROL_STOP)
        require_view(self._directory.current, actor, await self._desk.load(call_id))
        control = self._require_control(call_id)
        return await self._step(control, Stopped(ControlEnd.FUSED), self._given(Hand.SUPERVISOR, actor.who))

    @at_home
    async def tell(self, call_id: str, control_id: str, given: Stopped | Paused | Resumed) -> Control:
        """The helper at the counter PC says what it does."""
        control = self._require_control(call_id, control_id)
        pc = self._counters.get(call_id)
        who = helper_subject(pc.helper) if pc is not None and pc.helper is not None else None
        return await self._step(control, given, self._given(Hand.HELPER, who))

    @at_home
    async def lost_controller(self, call_id: str, control_id: str) -> Control:
        """The controller's connection is gone, or breaks the rules of the channel."""
        control = self._require_control(call_id, control_id)
        return await self._step(control, Stopped(ControlEnd.CONTROLLER_LOST), self._given(Hand.SERVER, None))

    @at_home
    async def current(self, actor: Actor, call_id: str) -> Control | None:
        """Return the grant or question of a call, for its people; raises `not_in_call`."""
        require_member(await self._desk.load(call_id), actor)
        return self._live.get(call_id)

    # --- what happens by itself

    async def on_event(self, event: DomainEvent) -> None:
        """End what its reasons are gone for; a new specialist or clerk was never consented to."""
        match event:
            case CallChanged(call=call) if call.call_id in self._live or call.call_id in self._counters:
                await self._follow(call)
            case ProducerRemoved(call_id=call_id) if call_id in self._live:
                if self._desktop(call_id) is not DisplaySurface.MONITOR:
                    await self._end(call_id, ControlEnd.SHARE_ENDED)
            case HelperHere(helper_id=helper_id):
                await self._helper_here(helper_id, event)
            case HelpersRevoked(helper_ids=gone):
                for helper_id in gone:
                    await self._helper_gone(helper_id)

    async def run(self) -> None:
        """End what its time is over for, until cancelled."""
        while True:
            self._changed.clear()
            await self.expire()
            deadline = min((control.next_deadline for control in self._live.values()), default=NEVER)
            await self._ports.clock.wait(deadline, self._changed.wait)

    async def expire(self) -> None:
        """End what its time is over for."""
        now = self._ports.clock.now()
        for control in list(self._live.values()):
            if now >= control.next_deadline:
                await self._step(control, TimePassed(), self._given(Hand.SERVER, None))

    async def _follow(self, call: Call) -> None:
        control = self._live.get(call.call_id)
        if control is not None:
            seated = {member.participant_id: member for member in call.present}
            holder = seated.get(control.seat)
            if not call.is_joined:
                await self._end(call.call_id, ControlEnd.SESSION_ENDED)
            elif holder is None or holder.part is not Part.SPECIALIST or self._clerk_left(call, control):
                await self._end(call.call_id, ControlEnd.SEAT_CHANGED)
        if not call.is_live:
            self._counters.pop(call.call_id, None)

    def _clerk_left(self, call: Call, control: Control) -> bool:
        who = control.granted_by
        return who is not None and not any(member.who == who for member in call.present)

    async def _helper_here(self, helper_id: str, event: HelperHere) -> None:
        if event.here:
            self._here[helper_id] = event
        elif self._here.pop(helper_id, None) is not None:
            await self._helper_gone(helper_id)

    async def _helper_gone(self, helper_id: str) -> None:
        self._here.pop(helper_id, None)
        for call_id, pc in list(self._counters.items()):
            if pc.helper is not None and pc.helper.helper_id == helper_id:
                await self._end(call_id, ControlEnd.HELPER_LOST)

    # --- one change

    async def _by_clerk(self, actor: Actor, call_id: str, control_id: str, given: ControlInput) -> Control:
        actor.require(Permission.CONTROL_GRANT)
        await self._require(actor, call_id, Part.CLERK)
        control = self._require_control(call_id, control_id)
        return await self._step(control, given, self._given(Hand.CLERK, actor.who))

    async def _by_controller(
        self, actor: Actor, call_id: str, control_id: str, given: ControlInput
    ) -> Control:
        control = self._require_control(call_id, control_id)
        if control.asked_by != actor.who:
            raise ForbiddenError("not_yours")
        return await self._step(control, given, self._given(Hand.CONTROLLER, actor.who))

    async def _end(self, call_id: str, end: ControlEnd) -> None:
        control = self._live.get(call_id)
        if control is not None:
            await self._step(control, Stopped(end), self._given(Hand.SERVER, None))

    async def _step(self, control: Control, given: ControlInput, by: Given) -> Control:
        after = apply(control, given, by, ControlRules(self._settings.once_within, self._policy()))
        if after != control:
            await self._keep(after, _entry(after, given, by))
        return after

    async def _keep(self, control: Control, logged: Logged | None) -> None:
        """Told first, logged then: an end must reach the counter PC however the database fares."""
        if control.is_over:
            self._live.pop(control.call_id, None)
        else:
            self._live[control.call_id] = control
        self._changed.set()
        told = self._ports.bus.publish(ControlChanged(control))
        if logged is not None:
            await self._log_or_say(control.call_id, logged)
        await told

    async def _log_or_say(self, call_id: str, logged: Logged) -> None:
        try:
            await self._ports.calls.append(call_id, (logged,), self._ports.clock.now())
        except Exception:
            _log.exception("call %s: %s is not in its log", call_id, logged.kind.value)

    # --- what is true now

    async def _situation(self, call_id: str) -> Situation:
        call = await self._desk.load(call_id)
        pc = self._counters.get(call_id)
        here = self._here.get(pc.helper.helper_id) if pc is not None and pc.helper is not None else None
        return Situation(
            is_connected=call.is_joined,
            shares=self._desktop(call_id),
            has_helper=here is not None,
            helper_is_current=here is not None and here.is_current,
            under_way=call_id in self._live,
        )

    def _desktop(self, call_id: str) -> DisplaySurface | None:
        """Return what of the counter's desktop is shared, None for nothing."""
        room = self._rooms.get(call_id)
        if room is None:
            return None
        clerks = {
            seat.participant.participant_id
            for seat in room.seats.values()
            if seat.participant.part is Part.CLERK
        }
        desktops = (
            producer
            for producer in room.producers()
            if producer.track is Track.DESKTOP and producer.participant_id in clerks
        )
        return next((one.display_surface or DisplaySurface.WINDOW for one in desktops), None)

    def _policy(self) -> ControlPolicy:
        return ControlPolicy()

    async def _require(self, actor: Actor, call_id: str, part: Part) -> Member:
        """Return the actor's place in the call; raise `not_in_call`, `part_may_not`."""
        member = require_member(await self._desk.read(call_id), actor)
        if member.part is not part:
            raise ForbiddenError("part_may_not")
        return member

    def _require_control(self, call_id: str, control_id: str | None = None) -> Control:
        control = self._live.get(call_id)
        if control is None or (control_id is not None and control.control_id != control_id):
            raise NotFoundError("control_gone")
        return control

    def _given(self, hand: Hand, who: Subject | None) -> Given:
        return Given(hand, who, self._ports.clock.now())


def helper_subject(helper: CounterHelper) -> Subject:
    """Return who a helper is to the logs."""
    return Subject(SubjectKind.HELPER, helper.helper_id)


def _entry(control: Control, given: ControlInput, by: Given) -> Logged | None:
    """Return what the call's log says of a change; of scopes and reasons, never of what was typed."""
    who = by.who.log_name if by.who is not None else None
    if control.end is not None:
        return Logged(
            LogKind.CONTROL_ENDED, who, {"control_id": control.control_id, "end": control.end.value}
        )
    kind = _LOGGED.get(type(given))
    if kind is None:
        return None
    said: JsonObject = {"control_id": control.control_id, "scopes": sorted(control.scopes)}
    if isinstance(given, Paused):
        said["pause"] = given.pause.value
    if isinstance(given, OnceAsked):
        said |= {"kind": given.kind.value, "about": given.about}
    if isinstance(given, OnceAnswered):
        said["agreed"] = given.agreed
    return Logged(kind, who, said)
