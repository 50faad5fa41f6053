"""What is missing before the first call can ring: for each question a county that lacks just that."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import pytest

from signaling.domain.directory_data import DirectoryData
from signaling.domain.items import Item, Lifecycle
from signaling.domain.places import Department, ServicePoint
from signaling.domain.readiness import (
    DISK_HOUR_BYTES,
    MOST_NAMED,
    Check,
    Deployment,
    Finding,
    Grade,
    Reach,
    Setup,
    can_ring,
    findings,
)
from signaling.domain.regions import EVERYWHERE, Region, RegionLevel
from signaling.domain.roles import Post, Role
from signaling.domain.staff import Skill, SkillKind, Staff

BUREAU: Final = "医疗保障局"
POINT: Final = ServicePoint("p", "便民中心", "t", "0886-1", "工作日")
ITEM: Final = Item("A", 1, "报销", BUREAU, "县", (), (), (), (), ("普通话",))
DEPARTMENT: Final = Department("d", BUREAU, "县医保局", "医保局", "c", "0886-2", "工作日")


def person(name: str, role: Role, *posts: Post, region: str = "c", **more: Any) -> Staff:
    return Staff(name, name, name, frozenset({role}), frozenset(posts), region, **more)


CLERK: Final = person("clerk", Role.CLERK, region="t", point_id="p")
SPECIALIST: Final = person("li", Role.SPECIALIST, Post.RESPONDER, department_ids=("d",))
STAFF: Final = (
    CLERK,
    SPECIALIST,
    person("boss", Role.SPECIALIST, Post.SUPERVISOR),
    person("zhou", Role.REVIEWER),
    person("one", Role.CURATOR),
    person("two", Role.CURATOR),
    person("sec", Role.SECURITY_ADMINISTRATOR),
    person("aud", Role.AUDIT_ADMINISTRATOR),
)
DATA: Final = DirectoryData(
    regions=(Region("c", "县", RegionLevel.COUNTY, None), Region("t", "乡", RegionLevel.TOWNSHIP, "c")),
    points=(POINT,),
    departments=(DEPARTMENT,),
    items=(ITEM,),
    offerings=(("A", "c"),),
    staff=STAFF,
    skills=(Skill("li", SkillKind.ITEM, "A", 3),),
)
READY: Final = Setup(
    data=DATA,
    points=DATA.points,
    paired={"p": 1},
    signed_in=frozenset({"li"}),
    deployment=Deployment(Reach.HTTPS, media_addresses=True, reserve_bytes=1),
    media=True,
    relays=True,
    free_bytes=DISK_HOUR_BYTES + 2,
)


def data(**changes: Any) -> Setup:
    changed = replace(DATA, **changes)
    return replace(READY, data=changed, points=changed.points)


def without(*names: str) -> Setup:
    return data(staff=tuple(one for one in STAFF if one.staff_id not in names))


def changed(name: str, **changes: Any) -> Setup:
    return data(staff=tuple(replace(one, **changes) if one.staff_id == name else one for one in STAFF))


def relayed(*, relays: bool) -> Setup:
    return replace(data(points=(replace(POINT, relay_only=True),)), relays=relays)


def answer(setup: Setup, check: Check) -> Finding:
    return next(one for one in findings(setup) if one.check is check)


def test_nothing_is_missing_in_a_whole_county() -> None:
    found = findings(READY)
    assert {one.grade for one in found} == {Grade.DONE}
    assert [one.check for one in found] == list(Check)
    assert can_ring(found)


RETIRED = (replace(DATA.regions[0], retired=True), replace(DATA.regions[1], retired=True))
LACKING: list[tuple[Check, Callable[[], Setup], Grade, tuple[str, ...]]] = [
    (Check.REGION, lambda: data(regions=RETIRED), Grade.NEEDED, ()),
    (Check.DEPARTMENT, lambda: data(departments=()), Grade.NEEDED, ()),
    (Check.DEPARTMENT, lambda: data(departments=(replace(DEPARTMENT, enabled=False),)), Grade.NEEDED, ()),
    (Check.POINT, lambda: data(points=()), Grade.NEEDED, ()),
    (Check.POINT, lambda: data(points=(replace(POINT, enabled=False),)), Grade.NEEDED, ()),
    (
        Check.POINT_FACTS,
        lambda: data(points=(replace(POINT, opening_hours=""),)),
        Grade.NEEDED,
        ("便民中心",),
    ),
    (Check.ITEM, lambda: data(items=()), Grade.NEEDED, ()),
    (Check.ITEM, lambda: data(items=(replace(ITEM, lifecycle=Lifecycle.RETIRED),)), Grade.NEEDED, ()),
    (Check.OFFERED, lambda: data(offerings=()), Grade.NEEDED, ("便民中心",)),
    (Check.OFFERED, lambda: data(offerings=(("A", "elsewhere"),)), Grade.NEEDED, ("便民中心",)),
    (
        Check.BUREAU_PHONE,
        lambda: data(departments=(replace(DEPARTMENT, bureau="民政局"),)),
        Grade.NEEDED,
        (f"{BUREAU}（便民中心）",),
    ),
    (Check.CLERK, lambda: without("clerk"), Grade.NEEDED, ("便民中心",)),
    (Check.CLERK, lambda: changed("clerk", enabled=False), Grade.NEEDED, ("便民中心",)),
    (Check.SPECIALIST, lambda: without("li"), Grade.NEEDED, ()),
    (Check.SPECIALIST, lambda: changed("li", posts=frozenset({Post.HANDLER})), Grade.NEEDED, ()),
    (Check.SKILL, lambda: data(skills=()), Grade.NEEDED, ("报销（便民中心）",)),
    (Check.SKILL, lambda: changed("li", region_code="elsewhere"), Grade.NEEDED, ("报销（便民中心）",)),
    (Check.FIRST_PASSWORD, lambda: changed("li", must_change_password=True), Grade.ADVISED, ("li",)),
    (Check.SIGNED_IN, lambda: replace(READY, signed_in=frozenset({"clerk"})), Grade.NEEDED, ()),
    (Check.SECURE, lambda: replace(READY, deployment=Deployment(Reach.INSECURE)), Grade.NEEDED, ()),
    (Check.MEDIA, lambda: replace(READY, media=False), Grade.NEEDED, ()),
    (Check.DISK, lambda: replace(READY, free_bytes=DISK_HOUR_BYTES), Grade.NEEDED, ()),
    (Check.MEMBERSHIP, lambda: changed("li", department_ids=()), Grade.ADVISED, ("li",)),
    (Check.MESSAGE_READER, lambda: without("li", "boss"), Grade.ADVISED, (f"{BUREAU}（便民中心）",)),
    (Check.OTHER_COMPUTERS, lambda: replace(READY, deployment=Deployment(Reach.LOOPBACK)), Grade.ADVISED, ()),
    (Check.TURN, lambda: replace(READY, relays=False), Grade.ADVISED, ()),
    (Check.RELAY_ONLY, lambda: relayed(relays=False), Grade.NEEDED, ("便民中心",)),
    (Check.PAD, lambda: replace(READY, paired={}), Grade.ADVISED, ("便民中心",)),
    (Check.SUPERVISOR, lambda: without("boss"), Grade.ADVISED, ()),
    (Check.REVIEWER, lambda: without("zhou"), Grade.ADVISED, ()),
    (Check.SECOND_CURATOR, lambda: without("two"), Grade.ADVISED, ()),
    (Check.SEPARATED, lambda: without("aud"), Grade.ADVISED, ()),
]


@pytest.mark.parametrize(("check", "setup", "grade", "names"), LACKING)
def test_what_is_lacking_is_found_and_named(
    check: Check, setup: Callable[[], Setup], grade: Grade, names: tuple[str, ...]
) -> None:
    found = answer(setup(), check)
    assert (found.grade, found.lacking, found.total) == (grade, names, len(names))
    if check is not Check.MESSAGE_READER:  # who can take an item reads its messages: nobody is there at all
        assert can_ring(findings(setup())) is (grade is Grade.ADVISED)


def test_points_that_may_use_the_relay_only_lack_nothing_while_it_relays() -> None:
    assert answer(relayed(relays=True), Check.RELAY_ONLY).grade is Grade.DONE
    off = replace(POINT, relay_only=True, enabled=False)
    closed = replace(data(points=(POINT, replace(off, point_id="q"))), relays=False)
    assert answer(closed, Check.RELAY_ONLY).grade is Grade.DONE, "nobody calls from there"


def test_every_question_has_a_county_that_lacks_it() -> None:
    assert {check for check, *_ in LACKING} == set(Check)


def test_an_empty_service_needs_everything_and_says_so() -> None:
    empty = Setup(
        DirectoryData(), (), {}, frozenset(), Deployment(), media=True, relays=False, free_bytes=None
    )
    needed = {one.check for one in findings(empty) if one.grade is Grade.NEEDED}
    assert {Check.REGION, Check.DEPARTMENT, Check.POINT, Check.ITEM, Check.OFFERED} <= needed
    assert {Check.CLERK, Check.SPECIALIST, Check.SKILL, Check.SIGNED_IN} <= needed
    assert answer(empty, Check.SECURE).grade is Grade.DONE, "this very machine is secure"


@pytest.mark.parametrize(
    "staff",
    [
        replace(SPECIALIST, region_code=EVERYWHERE),
        replace(SPECIALIST, department_ids=()),
        replace(SPECIALIST, region_code="t"),
    ],
)
def test_a_specialist_near_or_above_the_point_takes_its_items_and_reads_its_messages(staff: Staff) -> None:
    setup = data(staff=(CLERK, staff))
    assert answer(setup, Check.SKILL).grade is Grade.DONE
    assert answer(setup, Check.MESSAGE_READER).grade is Grade.DONE


def test_a_whole_city_is_looked_at_in_seconds_and_named_in_a_few_lines() -> None:
    regions = (DATA.regions[0], *(Region(f"t{n}", f"乡{n}", RegionLevel.TOWNSHIP, "c") for n in range(500)))
    points = tuple(replace(POINT, point_id=f"p{n}", name=f"点{n}", region_code=f"t{n}") for n in range(500))
    items = tuple(replace(ITEM, code=f"A{n}", name=f"事项{n}") for n in range(3200))
    staff = tuple(replace(SPECIALIST, staff_id=f"s{n}", username=f"s{n}") for n in range(1800))
    skills = tuple(Skill(f"s{n % 1800}", SkillKind.ITEM, f"A{n}", 3) for n in range(3100))
    city = DirectoryData(
        regions, points, (DEPARTMENT,), items, tuple((item.code, "c") for item in items), staff, skills
    )
    begun = time.process_time()
    found = answer(replace(READY, data=city, points=points), Check.SKILL)
    assert time.process_time() - begun < 20.0
    assert (len(found.lacking), found.total) == (MOST_NAMED, 100 * 500)
