"""One INFO line for each step of a call's life, in ids, through the services."""

import logging
import re
from collections.abc import Awaitable, Callable

import pytest

from signaling.domain.call_model import Call, ResultKind
from signaling.services.calls import ResultInput
from tests.signaling.services.fakes import House

CLERK, SPECIALIST = "wangxiuying", "liming"
RESULT = ResultInput(ResultKind.GUIDED, ("YB-003",))


async def completed(house: House) -> Call:
    await house.online(SPECIALIST)
    call = await house.accept(await house.request())
    await house.services.calls.end(house.actor(CLERK), call.call_id)
    await house.services.calls.store_result(house.actor(SPECIALIST), call.call_id, RESULT)
    return call


async def unanswered(house: House) -> Call:
    call = await house.request()
    await house.pass_time(21)
    return call


async def cancelled(house: House) -> Call:
    call = await house.request()
    await house.services.calls.cancel(house.actor(CLERK), call.call_id)
    return call


async def missed(house: House) -> Call:
    await house.online(SPECIALIST)
    call = await house.request()
    await house.pass_time(21)
    return call


async def left_by_its_specialist(house: House) -> Call:
    await house.online(SPECIALIST)
    call = await house.accept(await house.request())
    clerk, specialist = house.actor(CLERK), house.actor(SPECIALIST)
    await house.services.session.join(clerk, f"{CLERK}-1", call.call_id, None, None)
    await house.services.session.join(specialist, f"{SPECIALIST}-1", call.call_id, None, None)
    await house.services.session.socket_lost(f"{SPECIALIST}-1")
    await house.pass_time(61)
    return call


STORIES: list[tuple[Callable[[House], Awaitable[Call]], list[str]]] = [
    (
        completed,
        [
            "requested, by demo-01, item_code YB-003",
            "offered, offer_id ID, staff_id demo-03",
            "connected, by demo-03, offer_id ID, waited_s 0.0",
            "hung up, by demo-01",
            "ended, end completed",
            "closed, end completed",
        ],
    ),
    (
        unanswered,
        ["requested, by demo-01, item_code YB-003", "nobody eligible", "closed, end no_staff"],
    ),
    (
        cancelled,
        ["requested, by demo-01, item_code YB-003", "cancelled, by demo-01", "closed, end cancelled"],
    ),
    (
        missed,
        [
            "requested, by demo-01, item_code YB-003",
            "offered, offer_id ID, staff_id demo-03",
            "offer missed, by demo-03, offer_id ID",
        ],
    ),
    (
        left_by_its_specialist,
        [
            "requested, by demo-01, item_code YB-003",
            "offered, offer_id ID, staff_id demo-03",
            "connected, by demo-03, offer_id ID, waited_s 0.0",
            "connection lost, by demo-03, part specialist",
            "connection given up, parts specialist",
            "waiting again, by demo-03",
        ],
    ),
]


@pytest.mark.parametrize(("story", "lines"), STORIES, ids=[story.__name__ for story, _ in STORIES])
async def test_each_step_of_a_call_is_one_line(
    house: House,
    caplog: pytest.LogCaptureFixture,
    story: Callable[[House], Awaitable[Call]],
    lines: list[str],
) -> None:
    caplog.set_level(logging.INFO)
    await house.connect(CLERK)
    call = await story(house)
    begin = f"call {call.call_id} ({call.number}) "
    told = [record for record in caplog.records if record.name == "signaling.services.call_log"]
    assert {record.levelno for record in told} == {logging.INFO}
    assert all(record.getMessage().startswith(begin) for record in told)
    said = [re.sub(r"offer_id id\d+", "offer_id ID", record.getMessage()[len(begin) :]) for record in told]
    assert said[: len(lines)] == lines
