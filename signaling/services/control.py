"""Control of counter PCs: what people ask and answer, and what ends a grant by itself."""

import asyncio
from collections.abc import Callable

from signaling.domain.actor import Actor
from signaling.domain.call_model import Call, CallState
from signaling.domain.control.doings import doings_entry
from signaling.domain.control.grant import Control, ControlEnd, ControlScope, ControlState, OnceKind
from signaling.domain.control.inputs import (
    ControlInput,
    Extended,
    FileCame,
    GivenUp,
    Granted,
    Narrowed,
    OnceAnswered,
    OnceAsked,
    Paused,
    Refused,
    Resumed,
    Stopped,
    TakenUp,
)
from signaling.domain.control.policy import ControlObstacle, ControlStand, HelperStand
from signaling.domain.control.table import Hand
from signaling.domain.counters import CounterHelper
from signaling.domain.errors import ForbiddenError, InvalidError, StateError
from signaling.domain.events import (
    CallChanged,
    DomainEvent,
    HelperHere,
    HelpersRevoked,
    HelperTooOld,
    MediaRestarted,
    MonitorsMarked,
    ProducerChanged,
    ProducerRemoved,
)
from signaling.domain.ids import JsonObject
from signaling.domain.members import Member, Part
from signaling.domain.roles import Permission
from signaling.domain.subject import Subject, SubjectKind
from signaling.services.call_desk import CallDesk
from signaling.services.control_grants import Grants
from signaling.services.control_log import asked_entry
from signaling.services.counter_pcs import CounterPcs
from signaling.services.directory import DirectoryService
from signaling.services.helpers import HelperService
from signaling.services.homes import at_home
from signaling.services.ports import Ports
from signaling.services.rooms import Rooms
from signaling.services.scope import require_member, require_view
from signaling.services.settings import ServiceSettings


