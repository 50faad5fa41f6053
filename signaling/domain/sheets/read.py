"""Rows as regions, departments, points, items, people and skills, beside what is there already."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from signaling.domain.control.policy import EVERYTHING, ControlPolicy
from signaling.domain.items import GENERAL_DESK, Item, Lifecycle, QuestionAnswer
from signaling.domain.places import Department, ServicePoint
from signaling.domain.regions import Region, RegionLevel
from signaling.domain.roles import Post, Role
from signaling.domain.sheets.cells import CODE, PHONE, USERNAME, Cells
from signaling.domain.staff import Skill, SkillKind, Staff

_LEVELS: Final = {level.value: level for level in RegionLevel} | dict(
    zip(("省", "州市", "县市区", "乡镇街道", "村社区"), RegionLevel, strict=True)
)
_LIFECYCLES: Final = {
    "pilot": Lifecycle.PILOT,
    "live": Lifecycle.LIVE,
    "retired": Lifecycle.RETIRED,
    "试行": Lifecycle.PILOT,
    "正式": Lifecycle.LIVE,
    "停用": Lifecycle.RETIRED,
}
_ROLES: Final = {
    "clerk": Role.CLERK,
    "specialist": Role.SPECIALIST,
    "reviewer": Role.REVIEWER,
    "curator": Role.CURATOR,
    "导办员": Role.CLERK,
    "专家": Role.SPECIALIST,
    "质检员": Role.REVIEWER,
    "事项梳理专员": Role.CURATOR,
}
"""Administrators are not among them: a file is no place to hand out their power."""
_POSTS: Final = {post.value: post for post in Post} | {
    "应答": Post.RESPONDER,
    "主办": Post.HANDLER,
    "督办": Post.SUPERVISOR,
}
_KINDS: Final = {
    "item": SkillKind.ITEM,
    "department": SkillKind.DEPARTMENT,
    "事项": SkillKind.ITEM,
    "部门": SkillKind.DEPARTMENT,
}
_MANDARIN: Final = ("普通话",)


def read_region(cells: Cells, present: Region | None) -> Region:
    """Return a region."""
    level = cells.choice("level", present.level if present else None, _LEVELS)
    parent = cells.text("parent", present.parent or "" if present else "", empty="")
    return Region(
        code=cells.text("code", None, form=CODE),
        name=cells.text("name", present.name if present else None),
        level=level or RegionLevel.VILLAGE,
        parent=parent or None,
        retired=not cells.flag("enabled", not present.retired if present else True),
    )


def read_department(cells: Cells, present: Department | None) -> Department:
    """Return a department; its spoken name is the full one unless given."""
    name = cells.text("name", present.name if present else None)
    return Department(
        department_id=cells.text("code", None, form=CODE),
        bureau=cells.text("bureau", present.bureau if present else None),
        name=name,
        spoken=cells.text("spoken", present.spoken if present else name, empty=name),
        region_code=cells.text("region", present.region_code if present else None),
        phone=cells.text("phone", present.phone if present else None, form=PHONE),
        office_hours=cells.text("office_hours", present.office_hours if present else None, most=200),
        enabled=cells.flag("enabled", present.enabled if present else True),
    )


def read_point(cells: Cells, present: ServicePoint | None) -> ServicePoint:
    """Return a service point."""
    return ServicePoint(
        point_id=cells.text("code", None, form=CODE),
        name=cells.text("name", present.name if present else None),
        region_code=cells.text("region", present.region_code if present else None),
        phone=cells.text("phone", present.phone if present else None, form=PHONE),
        opening_hours=cells.text("opening_hours", present.opening_hours if present else None, most=200),
        equipment=cells.words("equipment", present.equipment if present else ()),
        enabled=cells.flag("enabled", present.enabled if present else True),
        demo=present.demo if present else False,
        languages=cells.words("languages", present.languages if present else ()),
        control=present.control if present else EVERYTHING,
        relay_only=present.relay_only if present else False,
    )


def read_item(cells: Cells, present: Item | None) -> Item:
    """Return an item; when its words differ from what is published it is the next version."""
    faq = tuple((one.question, one.answer) for one in present.questions) if present else ()
    lifecycle = cells.choice("lifecycle", present.lifecycle if present else Lifecycle.LIVE, _LIFECYCLES)
    code = cells.text("code", None, form=CODE)
    if code == GENERAL_DESK.code:
        cells.fault("code", "is that of the general desk", "Choose another code")
    item = Item(
        code=code,
        version=present.version if present else 1,
        name=cells.text("name", present.name if present else None, most=200),
        department=cells.text("department", present.department if present else None),
        level=cells.text("level", present.level if present else None),
        keywords=cells.words("keywords", present.keywords if present else ()),
        materials=cells.words("materials", present.materials if present else (), most=500),
        steps=cells.words("steps", present.steps if present else (), most=500),
        questions=tuple(QuestionAnswer(*pair) for pair in cells.pairs("faq", faq)),
        languages=cells.words("languages", present.languages if present else _MANDARIN, _MANDARIN),
        lifecycle=lifecycle or Lifecycle.LIVE,
        sample=present.sample if present else False,
        control=present.control if present else ControlPolicy(),
    )
    if present is None or replace(item, lifecycle=present.lifecycle) == present:
        return item
    return replace(item, version=present.version + 1, sample=False)


def read_staff(cells: Cells, present: Staff | None, new_id: Callable[[], str]) -> Staff:
    """Return a person; a specialist is a responder unless other posts are given."""
    roles = cells.choices("roles", present.roles if present else frozenset(), _ROLES)
    posts = cells.choices("posts", present.posts if present else frozenset(), _POSTS)
    if not roles:
        cells.fault("roles", "names no role", f"Write one of: {', '.join(_ROLES)}")
    if Role.SPECIALIST in roles and not posts:
        posts = frozenset({Post.RESPONDER})
    point = cells.text("point", present.point_id or "" if present else "", empty="")
    return Staff(
        staff_id=present.staff_id if present else new_id(),
        username=cells.text("username", None, form=USERNAME),
        name=cells.text("name", present.name if present else None),
        roles=roles,
        posts=posts,
        region_code=cells.text("region", present.region_code if present else None),
        department_ids=cells.words("departments", present.department_ids if present else ()),
        point_id=point or None,
        languages=cells.words("languages", present.languages if present else _MANDARIN, _MANDARIN),
        enabled=cells.flag("enabled", present.enabled if present else True),
        demo=present.demo if present else False,
        must_change_password=present.must_change_password if present else True,
    )


def read_skill(cells: Cells, staff_id: str) -> Skill:
    """Return a skill of somebody's."""
    kind = cells.choice("kind", None, _KINDS)
    return Skill(staff_id, kind or SkillKind.ITEM, cells.text("target", None), cells.number("level", 1, 5))
