"""Ratings from paired pads, and 留言."""

from dataclasses import dataclass

from signaling.domain.actor import Actor
from signaling.domain.events import RatingRequested
from signaling.domain.feedback import LeftMessage, Pad, Rating, RatingLevel


@dataclass(frozen=True, slots=True)
class PadCredential:
    """A freshly paired pad and its device token, shown once."""

    pad: Pad
    token: str


class PadService:
    async def code(self, actor: Actor) -> tuple[str, int]:
        raise NotImplementedError

    async def pair(self, code: str, address: str) -> PadCredential:
        raise NotImplementedError

    async def pair_demo(self, point_id: str, address: str) -> PadCredential:
        raise NotImplementedError

    async def actor_of(self, token: str, address: str) -> Actor:
        raise NotImplementedError

    async def paired_points(self) -> frozenset[str]:
        raise NotImplementedError


class RatingService:
    def open_request(self, point_id: str) -> RatingRequested | None:
        raise NotImplementedError

    async def submit(
        self, actor: Actor, call_id: str, item_code: str, level: RatingLevel, comment: str
    ) -> Rating:
        raise NotImplementedError


class MessageService:
    async def leave(self, actor: Actor, call_id: str, name: str, phone: str, question: str) -> LeftMessage:
        raise NotImplementedError

    async def messages(self, actor: Actor) -> list[LeftMessage]:
        raise NotImplementedError

    async def close(self, actor: Actor, message_id: str, answer: str) -> LeftMessage:
        raise NotImplementedError

    def visible_to(self, message: LeftMessage, actor: Actor) -> bool:
        raise NotImplementedError
