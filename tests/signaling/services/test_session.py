"""Joining and rejoining a call: who is in it, in which generation, and what happens to those who go."""

import asyncio

import pytest

from signaling.domain.call_model import CallState
from signaling.domain.collaboration import Chat
from signaling.domain.errors import ForbiddenError, StateError
from signaling.domain.events import (
    DomainEvent,
    MediaRestarted,
    ProducerRemoved,
    Superseded,
    TodayChanged,
)
from signaling.domain.presence import PresenceState
from signaling.domain.record import RecordKind
from signaling.domain.session import Away, Track
from signaling.services.ports import MediaProcessRestarted
from tests.signaling.services.fakes import House
from tests.signaling.services.stage import Stage
from tests.support.until import until_async


async def test_both_see_each_other_and_the_same_room(stage: Stage) -> None:
    snapshot = await stage.join("liming", 1, "epoch-1")
    assert [entry.participant_id for entry in snapshot.participants] == ["clerk", "specialist"]
    assert snapshot.participants[0].title == "独龙江乡便民服务中心"
    assert (snapshot.participant_id, snapshot.generation, snapshot.epoch) == ("specialist", 1, "epoch-1")


async def test_nobody_else_can_join(stage: Stage) -> None:
    with pytest.raises(ForbiddenError, match="not_in_call"):
        await stage.session.join(stage.house.actor("hezhiqiang"), "x", stage.call_id, None, None)


async def test_a_call_that_is_not_connected_cannot_be_joined(house: House) -> None:
    await house.connect("wangxiuying")
    await house.connect("liming")
    call = await house.request()
    with pytest.raises(StateError, match="bad_state"):
        await house.services.session.join(house.actor("wangxiuying"), "w", call.call_id, None, None)


async def test_same_generation_and_epoch_keeps_the_transports(stage: Stage) -> None:
    transport_id = await stage.transport("wangxiuying", "send")
    await stage.lose("wangxiuying")
    stage.sockets["wangxiuying"] = await stage.house.connect("wangxiuying")
    snapshot = await stage.join("wangxiuying", 1, "epoch-1")
    assert snapshot.generation == 1
    assert transport_id in stage.house.media.transports


async def test_a_reload_closes_the_old_generation_before_the_reply(stage: Stage) -> None:
    transport_id = await stage.transport("wangxiuying", "send")
    camera = await stage.produce("wangxiuying", transport_id)
    await stage.produce("wangxiuying", transport_id, Track.DESKTOP)
    await stage.reload("wangxiuying")
    snapshot = await stage.join("wangxiuying")
    assert snapshot.generation == 2
    assert snapshot.was_sharing
    assert snapshot.producers == ()
    assert transport_id not in stage.house.media.transports
    removed = {event.producer_id for event in stage.house.heard(ProducerRemoved)}
    assert camera.producer_id in removed


async def test_a_second_window_supersedes_the_first(stage: Stage) -> None:
    first = stage.sockets["wangxiuying"]
    stage.sockets["wangxiuying"] = await stage.house.connect("wangxiuying")
    await stage.join("wangxiuying")
    assert [event.socket_id for event in stage.house.heard(Superseded)] == [first]
    with pytest.raises(ForbiddenError, match="superseded"):
        await stage.media.create_transport(stage.house.actor("wangxiuying"), first, stage.call_id, "send")


async def test_the_loss_of_a_socket_makes_the_call_reconnecting_until_it_is_back(stage: Stage) -> None:
    await stage.lose("wangxiuying")
    assert (await stage.house.call(stage.call_id)).state is CallState.RECONNECTING
    stage.sockets["wangxiuying"] = await stage.house.connect("wangxiuying")
    await stage.join("wangxiuying", 1, "epoch-1")
    assert (await stage.house.call(stage.call_id)).state is CallState.CONNECTED


async def test_a_clerk_gone_for_longer_than_the_grace_ends_the_call(stage: Stage) -> None:
    await stage.lose("wangxiuying")
    await stage.house.pass_time(61)
    call = await stage.house.call(stage.call_id)
    assert (call.state, call.end) == (CallState.WRAP_UP, "failed")
    await stage.house.services.routers.settle()
    assert stage.call_id not in stage.house.media.routers


async def test_a_specialist_who_accepts_and_never_arrives_is_noticed(house: House) -> None:
    await house.connect("wangxiuying")
    await house.online("liming", "hezhiqiang")
    call = await house.accept(await house.request())
    await house.services.presence.socket_lost(house.actor("liming"), "liming-1")
    await house.pass_time(70)
    call = await house.call(call.call_id)
    assert (call.state, call.offer and call.offer.who) == (CallState.OFFERED, house.actor("hezhiqiang").who)


