"""Regions, departments and service points."""

from typing import Final

from signaling.domain.control.policy import ControlPolicy
from signaling.domain.places import Department, ServicePoint
from signaling.domain.regions import Region
from signaling.domain.roles import Permission
from signaling.web.messages.base import Empty
from signaling.web.messages.rest import (
    DepartmentBody,
    DepartmentList,
    PointBody,
    PointList,
    PointPatch,
    PointProfile,
    RegionBody,
    RegionList,
    RegionPatch,
)
from signaling.web.messages.views.control import ControlPolicyView
from signaling.web.messages.views.places import DepartmentView, PointView, RegionView
from signaling.web.present.control import control_policy_view
from signaling.web.present.places import department_view, point_view, region_view
from signaling.web.problems import Refused
from signaling.web.rest.table import Asked, Endpoints

endpoints: Final = Endpoints("网点 places")


@endpoints.add("GET", "/api/regions", summary="地区树")
async def regions(asked: Asked[Empty]) -> RegionList:
    """The whole region tree, and what is spoken there."""
    directory = asked.context.directory
    return RegionList(
        regions=[region_view(region, directory) for region in directory.tree],
        languages=list(directory.languages()),
    )


@endpoints.add("POST", "/api/regions", summary="新增地区", permission=Permission.REGION_WRITE)
async def add_region(asked: Asked[RegionBody]) -> RegionView:
    """Add a region below one of one's own."""
    body = asked.body
    region = await asked.context.services.places.add_region(
        asked.actor, Region(body.code, body.name, body.level, body.parent)
    )
    return region_view(region, asked.context.directory)


@endpoints.add(
    "PATCH", "/api/regions/{code}", summary="改名、撤销或恢复地区", permission=Permission.REGION_WRITE
)
async def change_region(asked: Asked[RegionPatch]) -> RegionView:
    """Rename or retire a region, or take it back."""
    region = await asked.context.services.places.change_region(
        asked.actor, asked.path("code"), name=asked.body.name, retired=asked.body.retired
    )
    return region_view(region, asked.context.directory)


@endpoints.add("GET", "/api/departments", summary="部门")
async def departments(asked: Asked[Empty]) -> DepartmentList:
    """All departments."""
    found = asked.context.directory.all_departments()
    return DepartmentList(departments=[department_view(department) for department in found])


@endpoints.add("POST", "/api/departments", summary="新增部门", permission=Permission.DEPARTMENT_WRITE)
async def add_department(asked: Asked[DepartmentBody]) -> DepartmentView:
    """Add a bureau's department to a region, with the phone told when nobody can answer."""
    return department_view(
        await asked.context.services.places.add_department(asked.actor, _department("", asked.body))
    )


@endpoints.add(
    "PUT",
    "/api/departments/{department_id}",
    summary="修改或停用部门",
    permission=Permission.DEPARTMENT_WRITE,
)
async def change_department(asked: Asked[DepartmentBody]) -> DepartmentView:
    """Change a department as a whole; its region stays."""
    given = _department(asked.path("department_id"), asked.body)
    return department_view(await asked.context.services.places.change_department(asked.actor, given))


@endpoints.add("GET", "/api/points", summary="网点", permission=Permission.POINT_READ)
async def points(asked: Asked[Empty]) -> PointList:
    """The service points within one's scope."""
    context = asked.context
    paired = await context.services.pads.paired()
    found = context.services.places.points(asked.actor)
    return PointList(points=[point_view(point, context.directory, paired) for point in found])


@endpoints.add("POST", "/api/points", summary="新设网点", permission=Permission.POINT_WRITE)
async def open_point(asked: Asked[PointBody]) -> PointView:
    """Open a service point."""
    given = _point("", asked.body.region_code, asked.body)
    point = await asked.context.services.places.open_point(asked.actor, given)
    return point_view(point, asked.context.directory, {})


@endpoints.add(
    "PATCH", "/api/points/{point_id}", summary="修改、启用或停用网点", permission=Permission.POINT_WRITE
)
async def change_point(asked: Asked[PointPatch]) -> PointView:
    """Change a point, open or close it, or send its media through TURN only."""
    context, body, point_id = asked.context, asked.body, asked.path("point_id")
    if body.enabled is None and body.profile is None and body.relay_only is None:
        raise Refused("malformed", field="profile")
    if body.profile is not None:
        await context.services.places.change_point(asked.actor, _point(point_id, "", body.profile))
    if body.relay_only is not None:
        await context.services.places.set_point_relay_only(asked.actor, point_id, relay_only=body.relay_only)
    if body.enabled is not None:
        await context.services.places.set_point_enabled(asked.actor, point_id, enabled=body.enabled)
    paired = await context.services.pads.paired()
    return point_view(context.directory.point(point_id), context.directory, paired)


@endpoints.add(
    "GET", "/api/points/{point_id}/control", summary="网点允许的远程控制", permission=Permission.POINT_WRITE
)
async def point_control(asked: Asked[Empty]) -> ControlPolicyView:
    """Read what may be granted of a point's counter PCs at most."""
    return control_policy_view(asked.context.directory.point(asked.path("point_id")).control)


@endpoints.add(
    "PUT", "/api/points/{point_id}/control", summary="限制网点的远程控制", permission=Permission.POINT_WRITE
)
async def set_point_control(asked: Asked[ControlPolicyView]) -> ControlPolicyView:
    """Say what may be granted of a point's counter PCs at most; the clerk is asked all the same."""
    policy = ControlPolicy(frozenset(asked.body.scopes), asked.body.longest_s)
    point = await asked.context.services.places.set_point_control(asked.actor, asked.path("point_id"), policy)
    return control_policy_view(point.control)


@endpoints.add(
    "POST", "/api/points/{point_id}/pads/revoke", summary="解除评价器配对", permission=Permission.POINT_WRITE
)
async def revoke_pads(asked: Asked[Empty]) -> PointView:
    """End the pairing of all rating pads of a point; each must be paired again."""
    context, point_id = asked.context, asked.path("point_id")
    await context.services.pads.revoke(asked.actor, point_id)
    paired = await context.services.pads.paired()
    return point_view(context.directory.point(point_id), context.directory, paired)


def _department(department_id: str, body: DepartmentBody) -> Department:
    return Department(
        department_id=department_id,
        bureau=body.bureau,
        name=body.name,
        spoken=body.spoken or body.name,
        region_code=body.region_code,
        phone=body.phone,
        office_hours=body.office_hours,
        enabled=body.enabled,
    )


def _point(point_id: str, region_code: str, body: PointProfile) -> ServicePoint:
    return ServicePoint(
        point_id=point_id,
        name=body.name,
        region_code=region_code,
        phone=body.phone,
        opening_hours=body.opening_hours,
        equipment=tuple(body.equipment),
        languages=tuple(body.languages),
    )
