"""The session: joining and rejoining a call, and the room it has meanwhile."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Final
from weakref import WeakValueDictionary

from rtc_server.tap_commands import OpenTap
from signaling.domain.actor import Actor
from signaling.domain.call_inputs import MemberBack, MemberLeft, MemberLost, MemberSeated
from signaling.domain.call_model import Call
from signaling.domain.errors import DomainError, ForbiddenError, StateError
from signaling.domain.events import (
    CallChanged,
    DomainEvent,
    ParticipantChanged,
    ParticipantLeft,
    ProducerRemoved,
    RoomMoved,
    SocketGone,
    Superseded,
)
from signaling.domain.ids import JsonObject
from signaling.domain.log_kinds import LogKind
from signaling.domain.members import Member, Part
from signaling.domain.record import Page, RecordKind
from signaling.domain.roles import Permission
from signaling.domain.seating import Act, Entry, entry_of
from signaling.domain.session import (
    Away,
    Participant,
    Producer,
)
from signaling.domain.subject import Subject
from signaling.services.call_desk import CallDesk
from signaling.services.directory import DirectoryService
from signaling.services.homes import at_home
from signaling.services.ports import Ports
from signaling.services.record import RecordService
from signaling.services.recording_switch import RecordingSwitch
from signaling.services.rooms import Room, Rooms, Seat
from signaling.services.router_closer import RouterCloser
from signaling.services.scope import require_act, require_member, require_view
from signaling.services.stores import ConflictError
from signaling.services.unfinished import Unfinished

_log = logging.getLogger(__name__)
_OVER: Final = frozenset({LogKind.CALL_ENDED, LogKind.CALL_REQUEUED, LogKind.SERVER_RESTARTED})
"""What a call's log says when its router must be gone, whoever opened it: it would go on recording."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What whoever (re)joins a call needs at once; TURN servers are WEB's to add.

    Attributes:
        record: the newest page of each list; older ones are asked for.
    """

    call: Call
    participant_id: str
    generation: int
    participants: tuple[Participant, ...]
    producers: tuple[Producer, ...]
    epoch: str
    router_rtp_capabilities: JsonObject
    record: Mapping[RecordKind, Page]
    was_sharing: bool


class SessionService:
    """Seats people in rooms, and closes a room when its call is over."""

    def __init__(
        self,
        ports: Ports,
        directory: DirectoryService,
        desk: CallDesk,
        rooms: Rooms,
        closer: RouterCloser,
        record: RecordService,
        switch: RecordingSwitch,
        unfinished: Unfinished,
    ) -> None:
        self._ports = ports
        self._directory = directory
        self._desk = desk
        self._rooms = rooms
        self._closer = closer
        self._record = record
        self._switch = switch
        self._unfinished = unfinished
        self._joins: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def join(
        self, actor: Actor, socket_id: str, call_id: str, generation: int | None, epoch: str | None
    ) -> Snapshot:
        """Take one's seat; a new generation closes the old one's transports before this returns.

        Args:
            generation: of the transports the client still holds; None for a new page.
            epoch: of the media process those transports live in.

        Raises:
            ForbiddenError: `not_in_call`. StateError: `bad_state` unless the call is connected.
        """
        await self._admit(actor, call_id)
        homes = self._ports.homes
        if await homes.claim(call_id):
            await self._ports.bus.publish(RoomMoved(call_id, homes.process, socket_id))
        return await self._join(actor, socket_id, call_id, generation, epoch)

    async def _admit(self, actor: Actor, call_id: str) -> tuple[Call, Member]:
        call = await self._desk.read(call_id)  # who was seated elsewhere may be faster than the news of it
        member = require_member(call, actor)
        if not call.is_joined:
            raise StateError("bad_state", state=call.state.value)
        return call, member

    @at_home
    async def _join(
        self, actor: Actor, socket_id: str, call_id: str, generation: int | None, epoch: str | None
    ) -> Snapshot:
        await self._ports.bus.settled()  # the room of an earlier life of the call is closed by a subscriber
        call, member = await self._admit(actor, call_id)
        async with self._joins.setdefault(call_id, asyncio.Lock()):
            room = await self._room(call)
            seat = await self._seat(room, member)
            was_sharing = seat.participant.sharing
            kept = (seat.socket_id is not None or bool(seat.transports)) and (generation, epoch) == (
                seat.participant.generation,
                room.epoch,
            )
            await self._supersede(room, seat, socket_id)
            if not kept:
                await self._close_media(room, seat, "superseded")
                seat.participant = replace(seat.participant, generation=seat.participant.generation + 1)
            seat.socket_id = socket_id
            seat.participant = replace(seat.participant, online=True, away=None)
            await self._ports.sessions.save_participant(seat.participant)
        call = await self._desk.step(call_id, MemberBack(member.who))
        if not call.is_joined:
            self._close_room(call_id)
            raise StateError("bad_state", state=call.state.value)
        if not _holds(call, seat):  # the place was given up meanwhile, before there was a seat to empty
            await self._empty(room, seat)
            raise ForbiddenError("not_in_call")
        await self._desk.note(
            call_id, LogKind.PARTICIPANT_JOINED, actor, generation=seat.participant.generation
        )
        await self._ports.bus.publish(ParticipantChanged(call_id, seat.participant))
        return await self._snapshot(call, room, seat, was_sharing=was_sharing and not kept)

    async def socket_lost(self, socket_id: str) -> None:
        """A socket is gone: its seats wait for its owner, transports live on within the grace time."""
        await self._ports.bus.publish(SocketGone(socket_id))

    async def _lose(self, socket_id: str) -> None:
        for room, seat in self._rooms.seats_of_socket(socket_id):
            await self._vacate(room, seat, Away.LOST)

    @at_home
    async def step_out(self, actor: Actor, socket_id: str, call_id: str, away: Away) -> None:
        """Somebody closes the page, goes to another one or signs out in mid-call: their seat waits for them.

        Raises:
            ForbiddenError: `not_in_call`, or `superseded` when another window of theirs holds the seat.
        """
        room, seat = self._rooms.held(call_id, actor.who, socket_id)
        await self._vacate(room, seat, away)

    async def _vacate(self, room: Room, seat: Seat, away: Away) -> None:
        """The seat waits for its owner within the grace time, and the others are told why it is empty."""
        seat.socket_id = None
        seat.participant = replace(seat.participant, online=False, away=away)
        await self._ports.bus.publish(ParticipantChanged(room.call_id, seat.participant))
        try:
            await self._desk.step(room.call_id, MemberLost(seat.participant.who))
        except (DomainError, ConflictError) as error:
            _log.info("call %s: loss not noted (%s)", room.call_id, error)

    async def seat(self, actor: Actor, call_id: str, who: Subject, part: Part) -> Call:
        """Give somebody a place in a connected call: others by invitation, oneself to supervise.

        Raises:
            ForbiddenError: `forbidden`, `not_in_call`, `out_of_scope`, or `part_may_not` for who may not ask
            others in and for parts that nobody is given.
            StateError: `claimed` for who is in another call, `call_full`, `already_in_call`, `bad_state`.
        """
        call = await self._desk.load(call_id)
        match entry_of(part):
            case Entry.INVITATION:
                self._require_invitation(actor, call, who)
            case Entry.SUPERVISION if who == actor.who:
                actor.require(Permission.CALL_SUPERVISE)
                require_view(self._directory.current, actor, call)
            case _:
                raise ForbiddenError("part_may_not")
        return await self._desk.step(call_id, MemberSeated(who, part, actor.who))

    def _require_invitation(self, actor: Actor, call: Call, who: Subject) -> None:
        """Only people who answer calls are asked in, from regions that cover the call's."""
        actor.require(Permission.CALL_ASK_IN)
        require_act(call, actor, Act.ASK_IN)
        directory = self._directory.current
        person = directory.staff(who.staff_id or "")
        reachable = directory.tree.covers(person.region_code, call.region_code)
        if not (person.enabled and person.answers_calls and reachable):
            raise ForbiddenError("out_of_scope")

    async def leave(self, actor: Actor, call_id: str) -> Call:
        """Give one's place up, for those whom the others do not wait for."""
        require_act(await self._desk.load(call_id), actor, Act.LEAVE)
        return await self._desk.step(call_id, MemberLeft(actor.who))

    def call(self, call_id: str) -> Call | None:
        """Return a live call as last seen, for who is told of it."""
        return self._desk.live_call(call_id)

    async def on_event(self, event: DomainEvent) -> None:
        """Close the room of a call that is over; the router too that a process before us left open."""
        if isinstance(event, SocketGone):
            await self._lose(event.socket_id)
        if isinstance(event, RoomMoved) and event.process != self._ports.homes.process:
            self._rooms.remove(event.call_id)  # its router is the new home's
            self._ports.homes.forget(event.call_id)
        if not isinstance(event, CallChanged):
            return
        call = event.call
        if call.is_joined:
            await self._empty_seats(self._desk.live_call(call.call_id) or call)  # news may come late
            return
        if not call.is_live:
            self._ports.homes.forget(call.call_id)
        over = call.connected_at is not None and not _OVER.isdisjoint(event.kinds)
        self._close_room(call.call_id, left_open=over and self._desk.made_here(event))

    async def _empty_seats(self, call: Call) -> None:
        """Who left sends and receives nothing any more, and the others are told."""
        room = self._rooms.get(call.call_id)
        for seat in tuple(room.seats.values()) if room is not None else ():
            if room is not None and not _holds(call, seat):
                await self._empty(room, seat)

    async def _empty(self, room: Room, seat: Seat) -> None:
        if room.seats.pop(seat.participant.participant_id, None) is None:
            return  # somebody else is at it
        await self._close_media(room, seat, "left")
        await self._ports.bus.publish(ParticipantLeft(room.call_id, seat.participant.participant_id))

    async def _room(self, call: Call) -> Room:
        """Return the call's room in this life of the media process; open it when there is none."""
        room = self._rooms.get(call.call_id)
        media = self._ports.media
        if room is not None and room.epoch == media.epoch_of(call.call_id):
            return room
        if room is None:
            await self._closer.close_now(call.call_id)  # left over from before this process started
        tap: OpenTap | None = None
        if call.consent.agreed:
            directory = self._ports.recordings.journal_directory(call.call_id)
            tap = OpenTap(str(directory), call.call_id)
        capabilities = await media.create_router(call.call_id, tap)
        epoch = media.epoch_of(call.call_id)
        if room is not None:
            room.failing.clear()
        await self._switch.follow(call.call_id, is_new=True)
        seats = room.seats if room is not None else {}
        for seat in seats.values():
            seat.forget_media()
        opened = Room(call.call_id, epoch, capabilities, seats)
        self._rooms.put(opened)
        return opened

    async def _seat(self, room: Room, member: Member) -> Seat:
        """Return the member's seat; before their first join in this process it is read from storage."""
        participant_id = member.participant_id
        if participant_id in room.seats:
            return room.seats[participant_id]
        stored = await self._ports.sessions.participants(room.call_id)
        participant = next((entry for entry in stored if entry.participant_id == participant_id), None)
        if participant is None:
            participant = self._participant(room.call_id, member)
        seat = room.seats[participant_id] = Seat(replace(participant, online=False))
        return seat

    def _participant(self, call_id: str, member: Member) -> Participant:
        person = self._directory.current.staff(member.who.id)
        title = self._directory.current.title_of(person)
        return Participant(
            call_id, member.participant_id, member.who, person.name, title, member.part, generation=0
        )

    async def _supersede(self, room: Room, seat: Seat, socket_id: str) -> None:
        if seat.socket_id is not None and seat.socket_id != socket_id:
            await self._ports.bus.publish(Superseded(room.call_id, seat.socket_id))

    async def _close_media(self, room: Room, seat: Seat, reason: str) -> None:
        producers, transports = list(seat.producers), list(seat.transports)
        seat.forget_media()
        for transport_id in transports:
            await self._unfinished.attempt(
                f"the end of transport {transport_id}", partial(self._close_transport, transport_id)
            )
        pid = seat.participant.participant_id
        for producer_id in producers:
            await self._ports.bus.publish(ProducerRemoved(room.call_id, producer_id, pid, reason))

    async def _close_transport(self, transport_id: str) -> None:
        try:
            await self._ports.media.close_transport(transport_id)
        except DomainError as error:
            if error.code != "not_found":
                raise
            _log.debug("transport %s was gone already", transport_id)

    def _close_room(self, call_id: str, *, left_open: bool = False) -> None:
        """Forget the room; its router is closed beside the caller, who may be the routing loop."""
        if self._rooms.remove(call_id) is None and not left_open:
            return
        self._closer.close(call_id)

    async def _snapshot(self, call: Call, room: Room, seat: Seat, *, was_sharing: bool) -> Snapshot:
        return Snapshot(
            call=call,
            participant_id=seat.participant.participant_id,
            generation=seat.participant.generation,
            participants=room.participants_for(seat),
            producers=room.producers_for(seat),
            epoch=room.epoch,
            router_rtp_capabilities=room.capabilities,
            record={kind: await self._record.newest(call.call_id, kind) for kind in RecordKind},
            was_sharing=was_sharing,
        )


def _holds(call: Call, seat: Seat) -> bool:
    """True while somebody has the very place of a seat: who came back in another part has another one."""
    return any(member.participant_id == seat.participant.participant_id for member in call.present)
