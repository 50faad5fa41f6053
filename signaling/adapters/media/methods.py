"""The methods of `MediaPlane` as requests of the control channel; subclasses choose who answers them."""

from abc import ABC, abstractmethod

from rtc_server.importance import Importance
from rtc_server.tap_commands import (
    TAP_COMMANDS,
    TAP_OPENINGS,
    TRACK_TAGS,
    OpenTap,
    PauseTap,
    ResumeTap,
    TapCommand,
    TrackTags,
)
from signaling.domain.ids import ConsumerId, JsonObject, ProducerId, TransportId
from signaling.domain.lines.meter import LineCounters, StreamCounters
from signaling.domain.session import Direction


class MediaMethods(ABC):
    """Names and parameters of the control channel, in one place."""

    @abstractmethod
    async def request(self, method: str, params: JsonObject) -> JsonObject:
        """Ask the media process the parameters concern; raises `DomainError` when refused."""

    async def create_router(self, router_id: str, tap: OpenTap | None) -> JsonObject:
        """Return the router's RTP capabilities; the same id again returns the same router."""
        opening = TAP_OPENINGS.write(tap) if tap is not None else None
        result = await self.request("router.create", {"routerId": router_id, "tap": opening})
        capabilities: JsonObject = result["rtpCapabilities"]
        return capabilities

    async def close_router(self, router_id: str) -> None:
        """Close a router and everything in it."""
        await self.request("router.close", {"routerId": router_id})

    async def lines(self, router_id: str) -> dict[TransportId, LineCounters]:
        """Return what the lines of a router's transports carried and lost so far."""
        result = await self.request("router.lines", {"routerId": router_id})
        return {line["id"]: _counters(line) for line in result["lines"]}

    async def create_transport(
        self, router_id: str, transport_id: TransportId, direction: Direction, *, sctp: bool
    ) -> JsonObject:
        """Return mediasoup-client's transport options."""
        wanted = {"routerId": router_id, "transportId": transport_id, "direction": direction, "sctp": sctp}
        return await self.request("transport.create", wanted)

    async def connect_transport(self, transport_id: TransportId, dtls_parameters: JsonObject) -> None:
        """Hand over the client's fingerprints and role."""
        wanted = {"transportId": transport_id, "dtlsParameters": dtls_parameters}
        await self.request("transport.connect", wanted)

    async def restart_ice(self, transport_id: TransportId) -> JsonObject:
        """Return the new iceParameters."""
        result = await self.request("transport.restartIce", {"transportId": transport_id})
        parameters: JsonObject = result["iceParameters"]
        return parameters

    async def close_transport(self, transport_id: TransportId) -> None:
        """Close a transport with its producers and consumers."""
        await self.request("transport.close", {"transportId": transport_id})

    async def produce(
        self,
        transport_id: TransportId,
        producer_id: ProducerId,
        kind: str,
        rtp_parameters: JsonObject,
        tags: TrackTags,
        *,
        paused: bool,
    ) -> JsonObject:
        """Create a producer; return its id and type."""
        wanted = {
            "transportId": transport_id,
            "producerId": producer_id,
            "kind": kind,
            "rtpParameters": rtp_parameters,
            "appData": TRACK_TAGS.write(tags),
            "paused": paused,
        }
        return await self.request("producer.create", wanted)

    async def pause_producer(self, producer_id: ProducerId) -> None:
        """Forward nothing of it."""
        await self.request("producer.pause", {"producerId": producer_id})

    async def resume_producer(self, producer_id: ProducerId) -> None:
        """Forward it again."""
        await self.request("producer.resume", {"producerId": producer_id})

    async def close_producer(self, producer_id: ProducerId) -> None:
        """Close it and its consumers."""
        await self.request("producer.close", {"producerId": producer_id})

    async def consume(
        self,
        transport_id: TransportId,
        consumer_id: ConsumerId,
        producer_id: ProducerId,
        rtp_capabilities: JsonObject,
        importance: Importance,
        *,
        paused: bool,
    ) -> JsonObject:
        """Create a consumer; return mediasoup-client's consumer options."""
        wanted = {
            "transportId": transport_id,
            "consumerId": consumer_id,
            "producerId": producer_id,
            "rtpCapabilities": rtp_capabilities,
            "importance": importance.value,
            "paused": paused,
        }
        return await self.request("consumer.create", wanted)

    async def view_consumer(self, consumer_id: ConsumerId, height: int) -> None:
        """Say how high its picture is shown, in pixels; 0: not at all."""
        await self.request("consumer.view", {"consumerId": consumer_id, "height": height})

    async def pause_consumer(self, consumer_id: ConsumerId) -> None:
        """Send nothing to this one."""
        await self.request("consumer.pause", {"consumerId": consumer_id})

    async def resume_consumer(self, consumer_id: ConsumerId) -> None:
        """Send to this one again."""
        await self.request("consumer.resume", {"consumerId": consumer_id})

    async def close_consumer(self, consumer_id: ConsumerId) -> None:
        """Close it."""
        await self.request("consumer.close", {"consumerId": consumer_id})

    async def pause_recording(
        self, router_id: str, reason: str, tracks: tuple[str, ...] | None = None
    ) -> None:
        """Keep nothing of these tracks (all for None) until resumed."""
        await self._control_tap(router_id, PauseTap(reason, tracks))

    async def resume_recording(self, router_id: str, tracks: tuple[str, ...] | None = None) -> None:
        """Keep these tracks (all for None) again."""
        await self._control_tap(router_id, ResumeTap(tracks))

    async def _control_tap(self, router_id: str, command: TapCommand) -> None:
        await self.request("tap.control", {"routerId": router_id, "command": TAP_COMMANDS.write(command)})


def _counters(line: JsonObject) -> LineCounters:
    streams = {
        stream["id"]: StreamCounters(
            is_sound=stream["kind"] == "audio",
            packets=stream["packets"],
            lost=stream.get("lost", 0),
            loss=stream.get("loss", 0.0),
            jitter_ms=stream["jitterMs"],
        )
        for stream in line["streams"]
    }
    return LineCounters(line["received"], line["sent"], line["rttMs"], streams)
