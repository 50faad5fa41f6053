"""The desk: what a step brings is told in order, to subscribers that step the same call too."""

import asyncio
from dataclasses import replace

import pytest

from signaling.domain.call_inputs import MaterialSet
from signaling.domain.call_model import Call, CallState, Material, MaterialState
from signaling.domain.errors import ForbiddenError, StateError
from signaling.domain.events import CallChanged, DomainEvent, MaterialChanged, NewsMissed
from signaling.domain.log_kinds import LogKind
from signaling.domain.subject import Subject
from tests.signaling.adapters.samples import a_call
from tests.signaling.services.fakes import House
from tests.signaling.services.stage import Stage


async def test_a_subscriber_may_step_the_call_an_event_is_about(house: House) -> None:
    await house.connect("wangxiuying")
    await house.online("liming")
    call = await house.accept(await house.request())
    desk = house.services.calls._desk

    async def tick_the_next(event: DomainEvent) -> None:
        if isinstance(event, MaterialChanged) and event.material.note == "first":
            await desk.step(event.call_id, _ticked(call, "second"))

    house.ports.bus.subscribe(tick_the_next)
    heard: list[DomainEvent] = []

    async def listen(event: DomainEvent) -> None:
        heard.append(event)

    house.ports.bus.subscribe(listen)
    async with asyncio.timeout(10):
        await desk.step(call.call_id, _ticked(call, "first"))
    assert [one.material.note for one in heard if isinstance(one, MaterialChanged)] == ["first", "second"]
    versions = [one.call.version for one in heard if isinstance(one, CallChanged)]
    assert versions == sorted(versions), "causes before effects"
    assert (await house.call(call.call_id)).version == versions[-1]


async def test_steps_of_one_call_at_once_are_told_in_the_order_of_its_versions(house: House) -> None:
    await house.connect("wangxiuying")
    await house.online("liming")
    call = await house.accept(await house.request())
    house.events.clear()
    async with asyncio.TaskGroup() as tasks:
        for number in range(8):
            tasks.create_task(house.services.calls._desk.step(call.call_id, _ticked(call, str(number))))
    versions = [one.call.version for one in house.heard(CallChanged)]
    assert versions == list(range(versions[0], versions[0] + 8))


async def test_old_news_of_another_process_brings_no_closed_call_back_to_life(house: House) -> None:
    await house.connect("wangxiuying")
    call = await house.request()
    await house.services.calls.cancel(house.actor("wangxiuying"), call.call_id)
    desk = house.services.calls._desk
    await desk.on_event(CallChanged(replace(call), (LogKind.CALL_REQUESTED,), "another process"))
    assert desk.claiming(house.actor("wangxiuying").who) is None
    with pytest.raises(StateError):
        await desk.step(call.call_id, _ticked(call, "late"))
    await house.services.life.settle()
    assert desk.live_call(call.call_id) is None


async def test_what_was_missed_while_no_news_came_is_followed_afterwards(stage: Stage) -> None:
    house, desk = stage.house, stage.house.services.calls._desk
    before = await house.call(stage.call_id)
    now = house.clock.at
    closed = replace(before, version=before.version + 1, state=CallState.CLOSED, closed_at=now, ended_at=now)
    await house.ports.calls.save(before, closed, (), now)  # as another process does, unheard
    elsewhere = a_call("elsewhere", region_code=before.region_code)
    opened = await house.ports.calls.create(elsewhere, (), "20231114")
    await house.ports.bus.publish(NewsMissed())
    assert [call.call_id for call in desk.live()] == [opened.call_id]
    with pytest.raises(ForbiddenError, match="not_in_call"):
        await stage.transport("liming", "recv")
    assert [one.call for one in house.heard(CallChanged)][-2:] in ([closed, opened], [opened, closed])


def _ticked(call: Call, note: str) -> MaterialSet:
    return MaterialSet(
        Material(call.materials[0].name, MaterialState.HAVE, note), Subject.of_staff("somebody")
    )
