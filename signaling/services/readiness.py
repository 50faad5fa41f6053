"""What is still missing before the first call can ring, and why nobody would be rung for one call."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from signaling.domain.actor import Actor
from signaling.domain.items import Item
from signaling.domain.places import ServicePoint
from signaling.domain.readiness import Finding, Setup, findings
from signaling.domain.roles import Permission, Role
from signaling.domain.routing.one_by_one import Verdict
from signaling.services.directory import DirectoryService
from signaling.services.pads import PadService
from signaling.services.places import PlaceService
from signaling.services.ports import Ports
from signaling.services.presence import PresenceService
from signaling.services.routing import RoutingService
from signaling.services.scope import require_region
from signaling.services.settings import ServiceSettings


class Obstacle(StrEnum):
    """Why a call cannot even be requested."""

    POINT_CLOSED = "point_closed"
    NO_CLERK = "no_clerk"
    ITEM_NOT_REQUESTABLE = "item_not_requestable"
    ITEM_NOT_OFFERED = "item_not_offered"
    NO_MEDIA = "no_media"


@dataclass(frozen=True, slots=True)
class WhyNot:
    """Who would be rung for an item at a point right now, and why each other would not be."""

    obstacles: Sequence[Obstacle]
    people: Sequence[Verdict]


class ReadinessService:
    """Looks at everything a first call needs."""

    def __init__(
        self,
        ports: Ports,
        settings: ServiceSettings,
        directory: DirectoryService,
        presence: PresenceService,
        routing: RoutingService,
        places: PlaceService,
        pads: PadService,
    ) -> None:
        self._ports = ports
        self._settings = settings
        self._directory = directory
        self._presence = presence
        self._routing = routing
        self._places = places
        self._pads = pads

    async def findings(self, actor: Actor) -> Sequence[Finding]:
        """Answer every question for the points of the actor's region; needs `readiness.read`."""
        actor.require(Permission.READINESS_READ)
        seen = self._presence.known()
        media, relays = await asyncio.gather(self._has_media(), self._ports.relays())
        setup = Setup(
            data=self._directory.current.data,
            points=tuple(self._places.points(actor)),
            paired=await self._pads.paired(),
            signed_in=frozenset(who for who, presence in seen.items() if presence.online),
            deployment=self._settings.deployment,
            media=media,
            relays=relays,
            free_bytes=await asyncio.to_thread(self._ports.free_bytes),
        )
        return await asyncio.to_thread(findings, setup)  # a city takes a second

    async def why_not(self, actor: Actor, point_id: str, item_code: str, language: str) -> WhyNot:
        """Say who would be rung for an item at a point of the actor's region, and why nobody else."""
        actor.require(Permission.READINESS_READ)
        directory = self._directory.current
        point, item = directory.point(point_id), directory.item(item_code)
        require_region(directory, actor, point.region_code)
        people = self._routing.one_by_one(item, point.region_code, language)
        return WhyNot(tuple(await self._obstacles(point, item)), people)

    async def _obstacles(self, point: ServicePoint, item: Item) -> Sequence[Obstacle]:
        directory = self._directory.current
        clerks = (
            one
            for one in directory.all_staff()
            if one.enabled and Role.CLERK in one.roles and one.point_id == point.point_id
        )
        found = {
            Obstacle.POINT_CLOSED: not point.enabled,
            Obstacle.NO_CLERK: not any(clerks),
            Obstacle.ITEM_NOT_REQUESTABLE: not item.requestable,
            Obstacle.ITEM_NOT_OFFERED: not directory.is_offered(item.code, point.region_code),
            Obstacle.NO_MEDIA: not await self._has_media(),
        }
        return [obstacle for obstacle, stands in found.items() if stands]

    async def _has_media(self) -> bool:
        return bool(await self._ports.media.stats())
