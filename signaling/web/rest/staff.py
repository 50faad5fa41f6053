"""Administration of staff and their skills."""

from typing import Final

from signaling.domain.roles import Permission
from signaling.domain.staff import Skill
from signaling.services.administration import StaffChange, StaffInput
from signaling.web.messages.base import Empty
from signaling.web.messages.rest import (
    SkillList,
    SkillsBody,
    StaffBody,
    StaffCreated,
    StaffList,
    StaffPatch,
    StaffProfile,
)
from signaling.web.messages.views.people import ColleaguesView, StaffView
from signaling.web.present.people import colleagues_view, skill_view, staff_view
from signaling.web.problems import Refused
from signaling.web.rest.table import Asked, Endpoints

endpoints: Final = Endpoints("人员 staff")


@endpoints.add("GET", "/api/staff", summary="人员", permission=Permission.STAFF_READ)
async def staff(asked: Asked[Empty]) -> StaffList:
    """The people within one's scope."""
    directory = asked.context.directory
    found = asked.context.services.administration.staff(asked.actor)
    return StaffList(staff=[staff_view(person, directory) for person in found])


@endpoints.add("GET", "/api/colleagues", summary="谁在", permission=Permission.COLLEAGUE_READ)
async def colleagues(asked: Asked[Empty]) -> ColleaguesView:
    """Who could be reached from one's counter, by department; and one's colleagues who are signed in."""
    return colleagues_view(asked.context.services.colleagues.of(asked.actor))


@endpoints.add("POST", "/api/staff", summary="新建人员", permission=Permission.STAFF_WRITE)
async def create_staff(asked: Asked[StaffBody]) -> StaffCreated:
    """Make an account; its first password is shown once."""
    body = asked.body
    person, password = await asked.context.services.administration.create_staff(
        asked.actor,
        StaffInput(
            username=body.username,
            name=body.name,
            roles=tuple(body.roles),
            region_code=body.region_code,
            posts=tuple(body.posts),
            department_ids=tuple(body.department_ids),
            point_id=body.point_id,
            languages=tuple(body.languages),
        ),
    )
    return StaffCreated(staff=staff_view(person, asked.context.directory), first_password=password)


@endpoints.add(
    "PATCH", "/api/staff/{staff_id}", summary="修改、启用、停用或重置密码", permission=Permission.STAFF_WRITE
)
async def change_staff(asked: Asked[StaffPatch]) -> StaffView | StaffCreated:
    """Change, enable, disable, or give a new first password."""
    administration, body = asked.context.services.administration, asked.body
    staff_id, directory = asked.path("staff_id"), asked.context.directory
    if body.enabled is None and body.profile is None and not body.reset_password:
        raise Refused("malformed", field="enabled")
    if body.profile is not None:
        person = await administration.change_staff(asked.actor, staff_id, _change(body.profile))
    if body.enabled is not None:
        person = await administration.set_enabled(asked.actor, staff_id, enabled=body.enabled)
    if body.reset_password:
        person, password = await administration.reset_password(asked.actor, staff_id)
        return StaffCreated(staff=staff_view(person, directory), first_password=password)
    return staff_view(person, directory)


def _change(profile: StaffProfile) -> StaffChange:
    return StaffChange(
        name=profile.name,
        region_code=profile.region_code,
        posts=tuple(profile.posts),
        department_ids=tuple(profile.department_ids),
        point_id=profile.point_id,
        languages=tuple(profile.languages),
    )


@endpoints.add("GET", "/api/staff/{staff_id}/skills", summary="能力", permission=Permission.STAFF_READ)
async def skills(asked: Asked[Empty]) -> SkillList:
    """What somebody can take."""
    found = asked.context.services.administration.skills(asked.actor, asked.path("staff_id"))
    return SkillList(skills=[skill_view(skill) for skill in found])


@endpoints.add("PUT", "/api/staff/{staff_id}/skills", summary="设置能力", permission=Permission.STAFF_WRITE)
async def set_skills(asked: Asked[SkillsBody]) -> SkillList:
    """Set everything somebody can take; the next routing decision follows it."""
    staff_id = asked.path("staff_id")
    wanted = [
        Skill(staff_id=staff_id, kind=one.kind, target=one.target, level=one.level)
        for one in asked.body.skills
    ]
    found = await asked.context.services.administration.set_skills(asked.actor, staff_id, wanted)
    return SkillList(skills=[skill_view(skill) for skill in found])
