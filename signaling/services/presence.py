"""Presence by evidence. WEB calls socket_connected / socket_lost / beat for EVERY staff socket."""

from signaling.domain.actor import Actor
from signaling.domain.presence import Presence, PresenceState


class PresenceService:
    async def socket_connected(self, actor: Actor, socket_id: str) -> Presence | None:
        raise NotImplementedError

    async def socket_lost(self, actor: Actor, socket_id: str) -> None:
        raise NotImplementedError

    async def beat(self, staff_id: str) -> None:
        raise NotImplementedError

    async def used(self, actor: Actor) -> None:
        raise NotImplementedError

    async def set(self, actor: Actor, state: PresenceState, reason: str, *, sound_unlocked: bool) -> Presence:
        raise NotImplementedError

    async def of(self, staff_id: str) -> Presence:
        raise NotImplementedError

    async def visible(self, actor: Actor) -> list[Presence]:
        raise NotImplementedError
