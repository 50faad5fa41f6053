"""A signalling process that dies: what the next one finds, and what people notice."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from rtc_server.tap_commands import PauseTap
from signaling.adapters.sql.database import Database
from signaling.domain.call_model import Call, CallEnd, CallState, RecordingState
from tests.signaling.services.fakes import (
    FakeClock,
    House,
    demo_database,
    demo_settings,
    open_house,
)
from tests.support.fake_media import FakeMedia


@dataclass(frozen=True, slots=True)
class Server:
    """What outlives a signalling process: the database, the media process, and the clock on the wall."""

    database: Database
    folder: Path
    clock: FakeClock
    media: FakeMedia
    lives: AsyncExitStack

    async def start(self) -> House:
        """Start a signalling process; the one before is as good as dead, nobody talks to it any more."""
        life = open_house(self.database, self.folder, self.clock, demo_settings(), self.media)
        return await self.lives.enter_async_context(life)


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    async with demo_database(tmp_path) as database, AsyncExitStack() as lives:
        yield Server(database, tmp_path, FakeClock(), FakeMedia("epoch-1"), lives)


async def connected_call(house: House) -> Call:
    """Let the clerk's request be answered at once."""
    await house.connect("wangxiuying")
    await house.online("liming")
    return await house.accept(await house.request())


async def test_a_waiting_call_keeps_its_age_and_nothing_ends_for_lack_of_staff_at_once(
    server: Server,
) -> None:
    house = await server.start()
    await house.connect("wangxiuying")
    await house.connect("liming")
    call = await house.request()
    server.clock.at += 295
    house = await server.start()
    await house.connect("wangxiuying")
    await house.services.life.settle()
    await house.pass_time(15)
    waiting = await house.call(call.call_id)
    assert (waiting.state, waiting.requested_at) == (CallState.WAITING, call.requested_at)
    await house.online("liming")
    assert (await house.call(call.call_id)).state is CallState.OFFERED


async def test_without_anybody_coming_back_the_waiting_call_ends(server: Server) -> None:
    house = await server.start()
    await house.connect("wangxiuying")
    await house.connect("liming")
    call = await house.request()
    house = await server.start()
    await house.connect("wangxiuying")
    await house.pass_time(21)
    assert (await house.call(call.call_id)).end is CallEnd.NO_STAFF


async def test_the_pad_is_asked_again_by_the_next_process(server: Server) -> None:
    house = await server.start()
    call = await connected_call(house)
    await house.services.calls.end(house.actor("wangxiuying"), call.call_id)
    asked = house.services.ratings.open_request(call.point_id)
    assert asked is not None
    house = await server.start()
    assert house.services.ratings.open_request(call.point_id) == asked
    server.clock.at += 601
    house = await server.start()
    assert house.services.ratings.open_request(call.point_id) is None


async def test_an_offered_call_is_offered_anew(server: Server) -> None:
    house = await server.start()
    await house.connect("wangxiuying")
    await house.online("liming")
    call = await house.request()
    assert call.state is CallState.OFFERED
    house = await server.start()
    assert (await house.call(call.call_id)).state is CallState.WAITING
    await house.connect("wangxiuying")
    await house.online("liming")
    assert (await house.call(call.call_id)).state is CallState.OFFERED


async def test_a_connected_call_is_reconnecting_until_both_are_back(server: Server) -> None:
    house = await server.start()
    call = await connected_call(house)
    for name in ("wangxiuying", "liming"):
        await house.services.session.join(house.actor(name), f"{name}-1", call.call_id, None, None)
    house = await server.start()
    assert (await house.call(call.call_id)).state is CallState.RECONNECTING
    for name in ("wangxiuying", "liming"):
        socket_id = await house.connect(name)
        assert house.services.calls.live_call_of(house.actor(name).who) is not None
        snapshot = await house.services.session.join(house.actor(name), socket_id, call.call_id, 1, "epoch-1")
        assert snapshot.generation == 2
    await house.services.life.settle()
    back = await house.call(call.call_id)
    assert (back.state, back.recording) == (CallState.CONNECTED, RecordingState.RECORDING)
    assert (await house.services.presence.of("demo-03")).state == "busy"


async def test_a_paused_recording_is_still_paused_in_the_new_router(server: Server) -> None:
    house = await server.start()
    call = await connected_call(house)
    clerk = house.actor("wangxiuying")
    await house.services.session.join(clerk, "wangxiuying-1", call.call_id, None, None)
    await house.services.recordings.pause(clerk, call.call_id, "拍身份证")
    await house.media_restarts("epoch-2")
    await house.services.session.join(clerk, "wangxiuying-1", call.call_id, 1, "epoch-1")
    assert server.media.commands == [(call.call_id, PauseTap("拍身份证"))] * 2


async def test_nobody_coming_back_closes_the_call_and_its_recording(server: Server) -> None:
    house = await server.start()
    call = await connected_call(house)
    house = await server.start()
    await house.pass_time(61 + 181)
    assert (await house.call(call.call_id)).end is CallEnd.FAILED
    assert house.archive.closed == [call.call_id]


async def test_a_router_of_the_process_before_is_closed_with_its_call(server: Server) -> None:
    house = await server.start()
    call = await connected_call(house)
    await house.services.session.join(house.actor("wangxiuying"), "wangxiuying-1", call.call_id, None, None)
    house = await server.start()
    assert list(server.media.routers) == [call.call_id]
    await house.pass_time(61)
    assert (await house.call(call.call_id)).state is CallState.WRAP_UP
    await house.services.routers.settle()
    assert server.media.routers == {}


async def test_a_router_left_open_in_wrap_up_is_closed_at_the_start(server: Server) -> None:
    house = await server.start()
    call = await connected_call(house)
    await house.services.calls.end(house.actor("wangxiuying"), call.call_id)
    # The process died before it said so to the media process.
    await house.ports.media.create_router(call.call_id, None)
    house = await server.start()
    await house.services.routers.settle()
    assert server.media.routers == {}
