"""Where people are served and who handles their matters: service points and departments."""

from dataclasses import dataclass

from signaling.domain.ids import DepartmentId, PointId, RegionCode


@dataclass(frozen=True, slots=True)
class ServicePoint:
    """A service point (就近办服务点)."""

    point_id: PointId
    name: str
    region_code: RegionCode
    phone: str
    opening_hours: str
    equipment: tuple[str, ...] = ()
    enabled: bool = True
    demo: bool = False


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
