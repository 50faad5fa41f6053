"""Where help is asked and given: regions, service points and departments."""

from signaling.web.messages.base import Message, RegionLevel


class RegionView(Message):
    """A node of the region tree; `path` names it from the county down, e.g. 贡山县 / 独龙江乡."""

    code: str
    name: str
    level: RegionLevel
    parent: str | None
    path: str
    retired: bool


class PointView(Message):
    """A service point (就近办服务点)."""

    point_id: str
    name: str
    region_code: str
    region_path: str
    phone: str
    opening_hours: str
    equipment: list[str]
    languages: list[str]
    """What people speak around it."""
    enabled: bool
    demo: bool
    relay_only: bool
    """Its people's media goes through the TURN servers only."""
    pad_paired: bool
    pads: int
    """Rating pads paired with the point."""


class DepartmentView(Message):
    """A department (部门) of one region, with the phone and hours told to those nobody can answer."""

    department_id: str
    bureau: str
    name: str
    spoken: str
    region_code: str
    phone: str
    office_hours: str
    enabled: bool
