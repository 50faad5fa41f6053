"""Staff, skills and presence."""

from signaling.domain.errors import NotFoundError
from signaling.domain.presence import Presence, PresenceState
from signaling.domain.staff import Skill, Staff
from signaling.services.calls import Today
from signaling.services.colleagues import Colleague, Colleagues, Duty
from signaling.services.directory import Directory
from signaling.web.messages.views.people import (
    ColleaguesView,
    ColleagueView,
    DutyView,
    PresenceView,
    SkillView,
    StaffView,
    TodayView,
)
from signaling.web.present.places import moment, moment_or_none


def name_of(staff_id: str | None, directory: Directory) -> str:
    """Return a person's name; an account that is gone is named by its id."""
    if staff_id is None:
        return ""
    try:
        return directory.staff(staff_id).name
    except NotFoundError:
        return staff_id


def title_of(staff_id: str | None, directory: Directory) -> str | None:
    """Return what stands below a person's name: their department or service point."""
    if staff_id is None:
        return None
    try:
        return directory.title_of(directory.staff(staff_id))
    except NotFoundError:
        return None


def staff_view(staff: Staff, directory: Directory) -> StaffView:
    """Show a person with an account."""
    return StaffView(
        staff_id=staff.staff_id,
        username=staff.username,
        name=staff.name,
        roles=sorted(role.value for role in staff.roles),
        posts=sorted(post.value for post in staff.posts),
        region_code=staff.region_code,
        region_path=directory.tree.path(staff.region_code),
        department_ids=list(staff.department_ids),
        point_id=staff.point_id,
        languages=list(staff.languages),
        enabled=staff.enabled,
        demo=staff.demo,
        must_change_password=staff.must_change_password,
    )


def skill_view(skill: Skill) -> SkillView:
    """Show what somebody can take."""
    return SkillView(staff_id=skill.staff_id, kind=skill.kind, target=skill.target, level=skill.level)


def presence_view(presence: Presence, directory: Directory) -> PresenceView:
    """Show somebody's presence."""
    return PresenceView(
        staff_id=presence.staff_id,
        name=name_of(presence.staff_id, directory),
        state=presence.routed_as,
        reason=presence.told_reason,
        since=moment(presence.since),
        wrap_up_until=moment_or_none(presence.wrap_up_until),
        call_id=presence.call_id,
        missed=presence.missed,
    )


def colleagues_view(found: Colleagues) -> ColleaguesView:
    """Show who is there."""
    return ColleaguesView(
        departments=[_duty_view(one) for one in found.departments],
        people=[_colleague_view(one) for one in found.people],
        more=found.more,
    )


def _duty_view(duty: Duty) -> DutyView:
    return DutyView(
        department_id=duty.department.department_id,
        name=duty.department.spoken,
        available=duty.counts.get(PresenceState.AVAILABLE, 0),
        busy=duty.counts.get(PresenceState.BUSY, 0),
        wrap_up=duty.counts.get(PresenceState.WRAP_UP, 0),
        away=duty.counts.get(PresenceState.AWAY, 0),
    )


def _colleague_view(one: Colleague) -> ColleagueView:
    return ColleagueView(
        staff_id=one.person.staff_id,
        name=one.person.name,
        state=one.state,
        reason=one.reason,
        since=moment(one.since),
    )


def today_view(today: Today) -> TodayView:
    """Show a specialist's own counts."""
    return TodayView(answered=today.answered, missed=today.missed, mean_handling_s=today.mean_handling_s)
