"""Regions, service points, departments and items."""

from collections.abc import Mapping
from datetime import UTC, datetime

from signaling.domain.items import Item
from signaling.domain.places import Department, ServicePoint
from signaling.domain.regions import Region
from signaling.services.directory import Directory
from signaling.web.messages.views.items import ItemView, QuestionAnswer
from signaling.web.messages.views.places import DepartmentView, PointView, RegionView


def moment(seconds: float) -> datetime:
    """Return wall seconds as a time with a zone."""
    return datetime.fromtimestamp(seconds, UTC)


def moment_or_none(seconds: float | None) -> datetime | None:
    """Return wall seconds as a time with a zone, None as None."""
    return None if seconds is None else moment(seconds)


def region_view(region: Region, directory: Directory) -> RegionView:
    """Show a node of the tree."""
    return RegionView(
        code=region.code,
        name=region.name,
        level=region.level,
        parent=region.parent,
        path=directory.tree.path(region.code),
        retired=region.retired,
    )


def point_view(point: ServicePoint, directory: Directory, paired: Mapping[str, int]) -> PointView:
    """Show a service point; `paired` says how many rating pads each point has."""
    return PointView(
        point_id=point.point_id,
        name=point.name,
        region_code=point.region_code,
        region_path=directory.tree.path(point.region_code),
        phone=point.phone,
        opening_hours=point.opening_hours,
        equipment=list(point.equipment),
        languages=list(point.languages),
        enabled=point.enabled,
        demo=point.demo,
        relay_only=point.relay_only,
        pad_paired=paired.get(point.point_id, 0) > 0,
        pads=paired.get(point.point_id, 0),
    )


def department_view(department: Department) -> DepartmentView:
    """Show a department under its full name."""
    return DepartmentView(
        department_id=department.department_id,
        bureau=department.bureau,
        name=department.name,
        spoken=department.spoken,
        region_code=department.region_code,
        phone=department.phone,
        office_hours=department.office_hours,
        enabled=department.enabled,
    )


def item_view(item: Item, directory: Directory) -> ItemView:
    """Show an item in the version given."""
    return ItemView(
        code=item.code,
        version=item.version,
        name=item.name,
        department=item.department,
        level=item.level,
        keywords=list(item.keywords),
        materials=list(item.materials),
        steps=list(item.steps),
        questions=[QuestionAnswer(question=one.question, answer=one.answer) for one in item.questions],
        languages=list(item.languages),
        lifecycle=item.lifecycle,
        sample=item.sample,
        offered_in=sorted(directory.offered_in(item.code)),
    )