class ControlService:
    """Who may do what to a call's grant, and whatever takes the reasons for one away."""

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
        self._changed = asyncio.Event()
        self._pcs = CounterPcs(ports, rooms, helpers)
        self._grants = Grants(ports, settings.control, directory, desk, self._pcs, self._changed)

    # --- what people ask

    @at_home
    async def at_counter(self, actor: Actor, call_id: str, counter: str) -> None:
        """The clerk's page says which PC it is on; raises `not_in_call`."""
        await self._require(actor, call_id, Part.CLERK)
        await self._pcs.at_counter(await self._desk.load(call_id), counter)
        await self._grants.tell_stand(call_id)

    @at_home
    async def mark(self, actor: Actor, call_id: str, shown: bool) -> None:
        """Let the counter PC show each monitor's colour in its corner, so that the shared one is found.

        Raises:
            ForbiddenError: `not_in_call`, `part_may_not`. StateError: `control_impossible`, without a helper.
        """
        await self._require(actor, call_id, Part.CLERK)
        here = self._pcs.here(call_id)
        if here is None:
            raise StateError("control_impossible", obstacle=ControlObstacle.NO_HELPER.value)
        await self._ports.bus.publish(MonitorsMarked(here.helper_id, shown))

    @at_home
    async def practice(self, actor: Actor, call_id: str) -> str:
        """Return the key of a drill's practice PC; the one of before is let go.

        Raises:
            ForbiddenError: `not_in_call`, `part_may_not`, `drill_only`.
        """
        actor.require(Permission.CONTROL_GRANT)
        await self._require(actor, call_id, Part.CLERK)
        call = await self._desk.load(call_id)
        if not call.drill:
            raise ForbiddenError("drill_only")
        key, gone = self._pcs.practise(call, actor.person)
        if gone:
            await self._ports.bus.publish(HelpersRevoked(gone))
        return key

    @at_home
    async def admit_practice(self, call_id: str, key: str, name: str, system: str) -> CounterHelper:
        """Return whose key it is; raises `session_ended` for one that its call does not know any more."""
        return self._pcs.admit_practice(call_id, key, name, system)

    async def helper_stand(self, actor: Actor, counter: str) -> HelperStand:
        """Return how the helper of the clerk's own PC stands, in a call or not; raises `no_point`."""
        if actor.point_id is None:
            raise ForbiddenError("no_point")
        return await self._pcs.stand_at(actor.point_id, counter)

    @at_home
    async def stand(self, actor: Actor, call_id: str) -> ControlStand:
        """Return where control stands, and why it cannot be asked for now; raises `not_in_call`."""
        call = await self._desk.load(call_id)
        require_member(call, actor)
        return self._grants.stand(call)

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
        stand = self._grants.stand(await self._desk.load(call_id))
        if stand.obstacle is not None:
            raise StateError("control_impossible", obstacle=stand.obstacle.value)
        if not scopes or not scopes <= stand.scopes:
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
            share=self._pcs.share(call_id),
        )
        await self._grants.keep(control, asked_entry(control))
        return control

    @at_home
    async def grant(
        self,
        actor: Actor,
        call_id: str,
        control_id: str,
        scopes: frozenset[ControlScope],
        lasts_s: float,
        monitor: str = "",
    ) -> Control:
        """The clerk says yes, for one monitor: the only one for an empty id.

        Raises:
            what `table.apply` raises. InvalidError: `monitor`.
        """
        control = await self._require_clerks(actor, call_id, control_id)
        here, chosen = self._pcs.monitor(call_id, monitor)
        given = Granted(scopes, lasts_s, here.helper_id, chosen.id, here.process)
        return await self._grants.step(control, given, Hand.CLERK, actor.who)

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
    async def may_take_up(self, actor: Actor, call_id: str, control_id: str) -> Control:
        """Return the grant that `take_up` would take; raises as it does, and takes nothing."""
        await self._require(actor, call_id, Part.SPECIALIST)
        control = self._require_asked_by(actor, call_id, control_id)
        if not control.is_waited_for:
            taken = control.taken_up_at is not None
            raise StateError("control_taken" if taken else "bad_state", state=control.state.value)
        return control

    @at_home
    async def take_up(self, actor: Actor, call_id: str, control_id: str, process: str) -> Control:
        """The controller's connection has come to a process, which `attends` from then on.

        Raises:
            ForbiddenError: `not_in_call`, `part_may_not`, `not_yours`. NotFoundError: `control_gone`.
            StateError: `control_taken`, it has come before; `bad_state`, nothing is granted yet.
        """
        await self._require(actor, call_id, Part.SPECIALIST)
        return await self._by_controller(actor, call_id, control_id, TakenUp(process))

    @at_home
    async def file_way(self, actor: Actor, call_id: str, once_id: str) -> OnceKind:
        """Return which way the file goes that the clerk said yes to; whose it is to send may send it.

        Raises:
            NotFoundError: `control_gone`. StateError: `once_gone`. ForbiddenError: `not_yours`.
        """
        return self._file_way(actor, call_id, once_id)

    @at_home
    async def spend_file(self, actor: Actor, call_id: str, once_id: str) -> OnceKind:
        """The file has come: its yes counts no more. Raises as `file_way` does."""
        way = self._file_way(actor, call_id, once_id)
        await self._grants.step(self._grants.require(call_id), FileCame(once_id), Hand.SERVER)
        return way

    @at_home
    async def give_up(self, actor: Actor, call_id: str, control_id: str) -> Control:
        """The specialist takes the question back, or gives the grant back."""
        return await self._by_controller(actor, call_id, control_id, GivenUp())

    @at_home
    async def fuse(self, actor: Actor, call_id: str) -> Control:
        """监督熔断: a supervisor over the call ends it at once, whoever granted it."""
        actor.require(Permission.CONTROL_STOP)
        require_view(self._directory.current, actor, await self._desk.load(call_id))
        control = self._grants.require(call_id)
        return await self._grants.step(control, Stopped(ControlEnd.FUSED), Hand.SUPERVISOR, actor.who)

    @at_home
    async def tell(self, call_id: str, control_id: str, given: Stopped | Paused | Resumed) -> Control:
        """The helper at the counter PC says what it does."""
        control = self._grants.require(call_id, control_id)
        who = Subject(SubjectKind.HELPER, control.helper_id)
        return await self._grants.step(control, given, Hand.HELPER, who)

    @at_home
    async def stop(self, call_id: str, control_id: str, end: ControlEnd) -> Control:
        """End it by itself: a connection is gone, or breaks the rules of the channel."""
        control = self._grants.require(call_id, control_id)
        return await self._grants.step(control, Stopped(end), Hand.SERVER)

    @at_home
    async def attend(self, call_id: str, control_id: str) -> Control:
        """Say that the controller's connection is there; return the grant as it is now.

        Raises:
            NotFoundError: `control_gone`, for who was not told of its end.
        """
        control = self._grants.require(call_id, control_id)
        self._grants.attended(control)
        return control

    async def note_doings(self, control: Control, done: JsonObject) -> None:
        """Write down what was done within a grant, as `Doings` condenses it."""
        await self._grants.write(
            control.call_id, doings_entry(control.control_id, control.asked_by.log_name, done)
        )

    def watch(self, watcher: Callable[[Control], None]) -> None:
        """Call `watcher` with each change of a grant whose home is here; see `Grants.watch`."""
        self._grants.watch(watcher)

    # --- what happens by itself

    async def on_event(self, event: DomainEvent) -> None:
        """End what its reasons are gone for; a new specialist or clerk was never consented to."""
        match event:
            case CallChanged(call=call) if self._concerns(call.call_id):
                await self._follow(call)
            case MediaRestarted(call_id=call_id):
                await self._grants.end(call_id, ControlEnd.SHARE_ENDED)
            case ProducerChanged(call_id=call_id) if self._is_here(call_id):
                await self._grants.tell_stand(call_id)
            case ProducerRemoved(call_id=call_id, producer_id=gone) if self._is_here(call_id):
                control = self._grants.of(call_id)
                if control is not None and control.share == gone:
                    await self._grants.end(call_id, ControlEnd.SHARE_ENDED)
                await self._grants.tell_stand(call_id)
            case HelperHere(helper_id=helper_id):
                before = self._pcs.connection(helper_id)
                self._pcs.heard(event)
                self._changed.set()
                is_other = self._pcs.connection(helper_id) != before and before is not None
                await (self._helper_gone(helper_id) if is_other else self._tell_of(helper_id))
            case HelperTooOld(helper_id=helper_id):
                self._pcs.sent_away(helper_id)
                await self._tell_of(helper_id)
            case HelpersRevoked(helper_ids=gone):
                for helper_id in gone:
                    self._pcs.lost(helper_id)
                    await self._helper_gone(helper_id)

    async def run(self) -> None:
        """End what its time is over for, until cancelled."""
        while True:
            self._changed.clear()
            await self.expire()
            deadline = min(self._grants.next_deadline, self._pcs.next_deadline)
            await self._ports.clock.wait(deadline, self._changed.wait)

    async def expire(self) -> None:
        """End what its time is over for."""
        await self._grants.expire()
        for helper_id in self._pcs.silent():
            self._pcs.lost(helper_id)
            await self._helper_gone(helper_id)
        await self._grants.end_unattended()

    async def _follow(self, call: Call) -> None:
        control = self._grants.of(call.call_id)
        if control is not None:
            seated = {member.participant_id: member for member in call.present}
            holder = seated.get(control.seat)
            if not call.is_joined:
                await self._grants.end(call.call_id, ControlEnd.SESSION_ENDED)
            elif holder is None or holder.part is not Part.SPECIALIST or self._clerk_left(call, control):
                await self._grants.end(call.call_id, ControlEnd.SEAT_CHANGED)
        await self._grants.tell_stand(call.call_id)
        if call.state in (CallState.WRAP_UP, CallState.CLOSED):
            self._grants.forget(call.call_id)
            gone = self._pcs.forget(call.call_id)
            if gone:
                await self._ports.bus.publish(HelpersRevoked(gone))

    def _clerk_left(self, call: Call, control: Control) -> bool:
        who = control.granted_by
        return who is not None and not any(member.who == who for member in call.present)

    async def _helper_gone(self, helper_id: str) -> None:
        for control in self._grants.all():
            if control.helper_id == helper_id:
                await self._grants.end(control.call_id, ControlEnd.HELPER_LOST)
        await self._tell_of(helper_id)

    async def _tell_of(self, helper_id: str) -> None:
        for call_id in self._pcs.calls_of(helper_id):
            await self._grants.tell_stand(call_id)

    # --- who may

    async def _by_clerk(self, actor: Actor, call_id: str, control_id: str, given: ControlInput) -> Control:
        control = await self._require_clerks(actor, call_id, control_id)
        return await self._grants.step(control, given, Hand.CLERK, actor.who)

    async def _require_clerks(self, actor: Actor, call_id: str, control_id: str) -> Control:
        actor.require(Permission.CONTROL_GRANT)
        await self._require(actor, call_id, Part.CLERK)
        return self._grants.require(call_id, control_id)

    async def _by_controller(
        self, actor: Actor, call_id: str, control_id: str, given: ControlInput
    ) -> Control:
        control = self._require_asked_by(actor, call_id, control_id)
        return await self._grants.step(control, given, Hand.CONTROLLER, actor.who)

    def _concerns(self, call_id: str) -> bool:
        return self._grants.knows(call_id) or self._is_here(call_id) or self._pcs.knows(call_id)

    def _is_here(self, call_id: str) -> bool:
        """True when the call's room is in this process, which then speaks for it."""
        return self._rooms.get(call_id) is not None

    def _require_asked_by(self, actor: Actor, call_id: str, control_id: str) -> Control:
        control = self._grants.require(call_id, control_id)
        if control.asked_by != actor.who:
            raise ForbiddenError("not_yours")
        return control

    async def _require(self, actor: Actor, call_id: str, part: Part) -> Member:
        """Return the actor's place in the call; raise `not_in_call`, `part_may_not`."""
        member = require_member(await self._desk.read(call_id), actor)
        if member.part is not part:
            raise ForbiddenError("part_may_not")
        return member

    def _file_way(self, actor: Actor, call_id: str, once_id: str) -> OnceKind:
        control = self._grants.require(call_id)
        if control.awaited is None or control.awaited.once_id != once_id:
            raise StateError("once_gone")
        to_counter = control.awaited.kind is OnceKind.FILE_TO_COUNTER
        if actor.who != (control.asked_by if to_counter else control.granted_by):
            raise ForbiddenError("not_yours")
        return control.awaited.kind
