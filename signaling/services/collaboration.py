"""Chat, cards, stills, strokes: stored first, then told."""

from signaling.domain.actor import Actor
from signaling.domain.collaboration import Card, CardKind, Chat, Point, Still
from signaling.domain.session import Track


class CollaborationService:
    async def send_chat(self, actor: Actor, call_id: str, text: str) -> Chat:
        raise NotImplementedError

    async def push_card(
        self, actor: Actor, call_id: str, kind: CardKind, *, item_code: str | None, title: str, body: str
    ) -> Card:
        raise NotImplementedError

    async def take_still(
        self,
        actor: Actor,
        call_id: str,
        *,
        track: Track,
        width: int,
        height: int,
        sha256: str,
        media_type: str,
        data: bytes,
    ) -> Still:
        raise NotImplementedError

    async def stills(self, call_id: str) -> list[Still]:
        raise NotImplementedError

    async def still_bytes(self, still_id: str) -> tuple[Still, bytes]:
        raise NotImplementedError

    async def draw(
        self,
        actor: Actor,
        call_id: str,
        *,
        stroke_id: str,
        producer_id: str,
        color: str,
        width: float,
        points: tuple[Point, ...],
        done: bool,
    ) -> None:
        raise NotImplementedError

    async def point(
        self, actor: Actor, call_id: str, producer_id: str, x: float | None, y: float | None
    ) -> None:
        raise NotImplementedError

    async def clear(self, actor: Actor, call_id: str, producer_id: str) -> None:
        raise NotImplementedError