async def test_without_its_specialist_a_call_goes_on_with_the_next_one(stage: Stage) -> None:
    house = stage.house
    first_router = await stage.transport("wangxiuying", "send")
    await stage.produce("wangxiuying", first_router, Track.DESKTOP)
    await house.services.collaboration.send_chat(house.actor("liming"), stage.call_id, "请把发票放上来")
    before = await house.call(stage.call_id)
    await house.online("hezhiqiang")
    await stage.lose("liming")
    await house.pass_time(70)
    offered = await house.call(stage.call_id)
    assert offered.requested_at == before.requested_at
    assert offered.state is CallState.OFFERED
    await house.services.routers.settle()
    assert house.media.routers == {}, "nothing of the first connection lives on"
    assert (await house.services.presence.of("demo-03")).state is PresenceState.OFFLINE
    with pytest.raises(ForbiddenError, match="not_in_call"):
        await stage.join("liming")

    await house.accept(offered)
    stage.sockets["hezhiqiang"] = "hezhiqiang-1"
    again = await stage.join("wangxiuying", 1, "epoch-1")
    assert (again.generation, again.was_sharing) == (2, True), "new transports, the desktop with one click"
    next_one = await stage.join("hezhiqiang")
    assert [who.participant_id for who in next_one.participants] == ["clerk", "specialist-2"]
    lines = next_one.record[RecordKind.CHAT].entries
    assert [line.text for line in lines if isinstance(line, Chat)] == ["请把发票放上来"]
    assert next_one.call.state is CallState.CONNECTED
    await stage.produce("hezhiqiang", await stage.transport("hezhiqiang", "send"))
    stored = await house.ports.sessions.participants(stage.call_id)
    names = {who.participant_id: who.name for who in stored}
    assert names == {"clerk": "王秀英", "specialist": "李明", "specialist-2": "和志强"}
    assert house.archive.closed == []
    await house.services.calls.end(house.actor("hezhiqiang"), stage.call_id)
    await house.services.calls.end_wrap_up(house.actor("hezhiqiang"))
    assert house.archive.closed == [stage.call_id], "one recording of the whole call"


async def test_a_specialist_who_comes_back_takes_the_same_seat_again(stage: Stage) -> None:
    house = stage.house
    await stage.lose("liming")
    house.clock.at += 59
    await house.services.life.settle()
    stage.sockets["liming"] = await house.connect("liming")
    house.clock.at += 2
    await house.services.life.settle()
    assert (await house.call(stage.call_id)).state is CallState.WAITING, "back too late for this connection"
    await house.online("liming")
    await house.accept(await house.call(stage.call_id))
    snapshot = await stage.join("liming", 1, "epoch-1")
    assert (snapshot.participant_id, snapshot.generation) == ("specialist", 2)


async def test_with_nobody_else_a_call_waits_for_its_lost_specialist(stage: Stage) -> None:
    house = stage.house
    await stage.lose("liming")
    await house.pass_time(61)
    assert (await house.call(stage.call_id)).state is CallState.WAITING
    await house.pass_time(200)
    assert (await house.call(stage.call_id)).state is CallState.WAITING
    await house.online("liming")
    assert (await house.call(stage.call_id)).state is CallState.OFFERED


async def test_a_call_whose_lost_specialist_stays_away_ends_for_lack_of_staff(stage: Stage) -> None:
    await stage.lose("liming")
    await stage.house.pass_time(61)
    await stage.house.pass_time(301)
    call = await stage.house.call(stage.call_id)
    assert (call.state, call.end) == (CallState.CLOSED, "no_staff")
    assert stage.house.archive.closed == [stage.call_id]


async def test_a_media_process_that_died_is_rejoined_in_its_new_life(stage: Stage) -> None:
    await stage.transport("wangxiuying", "send")
    await stage.house.media_restarts("epoch-2")
    await stage.house.services.media_events.handle(MediaProcessRestarted("epoch-2"))
    assert [event.epoch for event in stage.house.heard(MediaRestarted)] == ["epoch-2"]
    snapshot = await stage.join("wangxiuying", 1, "epoch-1")
    assert (snapshot.generation, snapshot.epoch) == (2, "epoch-2")
    assert stage.call_id in stage.house.media.routers


async def test_who_joins_waits_until_what_was_told_before_is_handled(stage: Stage) -> None:
    """The room of an earlier life of a call is closed by a subscriber: a new one must not be taken for it."""
    go_on, handled = asyncio.Event(), asyncio.Event()

    async def be_slow(event: DomainEvent) -> None:
        if isinstance(event, TodayChanged):
            await go_on.wait()
            handled.set()

    stage.house.ports.bus.subscribe(be_slow)
    stage.house.ports.bus.publish(TodayChanged("demo-03"))
    joining = asyncio.create_task(stage.join("wangxiuying"))

    async def has_joined() -> bool:
        stored = await stage.house.ports.sessions.participants(stage.call_id)
        return {one.participant_id: one.generation for one in stored}["clerk"] == 2

    with pytest.raises(TimeoutError):  # a seat is taken within milliseconds
        await until_async(has_joined, what="a seat", patience_s=0.5)
    go_on.set()
    await joining
    assert handled.is_set()
    assert await has_joined()


@pytest.mark.parametrize("away", [Away.LEFT, Away.SIGNED_OUT])
async def test_who_steps_out_is_waited_for_and_the_others_are_told_why(stage: Stage, away: Away) -> None:
    await stage.session.step_out(
        stage.house.actor("wangxiuying"), stage.sockets["wangxiuying"], stage.call_id, away
    )
    seen = (await stage.join("liming", 1, "epoch-1")).participants[0]
    assert (seen.online, seen.away) == (False, away)
    assert (await stage.house.call(stage.call_id)).state is CallState.RECONNECTING
    with pytest.raises(ForbiddenError, match="superseded"):
        await stage.transport("wangxiuying", "send")
    back = (await stage.join("wangxiuying")).participants[0]
    assert (back.online, back.away) == (True, None)
    assert (await stage.house.call(stage.call_id)).state is CallState.CONNECTED


async def test_who_is_lost_is_told_apart_from_who_left(stage: Stage) -> None:
    await stage.lose("wangxiuying")
    seen = (await stage.join("liming", 1, "epoch-1")).participants[0]
    assert (seen.online, seen.away) == (False, Away.LOST)
