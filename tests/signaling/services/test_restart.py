"""A signalling process that dies: what the next one finds, and what people notice."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from signaling.adapters.sql.database import Database
from signaling.domain.call_model import CallEnd, CallState, RecordingState
from signaling.services.settings import ServiceSettings
from tests.signaling.services.fakes import FakeClock, FakeMedia, House, demo_database, open_house


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with demo_database(tmp_path) as opened:
        yield opened


async def start(database: Database, folder: Path, clock: FakeClock, media: FakeMedia) -> House:
    return await open_house(database, folder, clock, ServiceSettings(demo=True), media)


async def test_a_waiting_call_keeps_its_age_and_nothing_ends_for_lack_of_staff_at_once(
    database: Database, tmp_path: Path
) -> None:
    clock, media = FakeClock(), FakeMedia()
    house = await start(database, tmp_path, clock, media)
    await house.connect("wangxiuying")
    await house.connect("liming")
    call = await house.request()
    clock.at += 295
    house = await start(database, tmp_path, clock, media)
    await house.connect("wangxiuying")
    await house.services.life.settle()
    await house.pass_time(15)
    waiting = await house.call(call.call_id)
    assert (waiting.state, waiting.requested_at) == (CallState.WAITING, call.requested_at)
    await house.online("liming")
    assert (await house.call(call.call_id)).state is CallState.OFFERED


async def test_without_anybody_coming_back_the_waiting_call_ends(database: Database, tmp_path: Path) -> None:
    clock, media = FakeClock(), FakeMedia()
    house = await start(database, tmp_path, clock, media)
    await house.connect("wangxiuying")
    await house.connect("liming")
    call = await house.request()
    house = await start(database, tmp_path, clock, media)
    await house.connect("wangxiuying")
    await house.pass_time(21)
    assert (await house.call(call.call_id)).end is CallEnd.NO_STAFF


async def test_an_offered_call_is_offered_anew(database: Database, tmp_path: Path) -> None:
    clock, media = FakeClock(), FakeMedia()
    house = await start(database, tmp_path, clock, media)
    await house.connect("wangxiuying")
    await house.online("liming")
    call = await house.request()
    assert call.state is CallState.OFFERED
    house = await start(database, tmp_path, clock, media)
    assert (await house.call(call.call_id)).state is CallState.WAITING
    await house.connect("wangxiuying")
    await house.online("liming")
    assert (await house.call(call.call_id)).state is CallState.OFFERED


async def test_a_connected_call_is_reconnecting_until_both_are_back(
    database: Database, tmp_path: Path
) -> None:
    clock, media = FakeClock(), FakeMedia()
    house = await start(database, tmp_path, clock, media)
    await house.connect("wangxiuying")
    await house.online("liming")
    call = await house.accept(await house.request())
    for name in ("wangxiuying", "liming"):
        await house.services.session.join(house.actor(name), f"{name}-1", call.call_id, None, None)
    house = await start(database, tmp_path, clock, media)
    assert (await house.call(call.call_id)).state is CallState.RECONNECTING
    for name in ("wangxiuying", "liming"):
        socket_id = await house.connect(name)
        assert house.services.calls.live_call_of(house.actor(name).person) is not None
        snapshot = await house.services.session.join(house.actor(name), socket_id, call.call_id, 1, "epoch-1")
        assert snapshot.generation == 2
    await house.services.life.settle()
    back = await house.call(call.call_id)
    assert (back.state, back.recording) == (CallState.CONNECTED, RecordingState.RECORDING)
    assert (await house.services.presence.of("demo-03")).state == "busy"


async def test_a_paused_recording_is_still_paused_in_the_new_router(
    database: Database, tmp_path: Path
) -> None:
    clock, media = FakeClock(), FakeMedia()
    house = await start(database, tmp_path, clock, media)
    await house.connect("wangxiuying")
    await house.online("liming")
    call = await house.accept(await house.request())
    clerk = house.actor("wangxiuying")
    await house.services.session.join(clerk, "wangxiuying-1", call.call_id, None, None)
    await house.services.recordings.pause(clerk, call.call_id, "拍身份证")
    media.die("epoch-2")
    await house.services.session.join(clerk, "wangxiuying-1", call.call_id, 1, "epoch-1")
    commands = [command["do"] for _, command in media.tap_commands]
    assert commands == ["pause", "pause"]


async def test_nobody_coming_back_closes_the_call_and_its_recording(
    database: Database, tmp_path: Path
) -> None:
    clock, media = FakeClock(), FakeMedia()
    house = await start(database, tmp_path, clock, media)
    await house.connect("wangxiuying")
    await house.online("liming")
    call = await house.accept(await house.request())
    house = await start(database, tmp_path, clock, media)
    await house.pass_time(61 + 181)
    assert (await house.call(call.call_id)).end is CallEnd.FAILED
    assert house.archive.closed == [call.call_id]


async def test_a_router_of_the_process_before_is_closed_with_its_call(
    database: Database, tmp_path: Path
) -> None:
    clock, media = FakeClock(), FakeMedia()
    house = await start(database, tmp_path, clock, media)
    await house.connect("wangxiuying")
    await house.online("liming")
    call = await house.accept(await house.request())
    await house.services.session.join(house.actor("wangxiuying"), "wangxiuying-1", call.call_id, None, None)
    house = await start(database, tmp_path, clock, media)
    assert list(media.routers) == [call.call_id]
    await house.pass_time(61)
    assert (await house.call(call.call_id)).state is CallState.WRAP_UP
    assert media.routers == {}


async def test_a_router_left_open_in_wrap_up_is_closed_at_the_start(
    database: Database, tmp_path: Path
) -> None:
    clock, media = FakeClock(), FakeMedia()
    house = await start(database, tmp_path, clock, media)
    await house.connect("wangxiuying")
    await house.online("liming")
    call = await house.accept(await house.request())
    await house.services.calls.end(house.actor("wangxiuying"), call.call_id)
    await media.create_router(call.call_id, None)  # the process died before it said so to the media process
    await start(database, tmp_path, clock, media)
    assert media.routers == {}
