"""That what rows name is there, once everything in the files is: regions, departments, points, people."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from signaling.domain.places import Department, ServicePoint
from signaling.domain.regions import Region, is_below
from signaling.domain.roles import Role, is_administrator
from signaling.domain.staff import Staff


class Wrong(NamedTuple):
    """What is wrong with a column, and what to do."""

    field: str
    problem: str
    remedy: str


class Places(NamedTuple):
    """Everything that may be named, as it would be after the import."""

    regions: Mapping[str, Region]
    departments: Mapping[str, Department]
    points: Mapping[str, ServicePoint]


def check_region(region: Region, there: Places) -> Iterator[Wrong]:
    """The region above is there and wider; nothing goes round in a circle, as every step is wider."""
    if region.parent is None:
        return
    above = there.regions.get(region.parent)
    if above is None:
        yield Wrong("parent", f"names no region ({region.parent})", "Add that region to the regions file")
    elif not is_below(region.level, above.level):
        yield Wrong("level", f"is not below that of {above.name}", "Correct the level, or the region above")
    elif above.retired and not region.retired:
        yield Wrong("parent", f"names a region that is not enabled ({above.code})", "Choose another one")


def check_retired(region: Region, there: Places, staff: Iterable[Staff]) -> Iterator[Wrong]:
    """Nothing that is open lies in a region that is retired."""
    if not region.retired:
        return
    here = [
        point.name for point in there.points.values() if _open_in(region, point.region_code, point.enabled)
    ]
    here += [one.name for one in there.departments.values() if _open_in(region, one.region_code, one.enabled)]
    here += [one.username for one in staff if _open_in(region, one.region_code, one.enabled)]
    if here:
        yield Wrong("enabled", f"is no, but {here[0]} is here", "Move or disable what is in the region first")


def _open_in(region: Region, region_code: str, enabled: bool) -> bool:
    return enabled and region_code == region.code


def check_department(department: Department, there: Places) -> Iterator[Wrong]:
    """Its region is open, and has no other open department of the bureau: whose phone would be told?"""
    yield from _region(department.region_code, there, enabled=department.enabled)
    for other in there.departments.values():
        same = (other.bureau, other.region_code) == (department.bureau, department.region_code)
        if same and other.enabled and department.enabled and other.department_id != department.department_id:
            yield Wrong("bureau", f"is that of {other.department_id} too", "Keep one, and disable the other")
            return


def check_point(point: ServicePoint, there: Places) -> Iterator[Wrong]:
    """Its region is there and open."""
    return _region(point.region_code, there, enabled=point.enabled)


def check_staff(person: Staff, present: Staff | None, there: Places) -> Iterator[Wrong]:
    """Region, departments and point are there; administrators are left alone."""
    if present is not None and is_administrator(present.roles):
        yield Wrong("username", "is an administrator's", "Use `bangban admin` or the console for them")
    yield from _region(person.region_code, there, enabled=person.enabled)
    for department_id in person.department_ids:
        if department_id not in there.departments:
            yield Wrong(
                "departments", f"names no department ({department_id})", "Write codes of the departments file"
            )
    if person.point_id is not None and person.point_id not in there.points:
        yield Wrong("point", f"names no point ({person.point_id})", "Write a code of the points file")
    if Role.CLERK in person.roles and person.point_id is None:
        yield Wrong("point", "is empty", "A clerk works at a point: write its code")


def check_offered(offered_in: Iterable[str], there: Places) -> Iterator[Wrong]:
    """The regions in which an item is offered are there."""
    for code in offered_in:
        if code not in there.regions:
            yield Wrong("offered_in", f"names no region ({code})", "Write codes of the regions file")


def _region(code: str, there: Places, *, enabled: bool) -> Iterator[Wrong]:
    region = there.regions.get(code)
    if code and region is None:
        yield Wrong("region", f"names no region ({code})", "Write a code of the regions file")
    elif region is not None and region.retired and enabled:
        yield Wrong("region", f"names a region that is not enabled ({code})", "Choose another one")
