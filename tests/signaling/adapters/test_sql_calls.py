"""CallStore on SQLite and PostgreSQL: numbers, versions, claims, logs, searches."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from signaling.adapters.sql.calls import SqlCallStore
from signaling.adapters.sql.database import Database
from signaling.domain.call_model import (
    Applicant,
    Call,
    CallEnd,
    CallState,
    Relation,
    Result,
    ResultKind,
)
from signaling.domain.log_kinds import LogKind
from signaling.domain.members import Part
from signaling.domain.presence import PresenceState
from signaling.domain.routing.decision import PassedOver, Reason
from signaling.domain.routing.judge import admit, judge
from signaling.domain.routing.model import Candidate, Profile, Request, Standing
from signaling.domain.routing.policy import DEFAULT_POLICY
from signaling.domain.steps.step import Logged
from signaling.domain.subject import Subject
from signaling.services.stores import CallQuery, ClaimedError, ConflictError
from tests.signaling.adapters.samples import a_call, an_ask, seat

REQUESTED = (Logged(LogKind.CALL_REQUESTED, "clerk", {"free_text": "爹在昆明住院"}),)


@pytest.fixture
def store(database: Database) -> SqlCallStore:
    return SqlCallStore(database)


def offered(call: Call, staff_id: str) -> Call:
    offer = an_ask("o1", staff_id, 110.0, 135.0, "skill|4")
    return replace(call, state=CallState.OFFERED, asks=(offer,), version=call.version + 1)


def closed(call: Call, *, at: float, specialist_id: str = "s1") -> Call:
    return replace(
        call,
        version=call.version + 1,
        state=CallState.CLOSED,
        end=CallEnd.COMPLETED,
        asks=(),
        members=(*call.members, seat(specialist_id, Part.SPECIALIST, at)),
        connected_at=at,
        ended_at=at + 60,
        closed_at=at + 90,
    )


async def test_a_call_comes_back_as_it_was_stored(store: SqlCallStore) -> None:
    created = await store.create(a_call(), REQUESTED, "20261122")
    assert created.number == "1122-001"
    assert await store.load("c1") == created
    assert await store.load("c2") is None


async def test_numbers_are_distinct_when_calls_are_created_at_once(store: SqlCallStore) -> None:
    made = await asyncio.gather(*(store.create(a_call(f"c{number}"), (), "20261122") for number in range(12)))
    assert sorted(call.number for call in made) == [f"1122-{number:03d}" for number in range(1, 13)]
    other_day = await store.create(a_call("next"), (), "20261123")
    assert other_day.number == "1123-001"


async def test_a_stale_version_is_refused_and_nothing_of_it_is_kept(store: SqlCallStore) -> None:
    call = await store.create(a_call(), REQUESTED, "20261122")
    await store.save(call, offered(call, "s1"), (Logged(LogKind.OFFER_MADE, None, {}),), 110.0)
    with pytest.raises(ConflictError):
        await store.save(call, offered(call, "s2"), (Logged(LogKind.OFFER_MADE, None, {}),), 111.0)
    stored = await store.load("c1")
    assert stored is not None
    assert stored.offer is not None
    assert stored.offer.who == Subject.of_staff("s1")
    assert [event.kind for event in await store.events("c1")] == ["call.requested", "offer.made"]


async def test_of_two_writers_of_one_version_one_wins(store: SqlCallStore) -> None:
    call = await store.create(a_call(), (), "20261122")
    outcomes = await asyncio.gather(
        *(store.save(call, offered(call, f"s{i}"), (), 110.0) for i in range(6)), return_exceptions=True
    )
    assert sum(outcome is None for outcome in outcomes) == 1
    assert sum(isinstance(outcome, ConflictError) for outcome in outcomes) == 5


async def test_a_specialist_is_claimed_by_one_call_only(store: SqlCallStore) -> None:
    first = await store.create(a_call("c1"), (), "20261122")
    second = await store.create(a_call("c2"), (), "20261122")
    outcomes = await asyncio.gather(
        store.save(first, offered(first, "s1"), (), 110.0),
        store.save(second, offered(second, "s1"), (), 110.0),
        return_exceptions=True,
    )
    assert sum(isinstance(outcome, ConflictError) for outcome in outcomes) == 1
    won = first if outcomes[0] is None else second
    lost = second if won is first else first
    ringing = offered(won, "s1")
    await store.save(ringing, closed(ringing, at=120.0), (), 120.0)
    await store.save(lost, offered(lost, "s1"), (), 121.0)  # free again


def answered(call: Call, staff_id: str, *advisers: str) -> Call:
    advising = (seat(name, Part.CONSULTANT, 115.0) for name in advisers)
    members = (*call.members, seat(staff_id, Part.SPECIALIST, 115.0), *advising)
    return replace(call, version=call.version + 1, state=CallState.CONNECTED, asks=(), members=members)


async def test_nobody_is_rung_or_seated_while_in_another_call(store: SqlCallStore) -> None:
    first = await store.create(a_call("c1"), (), "20261122")
    second = await store.create(a_call("c2"), (), "20261122")
    talking = answered(first, "s1", "adviser")
    await store.save(first, talking, (), 115.0)
    for taken in ("s1", "adviser", "clerk"):
        with pytest.raises(ClaimedError):
            await store.save(second, offered(second, taken), (), 116.0)
    with pytest.raises(ClaimedError):
        await store.save(second, answered(second, "s2", "adviser"), (), 116.0)
    with pytest.raises(ClaimedError):
        await store.create(replace(a_call("c3"), members=second.members), (), "20261122")
    assert await store.load("c3") is None
    alone = replace(talking, version=talking.version + 1, members=talking.members[:2])
    await store.save(talking, alone, (), 117.0)  # the adviser left: free again
    await store.save(second, answered(second, "s2", "adviser"), (), 118.0)


async def test_of_calls_that_seat_one_person_at_once_one_wins(store: SqlCallStore) -> None:
    made = [await store.create(a_call(f"c{number}"), (), "20261122") for number in range(6)]
    outcomes = await asyncio.gather(
        *(store.save(call, answered(call, f"s-{call.call_id}", "adviser"), (), 115.0) for call in made),
        return_exceptions=True,
    )
    assert sum(outcome is None for outcome in outcomes) == 1
    assert sum(isinstance(outcome, ClaimedError) for outcome in outcomes) == 5


async def test_of_calls_that_one_person_asks_for_at_once_one_is_made(store: SqlCallStore) -> None:
    clerk = (seat("clerk", Part.CLERK),)
    outcomes = await asyncio.gather(
        *(store.create(a_call(f"c{number}", members=clerk), (), f"2026112{number}") for number in range(6)),
        return_exceptions=True,
    )
    assert sum(isinstance(outcome, ClaimedError) for outcome in outcomes) == 5
    assert len(await store.live()) == 1


async def test_people_find_the_calls_they_advised_in(store: SqlCallStore) -> None:
    call = await store.create(a_call(), (), "20261122")
    talking = answered(call, "s1", "adviser")
    await store.save(call, talking, (), 115.0)
    over = replace(talking, version=3, state=CallState.CLOSED, end=CallEnd.COMPLETED, connected_at=115.0)
    await store.save(talking, over, (), 200.0)
    assert await store.of_staff("adviser", 0.0) == [over]
    assert await store.search(CallQuery(staff_id="adviser")) == ([over], 1)
    assert [load.staff_id for load in await store.loads(since=0.0, drills=False)] == ["s1"]


async def test_the_log_counts_up_and_keeps_its_data(store: SqlCallStore) -> None:
    await store.create(a_call(), REQUESTED, "20261122")
    await asyncio.gather(
        *(
            store.append("c1", (Logged(LogKind.CARD_PUSHED, "s1", {"n": number}),), 200.0)
            for number in range(8)
        )
    )
    events = await store.events("c1")
    assert [event.sequence for event in events] == list(range(1, 10))
    assert events[0].data == {"free_text": "爹在昆明住院"}


async def test_only_calls_that_are_not_closed_are_live(store: SqlCallStore) -> None:
    first = await store.create(a_call("c1"), (), "20261122")
    second = await store.create(a_call("c2"), (), "20261122")
    await store.save(first, closed(first, at=120.0), (), 210.0)
    assert await store.live() == [second]


async def test_search_pages_and_filters(store: SqlCallStore) -> None:
    for number in range(5):
        call = await store.create(
            a_call(f"c{number}", requested_at=100.0 + number, free_text=f"第{number}次"), (), "20261122"
        )
        await store.save(call, closed(call, at=200.0 + number), (), 300.0)
    calls, total = await store.search(CallQuery(limit=2))
    assert ([call.call_id for call in calls], total) == (["c4", "c3"], 5)
    calls, total = await store.search(CallQuery(limit=2, offset=4))
    assert ([call.call_id for call in calls], total) == (["c0"], 5)
    assert (await store.search(CallQuery(text="第3次")))[1] == 1
    assert (await store.search(CallQuery(text="100%")))[1] == 0
    assert (await store.search(CallQuery(text="王", text_staff=frozenset({"s1"}))))[1] == 5
    assert (await store.search(CallQuery(regions=frozenset({"533301"}))))[1] == 0
    assert (await store.search(CallQuery(since=103.0)))[1] == 2
    assert (await store.search(CallQuery(item_code="YB-003", staff_id="s1")))[1] == 5


async def test_a_text_finds_what_people_know_of_a_call(store: SqlCallStore) -> None:
    asked = {"free_text": "爹在昆明住院, 100% 自费_单据", "applicant": Applicant("马海娃", "138-8765 4321")}
    call = await store.create(a_call("c1", **asked), (), "20261122")
    done = replace(closed(call, at=200.0), result=Result(ResultKind.ACCEPTED, ("YB-003",), "BL2026/77"))
    await store.save(call, done, (), 300.0)

    async def finds(text: str, **named: Any) -> bool:
        calls, total = await store.search(CallQuery(text=text, **named))
        assert calls == ([done] if total else [])
        return total == 1

    for text in ("1122-001", "1122", "马海娃", "海娃", "昆明", "100%", "费_单", "bl2026/77"):
        assert await finds(text), text
    for digits in ("4321", "13887654321", "138 8765-4321"):
        assert await finds(digits), digits
    assert await finds("独龙江", text_points=frozenset({"p1"}))
    assert await finds("王", text_staff=frozenset({"clerk"}))
    assert await finds("报销", text_items=frozenset({"YB-003"}))


@pytest.mark.parametrize(
    "text",
    [
        *("state", "null", "closed", "{", '"', ":", "[]", "true", "applicant", "self", "533324204"),
        *("%", "_", "%%%%", "1122_001", "马%娃", "\\", "/", "1", "321", "8765", "1388765432"),
    ],
)
async def test_a_text_finds_nothing_by_how_a_call_is_kept(store: SqlCallStore, text: str) -> None:
    applicant = Applicant("马海娃", "13887654321", None, Relation.AGENT, "爹")
    call = await store.create(a_call("c5", free_text="几时有人", applicant=applicant), (), "20260522")
    call = replace(call, number="0522-002")
    await store.save(call, closed(call, at=200.0), (), 300.0)
    assert await store.search(CallQuery(text=text)) == ([], 0)


async def test_loads_and_samples_come_from_answered_calls(store: SqlCallStore) -> None:
    for number in range(3):
        call = await store.create(a_call(f"c{number}"), (), "20261122")
        await store.save(call, closed(call, at=120.0 + number), (), 300.0)
    [load] = await store.loads(since=0.0, drills=False)
    assert (load.staff_id, load.calls, load.talk_s, load.handling_s) == ("s1", 3, 180.0, 270.0)
    samples = await store.samples("医疗保障局", 2, drills=False)
    assert samples.waits_s == (22.0, 21.0)
    assert samples.handling_s == (90.0, 90.0)
    assert len(await store.of_staff("s1", 0.0)) == 3
    assert await store.of_staff("s1", 101.0) == []


async def test_drills_are_no_load_unless_asked_for(store: SqlCallStore) -> None:
    for name, drill in (("c1", False), ("c2", True)):
        call = await store.create(replace(a_call(name), drill=drill), (), "20261122")
        await store.save(call, closed(call, at=130.0), (), 300.0)
    assert [load.calls for load in await store.loads(since=0.0, drills=False)] == [1]
    assert [load.calls for load in await store.loads(since=0.0, drills=True)] == [2]


async def test_missed_offers_are_counted_by_person(store: SqlCallStore) -> None:
    missed = (Logged(LogKind.OFFER_MISSED, "s1", {}), Logged(LogKind.OFFER_MISSED, "s2", {}))
    await store.create(a_call(), missed, "20261122")
    assert await store.missed("s1", 50.0) == 1
    assert await store.missed("s1", 150.0) == 0


async def test_a_decision_comes_back_as_it_was_stored(store: SqlCallStore) -> None:
    request = Request("c1", "YB-003", "医疗保障局", "533324204", "普通话", 50, 100.0, "clerk")
    here = Candidate("s1", Profile(4, "county", ("普通话",)), Standing(PresenceState.AVAILABLE, 90.0))
    elsewhere = PassedOver(None, Reason.OUT_OF_REGION, 1999)
    decision = judge(
        request,
        [admit(DEFAULT_POLICY, request, here)],
        [elsewhere],
        now=101.0,
        strategy="longest_idle",
        policy=DEFAULT_POLICY,
    )
    other = replace(decision, request=replace(request, call_id="c2"))
    await store.save_decisions([decision, other])
    assert await store.decisions("c1") == [decision]
    assert await store.decisions("c2") == [other]


async def test_only_completed_real_calls_without_a_rating_are_unrated(store: SqlCallStore) -> None:
    real = await store.create(a_call("c1"), (), "20261122")
    drill = await store.create(a_call("c2", drill=True), (), "20261122")
    await store.save(real, closed(real, at=120.0), (), 300.0)
    await store.save(drill, closed(drill, at=120.0), (), 300.0)
    assert [call.call_id for call in await store.unrated(1000.0, 10)] == ["c1"]
    assert await store.unrated(150.0, 10) == []
