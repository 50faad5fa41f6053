"""What the media process reports, told to whom it concerns."""

import logging
from dataclasses import replace
from typing import assert_never

from rtc_server import owner_events as told
from signaling.domain.events import (
    ConsumerClosed,
    ConsumerLayerChanged,
    ConsumerPaused,
    MediaRestarted,
    ProducerLayersWanted,
    ProducerRemoved,
    QualityChanged,
    SpeakerChanged,
    TransportChanged,
)
from signaling.domain.session import ConnectionState, Direction, LayerLimit, Quality
from signaling.services.call_desk import CallDesk
from signaling.services.ports import MediaEvent, MediaProcessLost, MediaProcessRestarted, Ports
from signaling.services.recording_switch import RecordingSwitch
from signaling.services.rooms import Room, Rooms

_log = logging.getLogger(__name__)


class MediaEvents:
    """Keeps the registry true and publishes what participants must know."""

    def __init__(self, ports: Ports, desk: CallDesk, rooms: Rooms, switch: RecordingSwitch) -> None:
        self._ports = ports
        self._desk = desk
        self._rooms = rooms
        self._switch = switch

    async def run(self) -> None:
        """Handle events until cancelled; one that fails is logged."""
        async for event in self._ports.media.events():
            try:
                await self.handle(event)
            except Exception:
                _log.exception("media event %s failed", type(event).__name__)

    async def handle(self, event: MediaEvent) -> None:
        """Handle one event; those of rooms that are gone are ignored."""
        if isinstance(event, MediaProcessRestarted | MediaProcessLost):
            await self._rejoin()
        elif (room := self._rooms.get(event.router_id)) is not None:
            await self._in_room(room, event)

    async def _in_room(self, room: Room, event: told.OwnerEvent) -> None:
        match event:
            case told.TransportStateChanged():
                await self._transport_state(room, event)
            case told.TransportQualityChanged():
                await self._quality(room, event)
            case told.ProducerClosed():
                await self._producer_closed(room, event)
            case told.ConsumerClosed():
                await self._consumer_closed(room, event)
            case told.ConsumerProducerPaused():
                await self._consumer_paused(room, event)
            case told.ConsumerLayerChanged():
                await self._consumer_layer(room, event)
            case told.ProducerLayersWanted():
                await self._producer_layers(room, event)
            case told.DataEndClosed():
                pass  # no command makes data channels
            case told.SpeakerChanged():
                await self._speaker(room, event)
            case told.RecordingStalled() | told.RecordingFailed() | told.RecordingRecovered():
                await self._recording(room, event)
            case _:
                assert_never(event)

    async def _rejoin(self) -> None:
        """Routers died with their process: their participants join again and build new transports."""
        for room in self._rooms.all():
            epoch = self._ports.media.epoch_of(room.call_id)
            if room.epoch == epoch:
                continue
            for seat in room.seats.values():
                seat.forget_media()
            await self._ports.bus.publish(MediaRestarted(room.call_id, epoch))

    async def _transport_state(self, room: Room, event: told.TransportStateChanged) -> None:
        seat = room.by_transport(event.transport_id)
        if seat is None:
            return
        if event.state is told.TransportState.CLOSED:
            seat.transports.pop(event.transport_id, None)
        if seat.socket_id is not None:
            await self._ports.bus.publish(
                TransportChanged(
                    room.call_id, seat.socket_id, event.transport_id, ConnectionState(event.state.value)
                )
            )

    async def _quality(self, room: Room, event: told.TransportQualityChanged) -> None:
        seat = room.by_transport(event.transport_id)
        if seat is None:
            return
        level = Quality(event.level.value)
        before = seat.participant
        if seat.transports[event.transport_id] == Direction.SEND:
            after = replace(before, uplink=level)
        else:
            after = replace(before, downlink=level)
        if after == before:
            return
        seat.participant = after
        await self._ports.bus.publish(
            QualityChanged(room.call_id, after.participant_id, after.uplink, after.downlink)
        )

    async def _producer_closed(self, room: Room, event: told.ProducerClosed) -> None:
        seat = room.by_producer(event.producer_id)
        if seat is None:
            return
        del seat.producers[event.producer_id]
        await self._ports.bus.publish(
            ProducerRemoved(room.call_id, event.producer_id, seat.participant.participant_id, event.reason)
        )

    async def _consumer_closed(self, room: Room, event: told.ConsumerClosed) -> None:
        seat = room.by_consumer(event.consumer_id)
        if seat is None:
            return
        producer_id = seat.consumers.pop(event.consumer_id)
        if seat.socket_id is not None:
            await self._ports.bus.publish(
                ConsumerClosed(room.call_id, seat.socket_id, event.consumer_id, producer_id, event.reason)
            )

    async def _consumer_paused(self, room: Room, event: told.ConsumerProducerPaused) -> None:
        seat = room.by_consumer(event.consumer_id)
        if seat is not None and seat.socket_id is not None:
            await self._ports.bus.publish(
                ConsumerPaused(room.call_id, seat.socket_id, event.consumer_id, event.paused)
            )

    async def _consumer_layer(self, room: Room, event: told.ConsumerLayerChanged) -> None:
        seat = room.by_consumer(event.consumer_id)
        if seat is None:
            return
        limit = LayerLimit(event.limited_by.value)
        seat.note_layer(event.consumer_id, event.layer, limit)
        if seat.socket_id is not None:
            await self._ports.bus.publish(
                ConsumerLayerChanged(
                    room.call_id, seat.socket_id, event.consumer_id, event.layer, event.layers, limit
                )
            )

    async def _producer_layers(self, room: Room, event: told.ProducerLayersWanted) -> None:
        seat = room.by_producer(event.producer_id)
        if seat is not None and seat.socket_id is not None:
            await self._ports.bus.publish(
                ProducerLayersWanted(room.call_id, seat.socket_id, event.producer_id, event.max_layer)
            )

    async def _speaker(self, room: Room, event: told.SpeakerChanged) -> None:
        seat = room.by_producer(event.producer_id) if event.producer_id is not None else None
        pid = seat.participant.participant_id if seat else None
        await self._ports.bus.publish(SpeakerChanged(room.call_id, pid))

    async def _recording(self, room: Room, event: told.RecordingEvent) -> None:
        """Recording that does not grow is told to everybody within seconds, until every track grows again."""
        track = event.lane, event.track
        match event:
            case told.RecordingStalled():
                room.failing.setdefault(track, f"stalled|{event.lane}|{event.track}")
            case told.RecordingFailed():
                room.failing[track] = event.error
            case told.RecordingRecovered():
                room.failing.pop(track, None)
        call = self._desk.live_call(room.call_id)
        if call is not None and call.is_joined:
            await self._switch.tracks_changed(room.call_id)
