"""Who is there, told to those who work with them: the same that routing would find, and of nobody else."""

from dataclasses import replace
from typing import Any

import pytest

from signaling.domain.directory_data import DirectoryChange
from signaling.domain.errors import ForbiddenError
from signaling.domain.presence import CONNECTION_LOST, PresenceState
from signaling.domain.routing.pool import Pool
from signaling.services import colleagues
from tests.signaling.services.fakes import House


async def with_colleagues(house: House, **changes: Any) -> None:
    """Give 李明 a colleague of his department, and 王秀英 one of her point."""
    directory = house.services.directory
    now = directory.current
    model, clerk = now.staff_named("liming"), now.staff_named("wangxiuying")
    assert model is not None
    assert clerk is not None
    beside = replace(model, staff_id="s-2", username="duanzhi", name="段志", **changes)
    next_to = replace(clerk, staff_id="c-2", username="yuhua", name="余花")
    await directory.change(DirectoryChange(staff=(beside, next_to)))


def counted(house: House, username: str = "wangxiuying") -> dict[str, tuple[int, int, int, int]]:
    """Return 在线, 协助中, 整理中, 暂离 by department; all zero left out."""
    house.clock.at += colleagues.READ_EACH_S
    found = house.services.colleagues.of(house.actor(username)).departments
    states = list(PresenceState)[:4]
    told = {duty.department.spoken: tuple(duty.counts.get(one, 0) for one in states) for duty in found}
    return {name: counts for name, counts in told.items() if any(counts)}  # type: ignore[misc]


def named(house: House, username: str) -> list[tuple[str, str, str | None]]:
    house.clock.at += colleagues.READ_EACH_S
    found = house.services.colleagues.of(house.actor(username)).people
    return [(one.person.name, one.state.value, one.reason) for one in found]


async def test_a_counter_sees_how_many_of_each_department_could_help(house: House) -> None:
    assert counted(house) == {}
    await house.connect("wangxiuying")
    await house.online("liming", "hezhiqiang")
    assert counted(house) == {"县医保局": (1, 0, 0, 0), "州医保局": (1, 0, 0, 0)}
    call = await house.request()
    assert counted(house)["县医保局"] == (0, 1, 0, 0), "it rings at them: nobody else can reach them"
    await house.accept(call)
    assert counted(house)["县医保局"] == (0, 1, 0, 0)
    await house.services.calls.end(house.actor("wangxiuying"), call.call_id)
    assert counted(house)["县医保局"] == (0, 0, 1, 0)
    await house.services.calls.end_wrap_up(house.actor("liming"))
    await house.services.presence.set(house.actor("liming"), PresenceState.AWAY, "meal", sound_unlocked=True)
    assert counted(house)["县医保局"] == (0, 0, 0, 1)


async def test_departments_nobody_is_signed_in_at_are_named_with_nobody(house: House) -> None:
    found = house.services.colleagues.of(house.actor("wangxiuying")).departments
    assert {"县医保局", "州医保局"} <= {duty.department.spoken for duty in found}
    assert all(duty.department.region_code in ("533324", "533300") for duty in found)


async def test_whose_region_does_not_reach_the_counter_is_not_counted(house: House) -> None:
    await with_colleagues(house, region_code="533324102")
    await house.online("duanzhi")
    assert counted(house) == {}
    assert counted(house, "hexiaomei") == {"县医保局": (1, 0, 0, 0)}


async def test_a_clerk_sees_by_name_who_is_signed_in_at_their_own_point_only(house: House) -> None:
    await with_colleagues(house)
    assert named(house, "wangxiuying") == []
    for username in ("wangxiuying", "yuhua", "hexiaomei"):
        await house.connect(username)
    assert named(house, "wangxiuying") == [("余花", "available", None)]
    assert named(house, "hexiaomei") == []
    await house.online("liming")
    await house.accept(await house.request("yuhua"))
    assert named(house, "wangxiuying") == [("余花", "busy", None)]


async def test_a_specialist_sees_their_own_departments_colleagues_with_their_reason(house: House) -> None:
    await with_colleagues(house)
    await house.online("liming", "yangxueqin", "hezhiqiang")
    assert named(house, "liming") == []
    await house.online("duanzhi")
    assert named(house, "liming") == [("段志", "available", None)]
    await house.services.presence.set(house.actor("duanzhi"), PresenceState.AWAY, "meal", sound_unlocked=True)
    assert named(house, "liming") == [("段志", "away", "meal")]
    assert house.services.colleagues.of(house.actor("liming")).departments == ()
    assert named(house, "hezhiqiang") == []


async def test_whose_window_is_gone_is_away_at_once(house: House) -> None:
    await with_colleagues(house)
    await house.online("duanzhi")
    await house.services.presence.socket_lost(house.actor("duanzhi"), "duanzhi-1")
    assert named(house, "liming") == [("段志", "away", CONNECTION_LOST)]
    await house.pass_time(9)
    assert named(house, "liming") == []


async def test_a_colleague_whose_region_lies_outside_ones_own_is_not_named(house: House) -> None:
    await with_colleagues(house, region_code="533300")
    await house.online("duanzhi")
    assert named(house, "liming") == []


async def test_who_was_disabled_is_gone_with_the_change(house: House) -> None:
    await with_colleagues(house)
    await house.online("duanzhi")
    assert house.services.colleagues.of(house.actor("liming")).people
    await with_colleagues(house, enabled=False)
    assert house.services.colleagues.of(house.actor("liming")).people == []


async def test_everybody_is_read_once_in_two_seconds(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[float] = []
    pool_now = house.services.routing.pool_now

    def noted() -> Pool:
        read.append(house.clock.at)
        return pool_now()

    monkeypatch.setattr(house.services.routing, "pool_now", noted)
    for _ in range(500):
        house.services.colleagues.of(house.actor("wangxiuying"))
    assert len(read) == 1
    await house.online("liming")
    house.clock.at += colleagues.READ_EACH_S
    assert counted(house)["县医保局"] == (1, 0, 0, 0)


async def test_of_very_many_colleagues_the_rest_is_counted(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(colleagues, "NAMED", 0)
    await with_colleagues(house)
    await house.online("duanzhi")
    found = house.services.colleagues.of(house.actor("liming"))
    assert (found.people, found.more) == ([], 1)


async def test_who_takes_no_part_in_calls_is_told_nothing(house: House) -> None:
    for username in ("zhouping", "duanlian", "admin", "audit"):
        with pytest.raises(ForbiddenError):
            house.services.colleagues.of(house.actor(username))
