"""Pages of what is of record in a session: the newest with the snapshot, older ones when asked for.

Whoever joins over a line of 1 Mbit/s is in the session within seconds, however much was said and drawn.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from signaling.domain.actor import Actor
from signaling.domain.errors import StateError
from signaling.domain.record import Mark, Page, PageBounds, RecordKind, page_of
from signaling.services.call_desk import CallDesk
from signaling.services.ports import Ports
from signaling.services.rooms import Rooms
from signaling.services.scope import require_member

BOUNDS: Final[Mapping[RecordKind, PageBounds]] = MappingProxyType(
    {
        RecordKind.CHAT: PageBounds(entries=50, size_bytes=48 * 1024),
        RecordKind.CARDS: PageBounds(entries=20, size_bytes=32 * 1024),
        RecordKind.STILLS: PageBounds(entries=40, size_bytes=24 * 1024),
        RecordKind.STROKES: PageBounds(entries=100, size_bytes=48 * 1024),
    }
)
"""Of each list at most so much at once: all four, 152 KiB, take 1.3 s at 1 Mbit/s."""


class RecordService:
    """Reads a session's record for those in it."""

    def __init__(self, ports: Ports, desk: CallDesk, rooms: Rooms) -> None:
        self._ports = ports
        self._desk = desk
        self._rooms = rooms

    async def newest(self, call_id: str, kind: RecordKind) -> Page:
        """Return the newest page, for who was just seated."""
        return await self._page(call_id, kind, None)

    async def earlier(self, actor: Actor, call_id: str, kind: RecordKind, before: Mark) -> Page:
        """Return the page before a mark.

        Raises:
            ForbiddenError: `not_in_call`. StateError: `bad_state` unless the call is connected.
        """
        call = await self._desk.load(call_id)
        require_member(call, actor)
        if not call.is_joined:
            raise StateError("bad_state", state=call.state.value)
        return await self._page(call_id, kind, before)

    async def _page(self, call_id: str, kind: RecordKind, before: Mark | None) -> Page:
        bounds = BOUNDS[kind]
        rows = await self._ports.sessions.newest(
            kind, call_id, before=before, limit=bounds.entries + 1, over=self._pictures(call_id, kind)
        )
        return page_of(rows, bounds)

    def _pictures(self, call_id: str, kind: RecordKind) -> frozenset[str] | None:
        """Drawings over pictures that are gone are shown to nobody; None: it does not matter here."""
        room = self._rooms.get(call_id)
        if kind is not RecordKind.STROKES or room is None:
            return None
        return frozenset(producer.producer_id for producer in room.producers())
