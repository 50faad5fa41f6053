"""The commands on the media of one's own seat: transports, the tracks sent, the tracks received."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import Final

from rtc_server.importance import Importance
from rtc_server.tap_commands import TrackTags
from signaling.domain.actor import Actor
from signaling.domain.errors import ForbiddenError, LimitError, NotFoundError
from signaling.domain.events import ParticipantChanged, ProducerChanged, ProducerRemoved
from signaling.domain.ids import JsonObject
from signaling.domain.ladder import Rung
from signaling.domain.log_kinds import LogKind
from signaling.domain.seating import is_recorded, may_send
from signaling.domain.session import (
    ConsumerOptions,
    Direction,
    DisplaySurface,
    Producer,
    Track,
    TransportOptions,
)
from signaling.services.call_desk import CallDesk
from signaling.services.homes import at_home
from signaling.services.ports import Ports
from signaling.services.rooms import Room, Rooms, Seat
from signaling.services.settings import ServiceSettings
from signaling.services.unfinished import Unfinished

IMPORTANCE: Final[Mapping[Track, Importance]] = MappingProxyType(
    {
        Track.MICROPHONE: Importance.SOUND,
        Track.DESKTOP: Importance.DESKTOP,
        Track.DOCUMENT_CAMERA: Importance.DOCUMENT_CAMERA,
        Track.CAMERA: Importance.CAMERA,
    }
)
"""What of a thin line each track gets before the others."""


class MediaService:
    """Passes media commands on for whoever holds the seat; nobody touches what is not their seat's.

    Commands are carried out where the call's room is.
    """

    def __init__(
        self, ports: Ports, settings: ServiceSettings, desk: CallDesk, rooms: Rooms, unfinished: Unfinished
    ) -> None:
        self._ports = ports
        self._unfinished = unfinished
        self._limits = settings.session
        self._desk = desk
        self._rooms = rooms

    async def figures(self) -> Sequence[JsonObject]:
        """Return the figures of the media processes that answer, for whoever watches the server."""
        return await self._ports.media.stats()

    @at_home
    async def create_transport(
        self, actor: Actor, socket_id: str, call_id: str, direction: Direction
    ) -> TransportOptions:
        """Create a transport of the actor's; a bounded number each."""
        _, seat = self._rooms.held(call_id, actor.who, socket_id)
        if len(seat.transports) >= self._limits.transports_per_participant:
            raise LimitError("too_many_transports")
        transport_id = self._ports.secrets.new_id()
        seat.transports[transport_id] = direction
        try:
            made = await self._ports.media.create_transport(call_id, transport_id, direction, sctp=False)
        except BaseException:
            seat.transports.pop(transport_id, None)
            raise
        return TransportOptions(
            transport_id,
            made["iceParameters"],
            tuple(made["iceCandidates"]),
            made["dtlsParameters"],
            made.get("sctpParameters"),
        )

    @at_home
    async def connect_transport(
        self,
        actor: Actor,
        socket_id: str,
        call_id: str,
        transport_id: str,
        dtls_parameters: JsonObject,
    ) -> None:
        """Hand the client's DTLS parameters to its transport."""
        _, seat = self._rooms.held(call_id, actor.who, socket_id)
        seat.require_transport(transport_id)
        await self._ports.media.connect_transport(transport_id, dtls_parameters)

    @at_home
    async def restart_ice(self, actor: Actor, socket_id: str, call_id: str, transport_id: str) -> JsonObject:
        """Return new ICE parameters for a transport that lost its path."""
        _, seat = self._rooms.held(call_id, actor.who, socket_id)
        seat.require_transport(transport_id)
        return await self._ports.media.restart_ice(transport_id)

    @at_home
    async def produce(
        self,
        actor: Actor,
        socket_id: str,
        call_id: str,
        transport_id: str,
        track: Track,
        rtp_parameters: JsonObject,
        *,
        paused: bool,
        display_surface: DisplaySurface | None,
        silenced: bool = False,
    ) -> Producer:
        """Send a track; one per kind of track, a second one replaces the first."""
        room, seat = self._rooms.held(call_id, actor.who, socket_id)
        seat.require_transport(transport_id, Direction.SEND)
        if not may_send(seat.participant.part, track):
            raise ForbiddenError("track_not_allowed", field="track")
        if display_surface is DisplaySurface.PRACTICE and not (await self._desk.load(call_id)).drill:
            raise ForbiddenError("drill_only", field="display_surface")
        for old in [entry for entry in seat.producers.values() if entry.track is track]:
            await self._end_producer(room, seat, old, "replaced")
        if len(seat.producers) >= self._limits.producers_per_participant:
            raise LimitError("too_many_producers")
        producer = Producer(
            self._ports.secrets.new_id(),
            call_id,
            seat.participant.participant_id,
            track,
            paused,
            display_surface,
            silenced=paused and silenced,
        )
        seat.producers[producer.producer_id] = producer
        tags = TrackTags(
            participant=seat.participant.participant_id,
            track=track.value,
            generation=seat.participant.generation,
            recorded=is_recorded(seat.participant.part, track),
        )
        try:
            await self._ports.media.produce(
                transport_id, producer.producer_id, track.kind, rtp_parameters, tags, paused=paused
            )
        except BaseException:
            seat.producers.pop(producer.producer_id, None)
            raise
        if producer.producer_id not in seat.producers:  # its transport was closed with the seat meanwhile
            raise NotFoundError("transport_not_found", field="transport_id")
        try:
            if track is Track.DESKTOP:
                await self._set_sharing(seat, sharing=True)
            await self._desk.note(call_id, LogKind.TRACK_STARTED, actor, track=track.value)
        except BaseException:  # nobody was told of it, so nobody may get it
            await self._end_producer(room, seat, producer, "closed")
            raise
        await self._ports.bus.publish(ProducerChanged(call_id, producer))
        return producer

    @at_home
    async def pause_producer(
        self, actor: Actor, socket_id: str, call_id: str, producer_id: str, *, silenced: bool = False
    ) -> None:
        """Mute a track; `silenced` when its device gives nothing, whatever its owner wants."""
        await self._set_paused(actor, socket_id, call_id, producer_id, paused=True, silenced=silenced)

    @at_home
    async def resume_producer(self, actor: Actor, socket_id: str, call_id: str, producer_id: str) -> None:
        """Unmute a track."""
        await self._set_paused(actor, socket_id, call_id, producer_id, paused=False)

    @at_home
    async def close_producer(self, actor: Actor, socket_id: str, call_id: str, producer_id: str) -> None:
        """End a track on purpose."""
        room, seat = self._rooms.held(call_id, actor.who, socket_id)
        producer = seat.require_producer(producer_id)
        await self._end_producer(room, seat, producer, "closed")
        await self._unfinished.attempt(
            f"what is kept of the end of producer {producer_id}",
            partial(self._keep_end, seat, producer, actor),
        )

    @at_home
    async def consume(
        self,
        actor: Actor,
        socket_id: str,
        call_id: str,
        transport_id: str,
        producer_id: str,
        rtp_capabilities: JsonObject,
    ) -> ConsumerOptions:
        """Receive a track of somebody else, of those whom one's part hears and sees; created paused.

        A second one of the same track takes the place of the first: whoever asks again never heard of that.
        """
        room, seat = self._rooms.held(call_id, actor.who, socket_id)
        seat.require_transport(transport_id, Direction.RECV)
        producer = room.producer_for(seat, producer_id)
        for old in [known for known, source in seat.consumers.items() if source == producer_id]:
            del seat.consumers[old]
            with suppress(NotFoundError):  # it ended meanwhile
                await self._ports.media.close_consumer(old)
        if len(seat.consumers) >= self._limits.consumers_per_participant:
            raise LimitError("too_many_consumers")
        consumer_id = self._ports.secrets.new_id()
        seat.consumers[consumer_id] = producer_id
        try:
            made = await self._ports.media.consume(
                transport_id,
                consumer_id,
                producer_id,
                rtp_capabilities,
                IMPORTANCE[producer.track],
                paused=True,
            )
        except BaseException:
            seat.consumers.pop(consumer_id, None)
            raise
        return ConsumerOptions(
            consumer_id,
            producer_id,
            producer.track.kind,
            made["rtpParameters"],
            bool(made.get("producerPaused", producer.paused)),
        )

    @at_home
    async def pause_consumer(self, actor: Actor, socket_id: str, call_id: str, consumer_id: str) -> None:
        """Stop receiving a track for a while."""
        _, seat = self._rooms.held(call_id, actor.who, socket_id)
        seat.require_consumer(consumer_id)
        await self._ports.media.pause_consumer(consumer_id)

    @at_home
    async def resume_consumer(self, actor: Actor, socket_id: str, call_id: str, consumer_id: str) -> None:
        """Receive a track."""
        _, seat = self._rooms.held(call_id, actor.who, socket_id)
        seat.require_consumer(consumer_id)
        await self._ports.media.resume_consumer(consumer_id)

    @at_home
    async def close_consumer(self, actor: Actor, socket_id: str, call_id: str, consumer_id: str) -> None:
        """Stop receiving a track."""
        _, seat = self._rooms.held(call_id, actor.who, socket_id)
        seat.require_consumer(consumer_id)
        del seat.consumers[consumer_id]
        await self._unfinished.attempt(
            f"the end of consumer {consumer_id}", lambda: self._ports.media.close_consumer(consumer_id)
        )

    @at_home
    async def view_consumer(
        self, actor: Actor, socket_id: str, call_id: str, consumer_id: str, *, height: int
    ) -> None:
        """Say how high a picture is shown to the actor, in pixels; 0: not at all."""
        _, seat = self._rooms.held(call_id, actor.who, socket_id)
        seat.require_consumer(consumer_id)
        await self._ports.media.view_consumer(consumer_id, height)

    @at_home
    async def tell_ladder(
        self, actor: Actor, socket_id: str, call_id: str, sending: Rung, receiving: Rung
    ) -> None:
        """Tell the others how much the actor's page sends and receives; what they know already is not told.

        Raises:
            ForbiddenError: `not_in_call`, or `superseded` when another window of theirs holds the seat.
        """
        _, seat = self._rooms.held(call_id, actor.who, socket_id)
        after = replace(seat.participant, sending=sending, receiving=receiving)
        if after == seat.participant:
            return
        seat.participant = after
        await self._ports.bus.publish(ParticipantChanged(call_id, after))

    async def _end_producer(self, room: Room, seat: Seat, producer: Producer, reason: str) -> None:
        seat.producers.pop(producer.producer_id, None)
        await self._unfinished.attempt(
            f"the end of producer {producer.producer_id}",
            lambda: self._ports.media.close_producer(producer.producer_id),
        )
        pid = seat.participant.participant_id
        await self._ports.bus.publish(ProducerRemoved(room.call_id, producer.producer_id, pid, reason))

    async def _keep_end(self, seat: Seat, producer: Producer, actor: Actor) -> None:
        if producer.track is Track.DESKTOP:
            await self._set_sharing(seat, sharing=False)
        await self._desk.note(producer.call_id, LogKind.TRACK_ENDED, actor, track=producer.track.value)

    async def _set_paused(
        self,
        actor: Actor,
        socket_id: str,
        call_id: str,
        producer_id: str,
        *,
        paused: bool,
        silenced: bool = False,
    ) -> None:
        _, seat = self._rooms.held(call_id, actor.who, socket_id)
        seat.require_producer(producer_id)
        media = self._ports.media
        await (media.pause_producer if paused else media.resume_producer)(producer_id)
        now = seat.require_producer(producer_id)  # it may have ended meanwhile
        changed = replace(now, paused=paused, silenced=silenced)
        seat.producers[producer_id] = changed
        await self._ports.bus.publish(ProducerChanged(call_id, changed))

    async def _set_sharing(self, seat: Seat, *, sharing: bool) -> None:
        seat.participant = replace(seat.participant, sharing=sharing)
        await self._ports.sessions.save_participant(seat.participant)
