"""Items, ratings, pads, messages, recordings and administration as people use them."""

import asyncio
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from signaling.domain.call_model import CallEnd, ResultKind
from signaling.domain.errors import (
    DomainError,
    ForbiddenError,
    InvalidError,
    LimitError,
    SignInError,
    StateError,
)
from signaling.domain.events import MessageChanged, PadPaired, PadsRevoked, RatingRequested, RatingWithdrawn
from signaling.domain.feedback import RatingLevel
from signaling.domain.places import ServicePoint
from signaling.domain.roles import Permission
from signaling.domain.staff import Skill, SkillKind
from signaling.domain.subject import SubjectKind
from signaling.services.administration import StaffInput
from signaling.services.calls import ResultInput
from signaling.services.sign_in_guard import Visitor
from signaling.services.stores import AuditQuery, CallQuery
from signaling.web.present.calls import message_view
from tests.signaling.services.fakes import PASSWORD, VIEWER, House, demo_house, demo_settings

RESULT = ResultInput(ResultKind.GUIDED, ("YB-003",))


async def completed(house: House, result: ResultInput = RESULT) -> str:
    """Return the id of a call that was completed and closed with a result."""
    await house.connect("wangxiuying")
    await house.online("liming")
    call = await house.accept(await house.request())
    await house.services.calls.end(house.actor("wangxiuying"), call.call_id)
    await house.services.calls.store_result(house.actor("liming"), call.call_id, result)
    return call.call_id


async def unanswered(house: House) -> str:
    await house.connect("wangxiuying")
    call = await house.request()
    await house.pass_time(21)
    assert (await house.call(call.call_id)).end is CallEnd.NO_STAFF
    return call.call_id


async def test_the_clerks_words_find_the_item_with_who_could_take_it(house: House) -> None:
    await house.online("liming")
    answer = await house.services.catalogue.search(house.actor("wangxiuying"), "爹在昆明住院,钱是自己垫的")
    [hit] = [hit for hit in answer.hits if hit.item.code == "YB-003"]
    assert (hit.available, hit.department_name) == (1, "县医保局")


async def found(house: House, username: str, query: str) -> list[str]:
    answer = await house.services.catalogue.search(house.actor(username), query)
    return [hit.item.code for hit in answer.hits]


async def test_an_item_withdrawn_from_a_region_is_found_no_more(house: House) -> None:
    admin = house.actor("admin")
    await house.services.catalogue.set_offering(admin, "YB-003", "533300", offered=False)
    assert "YB-003" not in await found(house, "wangxiuying", "住院报销")
    await house.services.catalogue.set_offering(admin, "YB-003", "533324204", offered=True)
    assert "YB-003" in await found(house, "wangxiuying", "住院报销")
    assert "YB-003" not in await found(house, "hexiaomei", "住院报销")


async def test_the_next_routing_decision_follows_a_change_of_skills(house: House) -> None:
    await house.connect("wangxiuying")
    await house.online("yangxueqin")
    assert (await house.request()).offer is None
    skills = [Skill("demo-04", SkillKind.ITEM, "YB-003", 3)]
    await house.services.administration.set_skills(house.actor("admin"), "demo-04", skills)
    await house.services.life.settle()
    [call] = house.services.calls.live(house.actor("wangxiuying"))
    assert call.offer is not None
    assert call.offer.who.id == "demo-04"


@pytest.mark.parametrize(
    ("skill", "code"),
    [
        (Skill("demo-04", SkillKind.ITEM, "XX-1", 3), "skill_unknown"),
        (Skill("demo-04", SkillKind.DEPARTMENT, "宇航局", 3), "skill_unknown"),
        (Skill("demo-04", SkillKind.ITEM, "YB-003", 9), "skill_level"),
    ],
)
async def test_skills_that_make_no_sense_are_refused(house: House, skill: Skill, code: str) -> None:
    with pytest.raises(InvalidError, match=code):
        await house.services.administration.set_skills(house.actor("admin"), "demo-04", [skill])


