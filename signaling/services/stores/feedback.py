"""Ratings, pads and messages left."""

from collections.abc import Collection
from typing import Protocol

from signaling.domain.feedback import LeftMessage, Pad, Rating
from signaling.domain.ids import CallId, PadId, PointId


class FeedbackStore(Protocol):
    """Ratings, pads and messages."""

    async def add_rating(self, rating: Rating) -> None:
        """Insert; a real rating replaces a default one; otherwise ConflictError for a second one."""
        ...

    async def ratings(self, call_ids: Collection[CallId]) -> list[Rating]: ...

    async def add_pad(self, pad: Pad, token_digest: str) -> None: ...

    async def pad_by_token(self, token_digest: str) -> Pad | None: ...

    async def pads(self, point_id: PointId | None = None) -> list[Pad]:
        """Return pads that are not revoked."""
        ...

    async def revoke_pads(self, point_id: PointId, *, keep: int = 0) -> list[PadId]:
        """Revoke a point's pads but the `keep` newest; return the ids revoked."""
        ...

    async def save_message(self, message: LeftMessage) -> None: ...

    async def message(self, message_id: str) -> LeftMessage | None: ...

    async def messages(self, limit: int, offset: int = 0) -> list[LeftMessage]:
        """Return open ones first, then newest first."""
        ...
