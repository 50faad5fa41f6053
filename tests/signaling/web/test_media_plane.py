"""The media plane's adapter: requests, refusals, restarts."""

import asyncio
from contextlib import aclosing

import pytest

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
