"""The media plane's adapter: requests, refusals, restarts."""

import asyncio
from contextlib import aclosing

import pytest

from signaling.adapters.media.fleet import MediaFleet, open_media_fleet
from signaling.adapters.media.plane import connect_to, open_media_plane
from signaling.domain.errors import BusyError, NotFoundError
from tests.signaling.web.fake_media import FakeMedia


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
        media.emit("router.speaker", {"routerId": "call-1", "producerId": None})
        assert (await anext(events)).name == "router.speaker"
        media.restart()
        announced = await anext(events)
        assert (announced.name, announced.data) == ("media.epoch", {"epoch": media.epoch})
        assert plane.epoch == media.epoch


async def test_without_a_media_process_requests_are_refused_in_the_end(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setattr("signaling.adapters.media.plane.PATIENCE_S", 0.05)
    async with (
        asyncio.timeout(5),
        open_media_plane(connect_to(f"unix:{tmp_path}/none.sock", "")) as plane,
    ):
        with pytest.raises(BusyError) as refused:
            await plane.stats()
        assert refused.value.code == "media_unreachable"
        assert plane.epoch == ""


async def test_calls_spread_over_the_processes_and_stay_where_they_are() -> None:
    first, second = FakeMedia(), FakeMedia()
    async with open_media_fleet([first.connect, second.connect]) as fleet:
        await _until_connected(fleet)
        for number in range(4):
            await fleet.create_router(f"call-{number}", None)
            await fleet.create_transport(f"call-{number}", f"t-{number}", "send", sctp=False)
            await fleet.produce(f"t-{number}", f"p-{number}", "video", {}, {}, paused=False)
        for media in (first, second):
            assert len(media.living["router"]) == len(media.living["producer"]) == 2
        await fleet.create_router("call-0", None)
        await fleet.close_producer("p-1")
        await fleet.close_router("call-0")
        assert sorted(len(media.living["router"]) for media in (first, second)) == [1, 2]
        with pytest.raises(NotFoundError):
            await fleet.close_transport("t-0")
        await fleet.close_router("left over by somebody else")


async def test_the_end_of_one_process_is_a_new_epoch_and_its_calls_begin_elsewhere() -> None:
    first, second = FakeMedia(), FakeMedia()
    async with (
        open_media_fleet([first.connect, second.connect]) as fleet,
        aclosing(fleet.events()) as events,
    ):
        await _until_connected(fleet)
        await fleet.create_router("call-1", None)
        await fleet.create_router("call-2", None)
        before = fleet.epoch
        first.restart()
        announced = await anext(events)
        assert (announced.name, announced.data) == ("media.epoch", {"epoch": fleet.epoch})
        assert fleet.epoch != before
        for call in ("call-1", "call-2"):
            assert "codecs" in await fleet.create_router(call, None)
        assert len(first.living["router"]) + len(second.living["router"]) == 2


async def _until_connected(fleet: MediaFleet) -> None:
    await fleet.stats()
