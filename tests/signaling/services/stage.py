"""A connected call with both people in it."""

from signaling.domain.call_model import Call
from signaling.domain.session import Producer, Track
from signaling.services.session import Snapshot
from tests.signaling.services.fakes import House


class Stage:
    """A connected call with both people in it."""

    def __init__(self, house: House, call: Call) -> None:
        self.house = house
        self.session = house.services.session
        self.media = house.services.media
        self.call_id = call.call_id
        self.sockets = {"wangxiuying": "wangxiuying-1", "liming": "liming-1"}
        self.snapshots: dict[str, Snapshot] = {}

    async def join(self, name: str, generation: int | None = None, epoch: str | None = None) -> Snapshot:
        snapshot = await self.session.join(
            self.house.actor(name), self.sockets[name], self.call_id, generation, epoch
        )
        self.snapshots[name] = snapshot
        return snapshot

    async def transport(self, name: str, direction: str) -> str:
        made = await self.media.create_transport(
            self.house.actor(name), self.sockets[name], self.call_id, direction
        )
        return made.transport_id

    async def produce(self, name: str, transport_id: str, track: Track = Track.CAMERA) -> Producer:
        return await self.media.produce(
            self.house.actor(name),
            self.sockets[name],
            self.call_id,
            transport_id,
            track,
            {},
            paused=False,
            display_surface=None,
        )

    async def consume(self, name: str, transport_id: str, producer_id: str) -> str:
        made = await self.media.consume(
            self.house.actor(name), self.sockets[name], self.call_id, transport_id, producer_id, {}
        )
        return made.consumer_id

    async def lose(self, name: str) -> None:
        await self.session.socket_lost(self.sockets[name])
        await self.house.services.presence.socket_lost(self.house.actor(name), self.sockets[name])

    async def reload(self, name: str) -> None:
        await self.lose(name)
        self.sockets[name] = await self.house.connect(name)


async def in_call(house: House) -> Stage:
    """Connect a clerk and a specialist, both joined."""
    await house.connect("wangxiuying")
    await house.online("liming")
    stage = Stage(house, await house.accept(await house.request()))
    await stage.join("wangxiuying")
    await stage.join("liming")
    return stage
