"""The desk: what a step brings is told in order, to subscribers that step the same call too."""

import asyncio
from dataclasses import replace

import pytest

from signaling.domain.call_inputs import MaterialSet
from signaling.domain.call_model import Call, Material, MaterialState
from signaling.domain.errors import StateError
from signaling.domain.events import CallChanged, DomainEvent, MaterialChanged
from signaling.domain.log_kinds import LogKind
from signaling.domain.subject import Subject
from tests.signaling.services.fakes import House


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


def _ticked(call: Call, note: str) -> MaterialSet:
    return MaterialSet(
        Material(call.materials[0].name, MaterialState.HAVE, note), Subject.of_staff("somebody")
    )