async def test_a_point_can_be_opened_and_closed(house: House) -> None:
    admin = house.services.places
    given = ServicePoint("", "茨开镇便民服务中心", "533324101", "0886-0000103", "工作日")
    point = await admin.open_point(house.actor("admin"), given)
    assert point in admin.points(house.actor("admin"))
    await admin.set_point_enabled(house.actor("admin"), "point-dulongjiang", enabled=False)
    await house.connect("wangxiuying")
    with pytest.raises(StateError, match="point_closed"):
        await house.request()


async def test_nobody_gets_a_clerk_at_a_point_outside_their_region(house: House) -> None:
    neighbour = replace(house.actor("admin"), region_code="533324102")
    clerk = StaffInput("newclerk", "新人", ("clerk",), "533324102", point_id="point-dulongjiang")
    with pytest.raises(ForbiddenError, match="out_of_scope"):
        await house.services.administration.create_staff(neighbour, clerk)


async def test_a_pad_is_paired_once_by_a_code_of_six_digits(house: House) -> None:
    code, lifetime = await house.services.pads.code(house.actor("wangxiuying"))
    assert (len(code), lifetime) == (6, 300)
    paired = await house.services.pads.pair(code, "10.0.0.2")
    assert house.heard(PadPaired)[0].point_id == "point-dulongjiang"
    pad = await house.services.pads.actor_of(paired.token, "10.0.0.2")
    assert (pad.who.kind, pad.permissions) == (SubjectKind.PAD, frozenset({Permission.RATING_SUBMIT}))
    assert await house.services.pads.paired() == {"point-dulongjiang": 1}
    with pytest.raises(SignInError, match="pad_code_wrong"):
        await house.services.pads.pair(code, "10.0.0.2")
    with pytest.raises(SignInError, match="session_ended"):
        await house.services.pads.actor_of("guess", "10.0.0.2")


async def test_closing_a_point_revokes_its_pads(house: House) -> None:
    pads, administration = house.services.pads, house.services.places
    here = await pads.pair_demo("point-dulongjiang", "")
    there = await pads.pair_demo("point-bingzhongluo", "")
    code, _ = await pads.code(house.actor("wangxiuying"))
    await administration.set_point_enabled(house.actor("admin"), "point-dulongjiang", enabled=False)
    [event] = house.heard(PadsRevoked)
    assert (event.point_id, event.pad_ids) == ("point-dulongjiang", (here.pad.pad_id,))
    with pytest.raises(StateError, match="point_closed"):
        await pads.code(house.actor("wangxiuying"))
    with pytest.raises(StateError, match="point_closed"):
        await pads.pair(code, "10.0.0.2")
    await administration.set_point_enabled(house.actor("admin"), "point-dulongjiang", enabled=True)
    with pytest.raises(SignInError, match="session_ended"):
        await pads.actor_of(here.token, "")
    await pads.actor_of(there.token, "")


async def test_unpairing_needs_the_permission_and_the_region(house: House) -> None:
    await house.services.pads.pair_demo("point-dulongjiang", "")
    neighbour = replace(house.actor("admin"), region_code="533324102")
    for actor, code in ((house.actor("wangxiuying"), "forbidden"), (neighbour, "out_of_scope")):
        with pytest.raises(ForbiddenError, match=code):
            await house.services.pads.revoke(actor, "point-dulongjiang")
    assert await house.services.pads.revoke(house.actor("admin"), "point-dulongjiang") == 1
    assert await house.services.pads.paired() == {}


async def test_another_pad_takes_the_place_of_the_oldest_of_a_full_point(house: House) -> None:
    pads = house.services.pads
    paired = []
    for _ in range(6):
        house.clock.at += 1
        paired.append(await pads.pair_demo("point-dulongjiang", ""))
    assert await pads.paired() == {"point-dulongjiang": 4}
    for old in paired[:2]:
        with pytest.raises(SignInError, match="session_ended"):
            await pads.actor_of(old.token, "")
    for kept in paired[2:]:
        await pads.actor_of(kept.token, "")


async def test_a_pad_code_is_good_for_five_minutes(house: House) -> None:
    code, _ = await house.services.pads.code(house.actor("wangxiuying"))
    house.clock.at += 300
    with pytest.raises(SignInError, match="pad_code_wrong"):
        await house.services.pads.pair(code, "10.0.0.2")


