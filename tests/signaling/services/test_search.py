"""The search as the counter uses it: what wrap-ups teach, what is taken back, and the general desk."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from signaling.domain.audit import AuditAct
from signaling.domain.call_model import Applicant, CallState, Relation, ResultKind
from signaling.domain.directory_data import DirectoryChange
from signaling.domain.errors import NotFoundError
from signaling.domain.events import DirectoryChanged
from signaling.domain.items import GENERAL_DESK, Lifecycle
from signaling.domain.roles import Permission
from signaling.domain.search.learned import LearnedLine, confusions
from signaling.domain.search.meaning import Similar
from signaling.services.calls import ResultInput
from signaling.services.meaning import MeaningState
from tests.signaling.services.fakes import House, demo_house, demo_settings

SAID: Final = "娃娃他爹在里头坐着没人管"


async def helped(house: House, codes: tuple[str, ...], **request: Any) -> str:
    """Let the clerk's call be answered and wrapped up with items; return its id."""
    await house.connect("wangxiuying")
    await house.online("liming")
    call = await house.accept(await house.request(**request))
    await house.services.calls.end(house.actor("wangxiuying"), call.call_id)
    given = ResultInput(ResultKind.GUIDED, codes)
    await house.services.calls.store_result(house.actor("liming"), call.call_id, given)
    return call.call_id


async def lines(house: House) -> list[tuple[str, str, bool]]:
    found: Sequence[LearnedLine] = await house.services.teaching.all()
    return [(line.item_code, line.text, line.corrected) for line in found]


async def first(house: House, query: str) -> str:
    answer = await house.services.catalogue.search(house.actor("wangxiuying"), query)
    return answer.hits[0].item.code


async def taught(house: House) -> set[str]:
    """Return the items that are found because somebody said nearly this before."""
    answer = await house.services.catalogue.search(house.actor("wangxiuying"), SAID, 20)
    return {hit.item.code for hit in answer.hits if hit.found.taught}


async def test_a_confirmed_item_teaches_its_line(house: House) -> None:
    await helped(house, ("YB-003",), free_text=SAID)
    assert await lines(house) == [("YB-003", SAID, False)]
    assert await taught(house) == {"YB-003"}


async def test_a_corrected_item_teaches_what_it_turned_out_to_be(house: House) -> None:
    await helped(house, ("MZ-008",), free_text=SAID)
    assert await lines(house) == [("MZ-008", SAID, True)]


async def test_a_corrected_item_says_what_was_taken_for_what_until_its_line_is_taken_back(
    house: House,
) -> None:
    call_id = await helped(house, ("MZ-008",), free_text=SAID)
    [pair] = confusions(await house.services.teaching.all())
    assert (pair.meant, pair.taken, pair.times) == ("MZ-008", "YB-003", 1)
    await house.services.teaching.withdraw(house.actor("admin"), call_id, withdrawn=True)
    assert confusions(await house.services.teaching.all()) == []


async def test_nothing_is_taken_for_the_general_desk(house: House) -> None:
    await helped(house, ("MZ-008",), free_text=SAID, item_code=GENERAL_DESK.code)
    [line] = await house.services.teaching.all()
    assert line.corrected
    assert line.taken_for is None


async def test_an_amended_wrap_up_teaches_once(house: House) -> None:
    await house.connect("wangxiuying")
    await house.online("liming")
    call = await house.accept(await house.request(free_text=SAID))
    await house.services.calls.end(house.actor("wangxiuying"), call.call_id)
    for code in ("YB-003", "MZ-008"):
        given = ResultInput(ResultKind.GUIDED, (code,), keep_wrap_up=True)
        await house.services.calls.store_result(house.actor("liming"), call.call_id, given)
    assert await lines(house) == [("MZ-008", SAID, True)]


async def test_names_numbers_and_places_are_not_learned(house: House) -> None:
    said = "赵老三住独龙江乡,电话13987654321,发票没报,李明知道"
    await helped(house, ("YB-003",), free_text=said, applicant=Applicant(name="赵老三"))
    [(_, text, _)] = await lines(house)
    for personal in ("赵老三", "独龙江乡", "13987654321", "李明"):
        assert personal not in text
    assert "发票没报" in text


@pytest.mark.parametrize("said", ["", "报", "医疗费用手工(零星)报销"])
async def test_what_says_nothing_teaches_nothing(house: House, said: str) -> None:
    await helped(house, ("YB-003",), free_text=said)
    assert await lines(house) == []


async def test_drills_teach_nothing_but_where_every_call_is_one(tmp_path: Path) -> None:
    async with demo_house(tmp_path, demo_settings(demo=False)) as house:
        await helped(house, ("YB-003",), free_text=SAID, drill=True)
        assert await lines(house) == []


async def test_a_line_is_taken_back_and_restored(house: House) -> None:
    call_id = await helped(house, ("YB-003",), free_text=SAID)
    curator = house.actor("admin")
    assert Permission.SEARCH_TEACH in curator.permissions
    await house.services.teaching.withdraw(curator, call_id, withdrawn=True)
    assert await taught(house) == set()
    [entry] = await house.audited(1)
    assert entry.act == AuditAct.SEARCH_LINE.value
    assert SAID not in repr(entry)
    await house.services.teaching.withdraw(curator, call_id, withdrawn=False)
    assert await taught(house) == {"YB-003"}
    with pytest.raises(NotFoundError, match="line_not_found"):
        await house.services.teaching.withdraw(curator, "no-such-call", withdrawn=True)


