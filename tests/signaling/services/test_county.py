"""A county changes while the service runs: places, people, items; what follows, follows at once."""

from dataclasses import replace

import pytest

from signaling.domain.actor import Actor
from signaling.domain.call_model import CallState
from signaling.domain.directory_data import DirectoryChange
from signaling.domain.errors import ForbiddenError, InvalidError, StateError
from signaling.domain.events import DirectoryChanged, SessionRevoked
from signaling.domain.items import Lifecycle
from signaling.domain.places import Department
from signaling.domain.readiness import Check, Grade, can_ring
from signaling.domain.regions import EVERYWHERE, Region, RegionLevel
from signaling.domain.subject import Subject
from signaling.services.administration import StaffChange, StaffInput
from signaling.services.readiness import Obstacle
from tests.signaling.services.fakes import House

TOWN = "533324204"
COUNTY = "533324"


async def second_curator(house: House) -> Actor:
    given = StaffInput("curator2", "第二人", ("curator",), "533300")
    person, _ = await house.services.administration.create_staff(house.actor("admin"), given)
    person = house.services.directory.current.staff(person.staff_id)
    await house.services.accounts.set_password(person, "another-password", must_change=False)
    return house.actor("curator2")


async def test_what_was_changed_without_a_word_is_noticed(house: House) -> None:
    point = house.services.directory.current.point("point-dulongjiang")
    await house.ports.directory.apply(DirectoryChange(points=(replace(point, name="新名字"),)))
    assert house.services.directory.current.point("point-dulongjiang").name == "独龙江乡便民服务中心"
    await house.services.directory.catch_up()
    assert house.services.directory.current.point("point-dulongjiang").name == "新名字"
    heard = len(house.heard(DirectoryChanged))
    await house.services.directory.catch_up()
    assert len(house.heard(DirectoryChanged)) == heard, "nothing changed, nobody is told"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [({"enabled": False}, "disabled"), ({"must_change_password": True}, "password_reset")],
)
async def test_who_is_disabled_or_reset_at_the_terminal_is_signed_out(
    house: House, changes: dict[str, bool], reason: str
) -> None:
    await house.online("liming")
    person = house.services.directory.current.staff("demo-03")
    await house.ports.directory.apply(DirectoryChange(staff=(replace(person, **changes),)))
    await house.services.directory.catch_up()
    assert SessionRevoked("demo-03", None, reason) in house.heard(SessionRevoked)
    presence = house.services.presence.known()["demo-03"]
    assert not presence.online


async def test_a_new_department_is_told_for_the_next_call(house: House) -> None:
    here = house.services.directory.current
    old = here.department_for("医疗保障局", TOWN)
    assert old is not None
    places, admin = house.services.places, house.actor("admin")
    given = Department("", "医疗保障局", "独龙江乡医保所", "乡医保所", TOWN, "0886-1234567", "工作日")
    added = await places.add_department(admin, given)
    await house.connect("wangxiuying")
    call = await house.request()
    assert call.department_id == added.department_id
    with pytest.raises(InvalidError, match="department_taken"):
        await places.add_department(admin, given)
    await places.change_department(admin, replace(added, enabled=False))
    found = house.services.directory.current.department_for("医疗保障局", TOWN)
    assert found == old, "a closed one answers for nobody"


async def test_regions_are_added_renamed_and_retired_when_nothing_is_open_there(house: House) -> None:
    places, admin = house.services.places, house.actor("admin")
    village = Region("533324204001", "孔当村", RegionLevel.VILLAGE, TOWN)
    await places.add_region(admin, village)
    assert house.services.directory.current.tree.covers(COUNTY, village.code)
    renamed = await places.change_region(admin, village.code, name="孔当社区")
    assert renamed.name == "孔当社区"
    with pytest.raises(StateError, match="region_in_use"):
        await places.change_region(admin, TOWN, retired=True)
    await places.change_region(admin, village.code, retired=True)
    with pytest.raises(StateError, match="region_retired"):
        await places.add_region(admin, Region("533324204001001", "组", RegionLevel.VILLAGE, village.code))


@pytest.mark.parametrize(
    ("region", "code"),
    [
        (Region(TOWN, "又一个", RegionLevel.TOWNSHIP, COUNTY), "region_taken"),
        (Region("1", "宽", RegionLevel.COUNTY, COUNTY), "region_level"),
        (Region("1", "顶", RegionLevel.PROVINCE, None), "region_parent_needed"),
    ],
)
async def test_regions_that_do_not_fit_are_refused(house: House, region: Region, code: str) -> None:
    with pytest.raises(InvalidError, match=code):
        await house.services.places.add_region(house.actor("admin"), region)


async def test_who_administers_everything_makes_the_first_region(house: House) -> None:
    everything = replace(house.actor("admin"), region_code=EVERYWHERE)
    province = Region("540000", "西藏自治区", RegionLevel.PROVINCE, None)
    await house.services.places.add_region(everything, province)
    assert "540000" in house.services.directory.current.tree
    neighbour = replace(house.actor("admin"), region_code="533325")
    with pytest.raises(ForbiddenError, match="out_of_scope"):
        await house.services.places.change_region(neighbour, COUNTY, name="我的")


