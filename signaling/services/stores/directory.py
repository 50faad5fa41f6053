"""The county's directory."""

from collections.abc import Collection
from typing import Protocol

from signaling.domain.directory_data import DirectoryChange, DirectoryData
from signaling.domain.ids import ItemCode, StaffId
from signaling.domain.items import Item
from signaling.domain.staff import Staff


class DirectoryStore(Protocol):
    """Regions, points, departments, items with their drafts, staff and skills."""

    async def load(self) -> DirectoryData: ...

    async def revision(self) -> int:
        """Return how often the directory was changed, by whatever process."""
        ...

    async def apply(self, change: DirectoryChange, *, if_revision: int | None = None) -> None:
        """Make a change, as a whole.

        Raises ConflictError: a user name is taken, or the directory is not at `if_revision` any more.
        """
        ...

    async def item(self, code: ItemCode, version: int) -> Item | None: ...

    async def people(self, staff_ids: Collection[StaffId]) -> dict[StaffId, Staff]:
        """Return those of some that exist, by their ids."""
        ...
