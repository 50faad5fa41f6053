"""Helpers of counter PCs."""

from collections.abc import Collection
from typing import Protocol

from signaling.domain.counters import CounterHelper
from signaling.domain.ids import PointId


class HelperStore(Protocol):
    """Helpers of counter PCs."""

    async def add(self, helper: CounterHelper, key_digest: str) -> None: ...

    async def by_key(self, key_digest: str) -> CounterHelper | None:
        """Return the helper that has this key, unless it was revoked."""
        ...

    async def of_point(self, point_id: PointId) -> list[CounterHelper]:
        """Return helpers that are not revoked, the oldest first."""
        ...

    async def revoke(self, helper_ids: Collection[str]) -> None: ...
