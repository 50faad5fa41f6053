"""The media plane's adapter: requests, refusals, restarts."""

import asyncio
from contextlib import aclosing

import pytest

from rtc_server.owner_events import SpeakerChanged
from rtc_server.tap_commands import TrackTags
from signaling.adapters.media.fleet import MediaFleet, open_media_fleet
from signaling.adapters.media.plane import connect_to, open_media_plane
from signaling.domain.errors import BusyError, NotFoundError
from signaling.services.ports import MediaProcessLost, MediaProcessRestarted
from tests.support.fake_media import FakeMedia

TAGS = TrackTags("clerk", "camera", 1, True)


async def test_requests_go_through_and_refusals_keep_their_code() -> None:
    media = FakeMedia()
    async with open_media_plane(media.connect) as plane:
        assert "codecs" in await plane.create_router("call-1", None)
        assert plane.epoch == media.epoch
        await plane.create_transport("call-1", "t-1", "send", sctp=False)
        with pytest.raises(NotFoundError) as refused:
            await plane.close_producer("nobody")
        assert refused.value.code == "not_found"


async def test_a_new_life_of_the_media_process_is_announced() -> None:
    media = FakeMedia()
    async with open_media_plane(media.connect) as plane, aclosing(plane.events()) as events:
        await plane.create_router("call-1", None)
        media.emit(SpeakerChanged("call-1", None))
        assert await anext(events) == SpeakerChanged("call-1", None)
        media.restart()
        assert await anext(events) == MediaProcessRestarted(media.epoch)
        assert plane.epoch == media.epoch


async def test_without_a_media_process_requests_are_refused_in_the_end(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setattr("signaling.adapters.media.plane.PATIENCE_S", 0.05)
    async with (
        asyncio.timeout(5),
        open_media_plane(connect_to(f"unix:{tmp_path}/none.sock", "", process="p")) as plane,
    ):
        with pytest.raises(BusyError) as refused:
            await plane.create_router("call-1", None)
        assert refused.value.code == "media_unreachable"
        assert plane.epoch == ""
        assert await plane.stats() == []


async def test_calls_spread_over_the_processes_and_stay_where_they_are() -> None:
    first, second = FakeMedia(), FakeMedia()
    async with open_media_fleet([first.connect, second.connect]) as fleet:
        await _until_connected(fleet)
        for number in range(4):
            await fleet.create_router(f"call-{number}", None)
            await fleet.create_transport(f"call-{number}", f"t-{number}", "send", sctp=False)
            await fleet.produce(f"t-{number}", f"p-{number}", "video", {}, TAGS, paused=False)
        for media in (first, second):
            assert len(media.routers) == len(media.producers) == 2
        await fleet.create_router("call-0", None)
        await fleet.close_producer("p-1")
        await fleet.close_router("call-0")
        assert sorted(len(media.routers) for media in (first, second)) == [1, 2]
        with pytest.raises(NotFoundError):
            await fleet.close_transport("t-0")
        first.routers["left over"] = None
        await fleet.close_router("left over")
        assert "left over" not in first.routers


async def test_the_end_of_one_process_is_a_new_epoch_for_its_own_calls_alone() -> None:
    first, second = FakeMedia(), FakeMedia()
    async with (
        open_media_fleet([first.connect, second.connect]) as fleet,
        aclosing(fleet.events()) as events,
    ):
        await _until_connected(fleet)
        for call in ("call-1", "call-2"):
            await fleet.create_router(call, None)
            await fleet.create_transport(call, f"t-{call}", "send", sctp=False)
        [theirs] = first.routers
        [others] = second.routers
        before = fleet.epoch_of(others)
        first.restart()
        assert await anext(events) == MediaProcessRestarted(first.epoch)
        assert (fleet.epoch_of(theirs), fleet.epoch_of(others)) == ("", before)
        with pytest.raises(NotFoundError):
            await fleet.close_transport(f"t-{theirs}")
        await fleet.close_transport(f"t-{others}")
        assert "codecs" in await fleet.create_router(theirs, None)
        assert fleet.epoch_of(theirs) in (first.epoch, second.epoch)
        assert len(first.routers) + len(second.routers) == 2


async def test_a_process_that_answers_later_than_the_others_disturbs_nobody() -> None:
    first, second = FakeMedia(), FakeMedia()
    first.is_up.clear()
    async with (
        open_media_fleet([first.connect, second.connect]) as fleet,
        aclosing(fleet.events()) as events,
    ):
        await fleet.create_router("call-1", None)
        before = fleet.epoch_of("call-1")
        first.is_up.set()
        await _until_connected(fleet)
        assert fleet.epoch_of("call-1") == before
        second.emit(SpeakerChanged("call-1", None))
        assert await anext(events) == SpeakerChanged("call-1", None), "no epoch was announced"


async def test_a_call_waits_a_moment_while_every_process_is_being_restarted() -> None:
    first, second = FakeMedia(), FakeMedia()
    first.is_up.clear()
    second.is_up.clear()
    async with open_media_fleet([first.connect, second.connect]) as fleet, asyncio.timeout(5):
        asked = asyncio.create_task(fleet.create_router("call-1", None))
        await first.called.wait()
        first.is_up.set()
        assert "codecs" in await asked
        assert fleet.epoch_of("call-1") == first.epoch


async def test_a_known_call_waits_for_its_process_as_one_process_alone_lets_it() -> None:
    media = FakeMedia()
    async with open_media_fleet([media.connect]) as fleet, asyncio.timeout(5):
        await fleet.create_router("call-1", None)
        media.called.clear()
        media.hang_up()
        await media.called.wait()
        asked = asyncio.create_task(fleet.create_router("call-1", None))
        await asyncio.sleep(0)
        assert not asked.done()
        media.restart()
        media.is_up.set()
        await asked
        assert fleet.epoch_of("call-1") == media.epoch


async def test_calls_of_a_process_out_of_reach_begin_elsewhere_and_leave_nothing_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("signaling.adapters.media.plane.LOST_S", 0.05)
    first, second = FakeMedia(), FakeMedia()
    async with (
        asyncio.timeout(5),
        open_media_fleet([first.connect, second.connect]) as fleet,
        aclosing(fleet.events()) as events,
    ):
        await _until_connected(fleet)
        await fleet.create_router("call-1", None)
        assert "call-1" in first.routers
        first.hang_up()
        assert await anext(events) == MediaProcessLost()
        assert fleet.epoch_of("call-1") == ""
        await fleet.create_router("call-1", None)
        assert fleet.epoch_of("call-1") == second.epoch
        closed = first.until_asked("router.close")
        first.is_up.set()
        await closed
        assert first.routers == {}
        assert "call-1" in second.routers, "only what was left behind"


async def test_a_router_left_over_in_a_process_out_of_reach_is_closed_when_it_is_back() -> None:
    first, second = FakeMedia(), FakeMedia()
    first.routers["left over"] = None
    first.is_up.clear()
    async with asyncio.timeout(5), open_media_fleet([first.connect, second.connect]) as fleet:
        await fleet.create_router("call-1", None)  # the second answers
        await fleet.close_router("left over")
        closed = first.until_asked("router.close")
        first.is_up.set()
        await closed
        assert first.routers == {}


async def _until_connected(fleet: MediaFleet) -> None:
    await asyncio.gather(*(plane.until_connected() for plane in fleet.leftovers))
    assert len(await fleet.stats()) == len(fleet.leftovers)