async def test_guessing_pad_codes_is_stopped(house: House) -> None:
    for number in range(10):
        with pytest.raises(SignInError):
            await house.services.pads.pair(f"99{number:04d}", "10.0.0.9")
    code, _ = await house.services.pads.code(house.actor("wangxiuying"))
    with pytest.raises(LimitError, match="too_many_attempts"):
        await house.services.pads.pair(code, "10.0.0.9")
    await house.services.pads.pair(code, "10.0.0.2")


async def test_the_citizen_rates_every_item_once_on_the_pad(house: House) -> None:
    code, _ = await house.services.pads.code(house.actor("wangxiuying"))
    paired = await house.services.pads.pair(code, "")
    pad = await house.services.pads.actor_of(paired.token, "")
    call_id = await completed(house, ResultInput(ResultKind.GUIDED, ("YB-003", "YB-002")))
    ratings = house.services.ratings
    assert [items for items, _ in house.heard(RatingRequested)[-1].items] == ["YB-003", "YB-002"]
    request = ratings.open_request("point-dulongjiang")
    assert request is not None
    await ratings.submit(pad, call_id, "YB-003", RatingLevel.VERY_SATISFIED, "")
    with pytest.raises(StateError, match="already_rated"):
        await ratings.submit(pad, call_id, "YB-003", RatingLevel.FAIR, "")
    with pytest.raises(InvalidError, match="item_not_in_call"):
        await ratings.submit(pad, call_id, "GA-001", RatingLevel.FAIR, "")
    await ratings.submit(pad, call_id, "YB-002", RatingLevel.DISSATISFIED, "等太久")
    assert house.heard(RatingWithdrawn)
    assert ratings.open_request("point-dulongjiang") is None


async def test_no_staff_and_no_other_point_can_rate(house: House) -> None:
    call_id = await completed(house)
    other = await house.services.pads.pair_demo("point-bingzhongluo", "")
    pad = await house.services.pads.actor_of(other.token, "")
    for actor in (house.actor("wangxiuying"), house.actor("liming"), pad):
        with pytest.raises(ForbiddenError, match="not_this_pad"):
            await house.services.ratings.submit(actor, call_id, "YB-003", RatingLevel.FAIR, "")


async def test_a_rating_comes_in_time_or_not_at_all(house: House) -> None:
    call_id = await completed(house)
    paired = await house.services.pads.pair_demo("point-dulongjiang", "")
    pad = await house.services.pads.actor_of(paired.token, "")
    house.clock.at += 601
    assert house.services.ratings.open_request("point-dulongjiang") is None
    with pytest.raises(StateError, match="rating_closed"):
        await house.services.ratings.submit(pad, call_id, "YB-003", RatingLevel.FAIR, "")


async def test_no_answer_in_five_working_days_is_stored_as_default(tmp_path: Path) -> None:
    async with demo_house(tmp_path) as house:
        call_id = await completed(house)
        house.clock.at += 9 * 86400
        assert await house.services.ratings.store_defaults() == 0, "drills are outside all figures"
    real = demo_settings(demo=False)
    (tmp_path / "real").mkdir()
    async with demo_house(tmp_path / "real", real) as house:
        call_id = await completed(house)
        house.clock.at += 4 * 86400
        assert await house.services.ratings.store_defaults() == 0
        house.clock.at += 5 * 86400
        assert await house.services.ratings.store_defaults() == 1
        [rating] = await house.ports.feedback.ratings([call_id])
        assert rating.level is RatingLevel.DEFAULT


async def test_an_item_nobody_rated_gets_the_default_beside_one_that_was(tmp_path: Path) -> None:
    async with demo_house(tmp_path, demo_settings(demo=False)) as house:
        code, _ = await house.services.pads.code(house.actor("wangxiuying"))
        paired = await house.services.pads.pair(code, "")
        pad = await house.services.pads.actor_of(paired.token, "")
        call_id = await completed(house, ResultInput(ResultKind.GUIDED, ("YB-003", "YB-002")))
        await house.services.ratings.submit(pad, call_id, "YB-003", RatingLevel.FAIR, "")
        house.clock.at += 9 * 86400
        assert await house.services.ratings.store_defaults() == 1
        assert await house.services.ratings.store_defaults() == 0
        found = {one.item_code: one.level for one in await house.ports.feedback.ratings([call_id])}
        assert found == {"YB-003": RatingLevel.FAIR, "YB-002": RatingLevel.DEFAULT}


