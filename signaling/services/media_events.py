"""What the media process reports, told to whom it concerns."""

import logging
from dataclasses import replace

from signaling.domain.call_inputs import RecordingSet
from signaling.domain.call_model import RecordingState
from signaling.domain.errors import DomainError
from signaling.domain.events import (
    ConsumerClosed,
    ConsumerPaused,
    MediaRestarted,
    ProducerRemoved,
    QualityChanged,
    SpeakerChanged,
    TransportChanged,
)
from signaling.domain.ids import JsonObject
from signaling.domain.session import Quality
from signaling.services.call_desk import CallDesk
from signaling.services.ports import MediaEvent, Ports
from signaling.services.rooms import Room, Rooms
from signaling.services.stores import ConflictError

_log = logging.getLogger(__name__)


class MediaEvents:
    """Keeps the registry true and publishes what participants must know."""

    def __init__(self, ports: Ports, desk: CallDesk, rooms: Rooms) -> None:
        self._ports = ports
        self._desk = desk
        self._rooms = rooms

    async def run(self) -> None:
        """Handle events until cancelled; one that fails is logged."""
        async for event in self._ports.media.events():
            try:
                await self.handle(event)
            except Exception:
                _log.exception("media event %s failed", event.name)

    async def handle(self, event: MediaEvent) -> None:
        """Handle one event; those of rooms that are gone are ignored."""
        if event.name == "media.epoch":
            await self._restarted()
            return
        room = self._rooms.get(str(event.data.get("routerId", "")))
        if room is None:
            return
        match event.name:
            case "transport.state":
                await self._transport_state(room, event.data)
            case "transport.quality":
                await self._quality(room, event.data)
            case "producer.closed":
                await self._producer_closed(room, event.data)
            case "consumer.closed":
                await self._consumer_closed(room, event.data)
            case "consumer.producerPaused" | "consumer.producerResumed":
                await self._consumer_paused(room, event.data, event.name.endswith("Paused"))
            case "router.speaker":
                await self._speaker(room, event.data)
            case "tap.event":
                await self._tap(room, str(event.data.get("name")), event.data.get("data") or {})

    async def _restarted(self) -> None:
        """Routers died with their process: their participants join again and build new transports."""
        for room in self._rooms.all():
            epoch = self._ports.media.epoch_of(room.call_id)
            if room.epoch == epoch:
                continue
            for seat in room.seats.values():
                seat.forget_media()
            await self._ports.bus.publish(MediaRestarted(room.call_id, epoch))

    async def _transport_state(self, room: Room, data: JsonObject) -> None:
        seat = room.by_transport(data["transportId"])
        if seat is None:
            return
        if data["state"] == "closed":
            seat.transports.pop(data["transportId"], None)
        if seat.socket_id is not None:
            await self._ports.bus.publish(
                TransportChanged(room.call_id, seat.socket_id, data["transportId"], data["state"])
            )

    async def _quality(self, room: Room, data: JsonObject) -> None:
        seat = room.by_transport(data["transportId"])
        if seat is None:
            return
        level = Quality(data["level"])
        if seat.participant.quality is not level:
            seat.participant = replace(seat.participant, quality=level)
            await self._ports.bus.publish(
                QualityChanged(room.call_id, seat.participant.participant_id, level)
            )

    async def _producer_closed(self, room: Room, data: JsonObject) -> None:
        seat = room.by_producer(data["producerId"])
        if seat is None:
            return
        del seat.producers[data["producerId"]]
        await self._ports.bus.publish(
            ProducerRemoved(
                room.call_id,
                data["producerId"],
                seat.participant.participant_id,
                str(data.get("reason", "closed")),
            )
        )

    async def _consumer_closed(self, room: Room, data: JsonObject) -> None:
        seat = room.by_consumer(data["consumerId"])
        if seat is None:
            return
        producer_id = seat.consumers.pop(data["consumerId"])
        if seat.socket_id is not None:
            reason = str(data.get("reason", "closed"))
            await self._ports.bus.publish(
                ConsumerClosed(room.call_id, seat.socket_id, data["consumerId"], producer_id, reason)
            )

    async def _consumer_paused(self, room: Room, data: JsonObject, paused: bool) -> None:
        seat = room.by_consumer(data["consumerId"])
        if seat is not None and seat.socket_id is not None:
            await self._ports.bus.publish(
                ConsumerPaused(room.call_id, seat.socket_id, data["consumerId"], paused)
            )

    async def _speaker(self, room: Room, data: JsonObject) -> None:
        seat = room.by_producer(str(data.get("producerId")))
        pid = seat.participant.participant_id if seat else None
        await self._ports.bus.publish(SpeakerChanged(room.call_id, pid))

    async def _tap(self, room: Room, name: str, data: JsonObject) -> None:
        """Recording that does not grow is told to everybody within seconds, until every track grows again."""
        track = str(data.get("lane", "")), str(data.get("track", ""))
        match name:
            case "recording.stalled":
                room.failing.setdefault(track, f"stalled|{track[0]}")
            case "recording.failed":
                room.failing[track] = str(data.get("reason", "failed"))
            case "recording.recovered":
                room.failing.pop(track, None)
            case _:
                return
        call = self._desk.live_call(room.call_id)
        if call is None or not call.is_joined or call.recording is RecordingState.PAUSED:
            return
        why = next(iter(room.failing.values()), None)
        given = RecordingSet(RecordingState.RECORDING if why is None else RecordingState.FAILED, why)
        try:
            await self._desk.step(room.call_id, given)
        except (DomainError, ConflictError) as error:
            _log.info("call %s: %s not noted (%s)", room.call_id, name, error)
