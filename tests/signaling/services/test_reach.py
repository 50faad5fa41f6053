"""现在可接通 counts whom routing would ring now, and nobody without a socket."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest

from signaling.domain.call_model import CallState
from signaling.domain.presence import PresenceState
from tests.signaling.services.fakes import House
from tests.support.until import until_here


def available(house: House) -> int:
    return house.services.routing.available_for("YB-003", "533324204")


async def lose(house: House, username: str) -> None:
    await house.services.presence.socket_lost(house.actor(username), f"{username}-{house.sockets[username]}")


async def test_whose_window_is_gone_is_not_counted_from_that_moment(house: House) -> None:
    await house.online("liming")
    assert available(house) == 1
    await lose(house, "liming")
    assert available(house) == 0
    assert (await house.services.presence.of("demo-03")).state is PresenceState.AVAILABLE, "the grace runs"


async def test_nothing_rings_at_whom_whose_window_is_gone(house: House) -> None:
    await house.connect("wangxiuying")
    await house.online("liming")
    await lose(house, "liming")
    assert (await house.request()).state is CallState.WAITING, "they may come back: the call does not end"


async def test_who_comes_back_within_the_grace_counts_once_the_page_can_ring(house: House) -> None:
    await house.online("liming")
    await lose(house, "liming")
    await house.pass_time(3)
    await house.connect("liming")
    assert available(house) == 0
    await house.services.presence.set(house.actor("liming"), PresenceState.AVAILABLE, "", sound_unlocked=True)
    assert available(house) == 1


async def test_a_second_window_keeps_them_in_reach(house: House) -> None:
    await house.online("liming")
    await house.connect("liming")
    await lose(house, "liming")
    assert available(house) == 1


async def test_a_lost_socket_wakes_the_loop_that_waits_for_something_later(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It slept until somebody would be idle, a quarter of an hour on: so long they counted as there."""
    waits: list[float] = []
    wait = house.clock.wait

    async def noted(until: float, wake: Callable[[], Awaitable[object]]) -> None:
        waits.append(until)
        await wait(until, wake)

    monkeypatch.setattr(house.clock, "wait", noted)
    await house.online("liming")
    loop = asyncio.create_task(house.services.life.run())
    try:
        await until_here(lambda: bool(waits))
        assert waits[-1] > house.clock.at + 60
        await lose(house, "liming")
        await until_here(lambda: waits[-1] <= house.clock.at + 8)
    finally:
        loop.cancel()
        with suppress(asyncio.CancelledError):
            await loop