async def test_what_is_over_is_deleted_and_the_rest_stays(house: House) -> None:
    old = await house.services.accounts.login("liming", PASSWORD, "tab00001", Visitor(""))
    call_id = await completed(house)
    assert await house.ports.calls.decisions(call_id)
    house.clock.at += 13 * 3600
    new = await house.services.accounts.login("liming", PASSWORD, "tab00002", Visitor(""))
    assert await house.services.retention.tidy() == (1, 0, 0)
    assert await house.ports.accounts.sign_in(old.session_id) is None
    assert await house.ports.accounts.sign_in(new.session_id) is not None
    house.clock.at += 180 * 86400
    assert (await house.services.retention.tidy())[1] > 0
    assert await house.ports.calls.decisions(call_id) == []


async def test_a_message_reaches_the_department_and_is_closed(house: House) -> None:
    call_id = await unanswered(house)
    message = await house.services.messages.leave(
        house.actor("wangxiuying"), call_id, "马海娃", "13800000000", "几时有人?"
    )
    assert house.heard(MessageChanged)
    assert await house.services.messages.messages(house.actor("liming")) == [message]
    assert await house.services.messages.messages(house.actor("hezhiqiang")) == [message]
    assert await house.services.messages.messages(house.actor("yangxueqin")) == []
    assert await house.services.messages.messages(house.actor("wangxiuying")) == []
    with pytest.raises(DomainError, match="message_not_found"):
        await house.services.messages.close(house.actor("yangxueqin"), message.message_id, "好")
    closed = await house.services.messages.close(house.actor("liming"), message.message_id, "明天九点")
    assert (closed.closed_by, closed.answer) == ("demo-03", "明天九点")
    with pytest.raises(StateError, match="already_closed"):
        await house.services.messages.close(house.actor("liming"), message.message_id, "再来")


async def test_a_department_finds_its_message_behind_many_of_others(house: House) -> None:
    call_id = await unanswered(house)
    clerk = house.actor("wangxiuying")
    mine = await house.services.messages.leave(clerk, call_id, "马海娃", "13800000000", "几时有人?")
    for number in range(520):
        other = replace(mine, message_id=f"m{number}", department="公安局(派出所)", left_at=mine.left_at + 1)
        await house.ports.feedback.save_message(other)
    assert await house.services.messages.messages(house.actor("liming")) == [mine]


async def test_a_call_takes_so_many_messages_and_no_more(house: House) -> None:
    call_id, clerk = await unanswered(house), house.actor("wangxiuying")
    leave = partial(house.services.messages.leave, clerk, call_id, "马海娃", "13800000000")
    outcomes = await asyncio.gather(*(leave(f"问 {n}") for n in range(120)), return_exceptions=True)
    refused = [outcome for outcome in outcomes if isinstance(outcome, LimitError)]
    assert len(refused) == 117
    assert {error.code for error in refused} == {"too_many_messages"}
    assert len(await house.services.messages.messages(house.actor("liming"))) == 3


async def test_an_opened_message_is_read_for_everybody_and_the_look_is_audited(house: House) -> None:
    call_id = await unanswered(house)
    messages = house.services.messages
    left = await messages.leave(house.actor("wangxiuying"), call_id, "马海娃", "13800000000", "几时有人?")
    assert messages.readers(left) > 0
    opened = await messages.read(house.actor("liming"), left.message_id)
    assert (opened.read_by, opened.read_at) == ("demo-03", house.clock.at)
    house.clock.at += 5.0
    again = await messages.read(house.actor("hezhiqiang"), left.message_id)
    assert again == opened, "who was first stays"
    acts = [(entry.subject, entry.act) for entry in await house.audited(2)]
    assert acts == [("demo-05", "message.viewed"), ("demo-03", "message.viewed")]
    with pytest.raises(DomainError, match="message_not_found"):
        await messages.read(house.actor("yangxueqin"), left.message_id)
    shown = message_view(opened, house.services.directory.current)
    assert shown.phone == "138****0000"
    assert message_view(opened, house.services.directory.current, in_full=True).phone == "13800000000"


