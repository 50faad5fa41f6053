"""The directory as rows again; importing them changes nothing."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

from signaling.domain.directory_data import DirectoryData
from signaling.domain.items import Item
from signaling.domain.places import Department, ServicePoint
from signaling.domain.regions import Region, RegionLevel
from signaling.domain.roles import is_administrator
from signaling.domain.sheets.table import Cell, Sheet
from signaling.domain.staff import Staff

Cells: TypeAlias = Mapping[str, Cell]
_FROM_THE_WIDEST: Final = tuple(RegionLevel)


def sheets_of(data: DirectoryData) -> Mapping[Sheet, Sequence[Cells]]:
    """Return every table's rows; administrators are left out."""
    offered: dict[str, list[str]] = defaultdict(list)
    for code, region_code in sorted(data.offerings):
        offered[code].append(region_code)
    people = [person for person in data.staff if not is_administrator(person.roles)]
    names = {person.staff_id: person.username for person in people}
    regions = sorted(data.regions, key=lambda one: (_FROM_THE_WIDEST.index(one.level), one.code))
    return {
        Sheet.REGIONS: [_region(one) for one in regions],
        Sheet.DEPARTMENTS: [_department(one) for one in data.departments],
        Sheet.POINTS: [_point(one) for one in data.points],
        Sheet.ITEMS: [_item(one, offered[one.code]) for one in data.items],
        Sheet.STAFF: [_staff(one) for one in people],
        Sheet.SKILLS: [
            {
                "username": names[one.staff_id],
                "kind": one.kind.value,
                "target": one.target,
                "level": str(one.level),
            }
            for one in data.skills
            if one.staff_id in names
        ],
    }


def _region(region: Region) -> Cells:
    return {
        "code": region.code,
        "name": region.name,
        "level": region.level.value,
        "parent": region.parent or "",
        "enabled": _flag(not region.retired),
    }


def _department(department: Department) -> Cells:
    return {
        "code": department.department_id,
        "bureau": department.bureau,
        "name": department.name,
        "spoken": department.spoken,
        "region": department.region_code,
        "phone": department.phone,
        "office_hours": department.office_hours,
        "enabled": _flag(department.enabled),
    }


def _point(point: ServicePoint) -> Cells:
    return {
        "code": point.point_id,
        "name": point.name,
        "region": point.region_code,
        "phone": point.phone,
        "opening_hours": point.opening_hours,
        "equipment": point.equipment,
        "languages": point.languages,
        "enabled": _flag(point.enabled),
    }


def _item(item: Item, offered_in: Sequence[str]) -> Cells:
    return {
        "code": item.code,
        "name": item.name,
        "department": item.department,
        "level": item.level,
        "keywords": item.keywords,
        "materials": item.materials,
        "steps": item.steps,
        "faq": tuple(text for one in item.questions for text in (one.question, one.answer)),
        "languages": item.languages,
        "lifecycle": item.lifecycle.value,
        "offered_in": tuple(offered_in),
    }


def _staff(person: Staff) -> Cells:
    return {
        "username": person.username,
        "name": person.name,
        "roles": tuple(sorted(role.value for role in person.roles)),
        "posts": tuple(sorted(post.value for post in person.posts)),
        "region": person.region_code,
        "departments": person.department_ids,
        "point": person.point_id or "",
        "languages": person.languages,
        "enabled": _flag(person.enabled),
    }


def _flag(value: bool) -> str:
    return "yes" if value else "no"
