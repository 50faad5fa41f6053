"""Where people are served and who handles their matters: service points and departments."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from signaling.domain.control.policy import EVERYTHING, ControlPolicy
from signaling.domain.ids import DepartmentId, PointId, RegionCode
from signaling.domain.items import GENERAL_DESK, is_general_desk


@dataclass(frozen=True, slots=True)
class ServicePoint:
    """A service point (就近办服务点); `languages` are those people speak around it."""

    point_id: PointId
    name: str
    region_code: RegionCode
    phone: str
    opening_hours: str
    equipment: tuple[str, ...] = ()
    enabled: bool = True
    demo: bool = False
    languages: tuple[str, ...] = ()
    control: ControlPolicy = EVERYTHING
    """What may be granted of its counter PCs at most."""
    relay_only: bool = False
    """Its people's media goes through the TURN servers only: its firewall lets nothing else out."""


@dataclass(frozen=True, slots=True)
class Department:
    """A department of one region, with the phone and hours told to those nobody can answer.

    `bureau` is the name items carry (医疗保障局), `name` the full one (贡山县医疗保障局), `spoken` what
    people say (县医保局).
    """

    department_id: DepartmentId
    bureau: str
    name: str
    spoken: str
    region_code: RegionCode
    phone: str
    office_hours: str
    enabled: bool = True


def serves(department: Department, bureau: str) -> bool:
    """True when a department is the bureau's; the general desk has a name of its own in each county."""
    desk = bureau == GENERAL_DESK.department and is_general_desk(department.bureau)
    return desk or department.bureau == bureau


def department_for(
    departments: Iterable[Department], bureau: str, above: Sequence[RegionCode]
) -> Department | None:
    """Return the bureau's open department that serves a place: the nearest region up that has one.

    Args:
        above: the place's region and those above it, nearest first.
    """
    near = {code: distance for distance, code in enumerate(above)}
    serving = (one for one in departments if one.enabled and one.region_code in near and serves(one, bureau))
    return min(serving, key=lambda one: near[one.region_code], default=None)