async def test_a_message_reaches_who_has_the_skill_without_any_department(house: House) -> None:
    call_id = await unanswered(house)
    messages = house.services.messages
    left = await messages.leave(house.actor("wangxiuying"), call_id, "马海娃", "13800000000", "几时有人?")
    assert await messages.messages(replace(house.actor("liming"), department_ids=frozenset())) == [left]


async def test_a_specialist_of_no_department_and_no_skill_reads_no_messages(house: House) -> None:
    call_id = await unanswered(house)
    await house.services.messages.leave(
        house.actor("wangxiuying"), call_id, "马海娃", "13800000000", "几时有人?"
    )
    await house.services.administration.set_skills(house.actor("admin"), "demo-03", [])
    nobody = replace(house.actor("liming"), department_ids=frozenset())
    assert await house.services.messages.messages(nobody) == []


async def test_no_message_after_a_call_that_was_answered(house: House) -> None:
    call_id = await completed(house)
    with pytest.raises(StateError, match="call_was_answered"):
        await house.services.messages.leave(house.actor("wangxiuying"), call_id, "马", "13800000000", "?")


async def test_a_reviewer_finds_and_looks_and_every_look_is_audited(house: House) -> None:
    call_id = await completed(house)
    reviewer = house.actor("zhouping")
    for text in ("", "医疗费用", "yb-003", "独龙江", "王秀英", "李明", "-001"):
        entries, total = await house.services.recordings.list(reviewer, CallQuery(text=text))
        assert (total, entries[0].call.call_id, entries[0].recording) == (1, call_id, "ready")
    assert (await house.services.recordings.list(reviewer, CallQuery(text="张三")))[1] == 0
    replay = await house.services.recordings.replay(reviewer, call_id, VIEWER)
    assert [event.kind for event in replay.events][-1] == "call.closed"
    [entry] = await house.audited(1)
    assert (entry.act, entry.subject, entry.object) == ("recording.viewed", "demo-08", call_id)
    with pytest.raises(ForbiddenError):
        await house.services.recordings.replay(house.actor("wangxiuying"), call_id, VIEWER)


async def test_a_reviewer_of_other_departments_finds_and_sees_nothing(house: House) -> None:
    call_id = await completed(house)
    other = next(one for one in house.services.directory.current.all_departments() if one.bureau != "医保局")
    reviewer = replace(house.actor("zhouping"), department_ids=frozenset({other.department_id}))
    for text in ("", "医疗费用", "独龙江", "李明", "-001"):
        assert (await house.services.recordings.list(reviewer, CallQuery(text=text)))[1] == 0
    with pytest.raises(ForbiddenError, match="out_of_scope"):
        await house.services.recordings.replay(reviewer, call_id, VIEWER)


async def test_the_audit_log_is_read_within_ones_region_only(house: House) -> None:
    for username in ("wangxiuying", "hexiaomei", "nobody"):
        with pytest.raises(SignInError):
            await house.services.accounts.login(username, "wrong", "tab00001", Visitor("10.0.0.1"))
    reader = replace(house.actor("audit"), region_code="533324204")
    page = await house.services.audit.entries(reader, AuditQuery(act="account.login"))
    assert [row.entry.subject for row in page.rows] == ["unknown", "demo-01"]
    page = await house.services.audit.entries(house.actor("audit"), AuditQuery(act="account.login", limit=2))
    assert ([row.entry.subject for row in page.rows], page.more) == (["unknown", "demo-02"], True)
    with pytest.raises(ForbiddenError):
        await house.services.audit.entries(house.actor("admin"), AuditQuery())


async def test_calls_are_seen_within_ones_scope_only(house: House) -> None:
    call_id = await completed(house)
    for username in ("wangxiuying", "liming", "zhouping", "zhaojun"):
        assert (await house.services.calls.call(house.actor(username), call_id)).call_id == call_id
    for username in ("hexiaomei", "hezhiqiang", "duanlian", "admin"):
        with pytest.raises(ForbiddenError, match="out_of_scope"):
            await house.services.calls.call(house.actor(username), call_id)