async def test_a_person_moves_to_another_place_and_keeps_their_roles(house: House) -> None:
    change = StaffChange("王秀英", "533324102", (), (), "point-bingzhongluo", ("普通话", "怒语"))
    changed = await house.services.administration.change_staff(house.actor("admin"), "demo-01", change)
    assert house.services.directory.current.staff("demo-01") == changed
    assert (changed.point_id, changed.languages) == ("point-bingzhongluo", ("普通话", "怒语"))
    with pytest.raises(InvalidError, match="point_needed"):
        await house.services.administration.change_staff(
            house.actor("admin"), "demo-01", replace(change, point_id=None)
        )
    with pytest.raises(ForbiddenError, match="administrator_beyond"):
        await house.services.administration.change_staff(
            house.actor("admin"), "demo-12", replace(change, point_id=None)
        )


async def test_a_second_person_publishes_and_running_sessions_keep_their_version(house: House) -> None:
    await house.connect("wangxiuying")
    call = await house.request()
    writing, curator, other = house.services.writing, house.actor("duanlian"), await second_curator(house)
    item = house.services.directory.current.item("YB-003")
    await writing.write(curator, replace(item, name="医疗费用零星报销（新）"))
    assert house.services.directory.current.item("YB-003") == item, "nobody sees a draft"
    with pytest.raises(StateError, match="not_submitted"):
        await writing.publish(other, "YB-003", Lifecycle.LIVE)
    await writing.submit(curator, "YB-003")
    with pytest.raises(ForbiddenError, match="second_person_publishes"):
        await writing.publish(curator, "YB-003", Lifecycle.LIVE)
    published = await writing.publish(other, "YB-003", Lifecycle.PILOT)
    now = house.services.directory.current.item("YB-003")
    assert (now, now.version, now.lifecycle) == (published, item.version + 1, Lifecycle.PILOT)
    assert (await house.call(call.call_id)).item_version == item.version
    assert await house.services.directory.item_version("YB-003", item.version) == item
    await writing.set_lifecycle(curator, "YB-003", Lifecycle.LIVE)
    await writing.set_lifecycle(curator, "YB-003", Lifecycle.RETIRED)
    assert not house.services.directory.current.item("YB-003").requestable
    with pytest.raises(StateError, match="lifecycle_not_possible"):
        await writing.set_lifecycle(curator, "YB-003", Lifecycle.LIVE)


async def test_writing_in_a_draft_takes_it_back_and_who_wrote_last_does_not_publish(house: House) -> None:
    writing, curator, other = house.services.writing, house.actor("duanlian"), await second_curator(house)
    item = house.services.directory.current.item("YB-003")
    await writing.write(curator, item)
    await writing.submit(curator, "YB-003")
    await writing.write(other, replace(item, name="改过"))
    assert house.services.directory.current.draft("YB-003").submitted_by is None
    await writing.submit(curator, "YB-003")
    for who in (curator, other):
        with pytest.raises(ForbiddenError, match="second_person_publishes"):
            await writing.publish(who, "YB-003", Lifecycle.LIVE)


@pytest.mark.parametrize("username", ["admin", "security", "audit", "wangxiuying", "liming", "zhouping"])
async def test_only_curators_write_items(house: House, username: str) -> None:
    item = house.services.directory.current.item("YB-003")
    with pytest.raises(ForbiddenError):
        await house.services.writing.write(house.actor(username), item)


@pytest.mark.parametrize("username", ["security", "audit", "duanlian", "zhaojun", "liming"])
async def test_only_system_administrators_change_places(house: House, username: str) -> None:
    with pytest.raises(ForbiddenError):
        await house.services.places.change_region(house.actor(username), TOWN, name="别处")


async def test_it_is_said_of_each_specialist_why_they_would_not_be_rung(house: House) -> None:
    await house.online("liming")
    why = await house.services.readiness.why_not(
        house.actor("admin"), "point-dulongjiang", "YB-003", "独龙语"
    )
    reasons = {verdict.staff_id: verdict.reason.value for verdict in why.people}
    assert why.obstacles == (Obstacle.NO_MEDIA,) or why.obstacles == ()
    assert reasons["demo-03"] in ("chosen", "step_not_open")
    assert (reasons["demo-04"], reasons["demo-05"]) == ("no_skill", "offline")
    await house.services.places.set_point_enabled(house.actor("admin"), "point-dulongjiang", enabled=False)
    why = await house.services.readiness.why_not(
        house.actor("admin"), "point-dulongjiang", "YB-003", "独龙语"
    )
    assert Obstacle.POINT_CLOSED in why.obstacles


async def test_the_demo_lacks_nothing_a_call_needs_once_somebody_is_there(house: House) -> None:
    missing = {
        one.check
        for one in await house.services.readiness.findings(house.actor("admin"))
        if one.grade is Grade.NEEDED
    }
    assert missing == {Check.SIGNED_IN}
    await house.online("liming")
    found = await house.services.readiness.findings(house.actor("zhaojun"))
    assert can_ring(found)
    with pytest.raises(ForbiddenError):
        await house.services.readiness.findings(house.actor("liming"))


async def test_a_specialist_who_is_disabled_in_a_call_is_not_waited_for(house: House) -> None:
    await house.connect("wangxiuying")
    await house.online("liming")
    call = await house.accept(await house.request())
    await house.services.administration.set_enabled(house.actor("admin"), "demo-03", enabled=False)
    await house.services.life.settle()
    after = await house.call(call.call_id)
    assert after.state is not CallState.RECONNECTING, "nobody reads that the line is broken"
    assert after.member_of(Subject.of_staff("demo-03")) is None
