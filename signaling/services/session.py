"""The session: participants and generations, the registry of their media, the commands on it."""

from dataclasses import dataclass

from signaling.domain.actor import Actor
from signaling.domain.call_model import Call
from signaling.domain.collaboration import Card, Chat, Still, Stroke
from signaling.domain.ids import JsonObject
from signaling.domain.session import ConsumerOptions, Participant, Producer, Track, TransportOptions
from signaling.services.ports import MediaEvent


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything about a call, for someone who (re)joins it; TURN servers are WEB's to add."""

    call: Call
    participant_id: str
    generation: int
    participants: tuple[Participant, ...]
    producers: tuple[Producer, ...]
    epoch: str
    router_rtp_capabilities: JsonObject
    chat: tuple[Chat, ...]
    cards: tuple[Card, ...]
    stills: tuple[Still, ...]
    strokes: tuple[Stroke, ...]
    was_sharing: bool


class SessionService:
    async def join(
        self, actor: Actor, socket_id: str, call_id: str, generation: int | None, epoch: str | None
    ) -> Snapshot:
        raise NotImplementedError

    async def socket_lost(self, socket_id: str) -> None:
        raise NotImplementedError

    def participants(self, call_id: str) -> tuple[Participant, ...]:
        raise NotImplementedError

    def socket_of(self, call_id: str, participant_id: str) -> str | None:
        raise NotImplementedError

    async def create_transport(
        self, actor: Actor, socket_id: str, call_id: str, direction: str
    ) -> TransportOptions:
        raise NotImplementedError

    async def connect_transport(
        self, actor: Actor, socket_id: str, call_id: str, transport_id: str, dtls_parameters: JsonObject
    ) -> None:
        raise NotImplementedError

    async def restart_ice(self, actor: Actor, socket_id: str, call_id: str, transport_id: str) -> JsonObject:
        raise NotImplementedError

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
        label: str,
        display_surface: str | None,
    ) -> Producer:
        raise NotImplementedError

    async def pause_producer(self, actor: Actor, socket_id: str, call_id: str, producer_id: str) -> None:
        raise NotImplementedError

    async def resume_producer(self, actor: Actor, socket_id: str, call_id: str, producer_id: str) -> None:
        raise NotImplementedError

    async def close_producer(self, actor: Actor, socket_id: str, call_id: str, producer_id: str) -> None:
        raise NotImplementedError

    async def consume(
        self,
        actor: Actor,
        socket_id: str,
        call_id: str,
        transport_id: str,
        producer_id: str,
        rtp_capabilities: JsonObject,
    ) -> ConsumerOptions:
        raise NotImplementedError

    async def pause_consumer(self, actor: Actor, socket_id: str, call_id: str, consumer_id: str) -> None:
        raise NotImplementedError

    async def resume_consumer(self, actor: Actor, socket_id: str, call_id: str, consumer_id: str) -> None:
        raise NotImplementedError

    async def close_consumer(self, actor: Actor, socket_id: str, call_id: str, consumer_id: str) -> None:
        raise NotImplementedError

    async def handle_media_event(self, event: MediaEvent) -> None:
        raise NotImplementedError
