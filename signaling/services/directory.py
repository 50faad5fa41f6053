"""The directory in memory: regions, points, departments, items, staff and skills, reloaded when they
change.
"""

from collections.abc import Sequence

from signaling.domain.items import Item
from signaling.domain.places import Department, ServicePoint
from signaling.domain.regions import RegionTree
from signaling.domain.staff import Skill, Staff
from signaling.services.ports import DirectoryData, Ports


class Directory:
    """One immutable reading of the directory; lookups raise NotFoundError (`staff_not_found`,
    `point_not_found`, …).
    """

    def __init__(self, data: DirectoryData) -> None:
        raise NotImplementedError
        self.tree = RegionTree(data.regions)

    def staff(self, staff_id: str) -> Staff:
        raise NotImplementedError

    def staff_named(self, username: str) -> Staff | None:
        raise NotImplementedError

    def all_staff(self) -> Sequence[Staff]:
        raise NotImplementedError

    def skills(self, staff_id: str) -> Sequence[Skill]:
        raise NotImplementedError

    def point(self, point_id: str) -> ServicePoint:
        raise NotImplementedError

    def all_points(self) -> Sequence[ServicePoint]:
        raise NotImplementedError

    def department(self, department_id: str) -> Department:
        raise NotImplementedError

    def all_departments(self) -> Sequence[Department]:
        raise NotImplementedError

    def department_for(self, bureau: str, region_code: str) -> Department | None:
        raise NotImplementedError

    def item(self, code: str) -> Item:
        raise NotImplementedError

    def all_items(self) -> Sequence[Item]:
        raise NotImplementedError

    def offered_in(self, code: str) -> frozenset[str]:
        raise NotImplementedError

    def is_offered(self, code: str, region_code: str) -> bool:
        raise NotImplementedError

    def title_of(self, staff: Staff) -> str:
        raise NotImplementedError


class DirectoryService:
    """Holds the current Directory."""

    def __init__(self, ports: Ports) -> None:
        raise NotImplementedError
        self._ports = ports

    @property
    def current(self) -> Directory:
        raise NotImplementedError

    async def reload(self) -> None:
        raise NotImplementedError

    async def item_version(self, code: str, version: int) -> Item:
        raise NotImplementedError