async def test_a_line_taken_back_stays_so_when_its_wrap_up_is_amended(house: House) -> None:
    call_id = await helped(house, ("YB-003",), free_text=SAID)
    line = await house.ports.learned.line(call_id)
    assert line is not None
    await house.services.teaching.withdraw(house.actor("admin"), call_id, withdrawn=True)
    await house.services.teaching.keep(line)
    kept = await house.ports.learned.line(call_id)
    assert kept is not None
    assert kept.withdrawn_at is not None


async def test_what_was_learned_is_there_after_a_start_and_goes_after_its_time(tmp_path: Path) -> None:
    async with demo_house(tmp_path) as house:
        await helped(house, ("MZ-008",), free_text=SAID)
        await house.services.catalogue.start()
        assert await first(house, SAID) == "MZ-008"
        house.clock.at += 731 * 86_400
        assert (await house.services.retention.tidy())[2] == 1
        assert await lines(house) == []


async def test_a_changed_catalogue_is_searched_at_once(house: House) -> None:
    item = house.services.directory.current.item("YB-003")
    renamed = replace(item, version=2, name="无人机飞行报备", keywords=("无人机",))
    await house.ports.directory.apply(DirectoryChange(items=(renamed,)))
    await house.ports.bus.publish(DirectoryChanged())
    assert await first(house, "飞无人机") == "YB-003"
    await house.ports.directory.apply(
        DirectoryChange(items=(replace(renamed, version=3, lifecycle=Lifecycle.RETIRED),))
    )
    await house.ports.bus.publish(DirectoryChanged())
    answer = await house.services.catalogue.search(house.actor("wangxiuying"), "无人机")
    assert all(hit.item.code != "YB-003" for hit in answer.hits)


class Patient:
    """A model that is asked, and answers when told."""

    state = MeaningState.READY

    def __init__(self) -> None:
        self.texts: tuple[str, ...] = ()

    def compare_with(self, texts: Sequence[str]) -> None:
        self.texts = tuple(texts)

    async def similar(self, query: str) -> Similar | None:
        await asyncio.sleep(0)
        return dict.fromkeys(self.texts, 0.8) | {"五保户": 0.99} if query != "late" else None


async def test_meanings_are_compared_with_the_catalogue_and_what_was_learned(house: House) -> None:
    model = Patient()
    object.__setattr__(house.ports, "meaning", model)
    await house.ports.bus.publish(DirectoryChanged())
    assert "五保户" in model.texts
    await helped(house, ("MZ-008",), free_text=SAID)
    assert SAID in model.texts
    answer = await house.services.catalogue.search(house.actor("wangxiuying"), "大伯没后人")
    assert (answer.hits[0].item.code, answer.by_meaning) == ("MZ-002", True)
    late = await house.services.catalogue.search(house.actor("wangxiuying"), "late")
    assert not late.by_meaning


async def test_an_unsure_answer_names_departments_as_people_here_say_them(house: House) -> None:
    answer = await house.services.catalogue.search(house.actor("wangxiuying"), "老人补助", 5)
    assert not answer.sure
    assert answer.question is not None
    assert "县民政局" in [option.label for option in answer.question.options]


# the general desk


async def test_a_call_about_no_item_rings_the_general_desk_first(house: House) -> None:
    await house.connect("wangxiuying")
    await house.online("liming", "mulan")
    call = await house.request(item_code=None, free_text="不晓得找哪个")
    assert call.item_code == GENERAL_DESK.code
    assert call.offer is not None
    assert house.services.directory.current.staff(call.offer.who.id).username == "mulan"


async def test_a_call_about_no_item_rings_whoever_is_there(house: House) -> None:
    """The default policy has no general desk of its own here: somebody rings all the same."""
    await house.connect("wangxiuying")
    await house.online("yangxueqin")
    call = await house.request(item_code=None, free_text="不晓得找哪个")
    assert call.offer is not None
    accepted = await house.accept(call)
    assert accepted.state is CallState.CONNECTED


async def test_the_search_says_who_could_take_it_at_the_general_desk(house: House) -> None:
    await house.online("liming")
    answer = await house.services.catalogue.search(house.actor("wangxiuying"), "")
    assert answer.hits == []
    assert answer.general.item.code == GENERAL_DESK.code
    assert answer.general.available == 1
    assert answer.general.department_name == "县政务服务局"


async def test_what_the_general_desk_finds_out_is_learned(house: House) -> None:
    await helped(house, ("MZ-008",), item_code=None, free_text=SAID)
    assert await lines(house) == [("MZ-008", SAID, True)]


async def test_the_general_desk_itself_teaches_nothing(house: House) -> None:
    await helped(house, (GENERAL_DESK.code,), item_code=None, free_text=SAID, consent_by=Relation.SELF)
    assert await lines(house) == []


async def test_what_a_counter_asks_for_most_comes_first(house: House) -> None:
    clerk = house.actor("wangxiuying")
    assert await house.services.catalogue.familiar(clerk) == []
    await house.connect("wangxiuying")
    for code in ("YB-003", "GA-005", "GA-005", None):
        call = await house.request(item_code=code)
        await house.services.calls.cancel(clerk, call.call_id)
    familiar = await house.services.catalogue.familiar(clerk)
    assert [hit.item.code for hit in familiar] == ["GA-005", "YB-003"]
    assert await house.services.catalogue.familiar(house.actor("hexiaomei")) == []


async def test_the_general_desk_speaks_every_language_of_the_catalogue(house: House) -> None:
    desk = house.services.catalogue.general(house.actor("wangxiuying")).item
    assert {"普通话", "独龙语"} <= set(desk.languages)
    assert await house.services.directory.item_version(desk.code, desk.version) == desk
