"""Routers of calls that are over: closed beside the routing loop, however long the media process is away."""

import asyncio

from signaling.domain.call_model import Call, CallState
from signaling.domain.errors import BusyError
from signaling.services.ports import MediaPlane
from tests.signaling.services.fakes import House


class AwayMedia:
    """Lets every request to close a router wait, as a media process does that is being restarted."""

    def __init__(self, media: MediaPlane) -> None:
        self._close = media.close_router
        self.asked: list[str] = []
        self.news: asyncio.Queue[str] = asyncio.Queue()
        self.gives_up = asyncio.Event()
        self.is_back = False
        media.close_router = self.close_router  # type: ignore[method-assign]

    async def close_router(self, router_id: str) -> None:
        self.asked.append(router_id)
        self.news.put_nowait(router_id)
        if self.is_back:
            await self._close(router_id)
            return
        await self.gives_up.wait()
        raise BusyError("media_unreachable")


async def connected_call(house: House) -> Call:
    await house.connect("wangxiuying")
    await house.online("liming")
    call = await house.accept(await house.request())
    await house.services.session.join(house.actor("wangxiuying"), "wangxiuying-1", call.call_id, None, None)
    return call


async def test_a_call_ends_at_once_though_the_media_process_is_away(house: House) -> None:
    call = await connected_call(house)
    away = AwayMedia(house.ports.media)
    async with asyncio.timeout(5):
        await house.services.calls.end(house.actor("wangxiuying"), call.call_id)
        await house.services.life.settle()
    assert (await house.call(call.call_id)).state is CallState.WRAP_UP
    assert away.asked == [], "nobody waited for it"


async def test_a_router_out_of_reach_is_closed_when_the_same_process_is_back(house: House) -> None:
    call = await connected_call(house)
    away = AwayMedia(house.ports.media)
    away.gives_up.set()
    await house.services.calls.end(house.actor("wangxiuying"), call.call_id)
    await house.services.routers.settle()
    assert list(house.media.routers) == [call.call_id]
    away.is_back = True
    await house.services.routers.settle()
    assert house.media.routers == {}
    await house.services.routers.settle()
    assert len(away.asked) == 2, "what is closed is not asked for again"


async def test_all_routers_of_a_round_are_asked_for_at_once(house: House) -> None:
    away = AwayMedia(house.ports.media)
    closer = house.services.routers
    for name in ("a", "b", "c"):
        closer.close(name)
    round_ = asyncio.create_task(closer.settle())
    async with asyncio.timeout(5):
        assert {await away.news.get() for _ in range(3)} == {"a", "b", "c"}
        away.gives_up.set()
        await round_


async def test_the_running_closer_closes_what_is_noted(house: House) -> None:
    await house.ports.media.create_router("r", None)
    closed = asyncio.Event()
    close = house.ports.media.close_router

    async def close_router(router_id: str) -> None:
        await close(router_id)
        closed.set()

    house.ports.media.close_router = close_router  # type: ignore[method-assign]
    running = asyncio.create_task(house.services.routers.run())
    house.services.routers.close("r")
    async with asyncio.timeout(5):
        await closed.wait()
    running.cancel()
    await asyncio.wait([running])
    assert house.media.routers == {}
